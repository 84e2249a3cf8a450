import { availableParallelism, cpus, loadavg, release, totalmem, type } from "node:os";
import { dependencies, version } from "../package.json";
import type { Result } from "./result/result.ts";

/**
 * What runs, and on what, as it is now: what the run itself writes, or who changes the tree meanwhile, is no part of it.
 * The answer tells it whenever it is asked, with the load there is by then.
 */
export function openProvenance(timerFloorMs: number): () => Pick<Result, "machine" | "versions"> {
  const loadBefore = load();
  const versions = { bun: Bun.version, project: version, commit: commit(), dependencies };
  return () => ({
    machine: {
      os: `${type()} ${release()}`,
      cpu: cpus()[0]?.model ?? "unknown",
      cores: availableParallelism(),
      memory_bytes: totalmem(),
      load_before: loadBefore,
      load_after: load(),
      pinned: availableParallelism() < cpus().length,
      timer_floor_ms: timerFloorMs,
    },
    versions,
  });
}

/** The load average over the last minute. */
function load(): number {
  return loadavg()[0] ?? 0;
}

/** The revision that is checked out, with "-dirty" behind it when files differ; `null` without git, or outside a checkout. */
function commit(): string | null {
  if (Bun.which("git") === null) return null;
  const { exitCode, stdout } = Bun.spawnSync(["git", "describe", "--always", "--dirty", "--abbrev=40"], {
    cwd: import.meta.dir,
    stderr: "ignore",
  });
  return exitCode === 0 ? stdout.toString().trim() : null;
}
