import { availableParallelism, cpus, loadavg, release, totalmem, type } from "node:os";
import { dependencies, version } from "../package.json";
import type { Result } from "./result.ts";

/** What ran, and on what. */
export function provenance(timerFloorMs: number, loadBefore: number): Pick<Result, "machine" | "versions"> {
  return {
    machine: {
      os: `${type()} ${release()}`,
      cpu: cpus()[0]?.model ?? "unknown",
      cores: availableParallelism(),
      memory_bytes: totalmem(),
      load_before: loadBefore,
      load_after: load(),
      pinned: false,
      timer_floor_ms: timerFloorMs,
    },
    versions: { bun: Bun.version, project: version, commit: commit(), dependencies },
  };
}

/** The load average over the last minute. */
export function load(): number {
  return loadavg()[0] ?? 0;
}

/** The revision that is checked out, with "-dirty" behind it when files differ; `null` outside a git checkout. */
function commit(): string | null {
  const { exitCode, stdout } = Bun.spawnSync(["git", "describe", "--always", "--dirty", "--abbrev=40"], {
    cwd: import.meta.dir,
    stderr: "ignore",
  });
  return exitCode === 0 ? stdout.toString().trim() : null;
}
