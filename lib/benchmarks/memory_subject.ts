import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type GcLog, openGcLog, strayLines } from "../measure/gc_log.ts";
import { openHeapCommands } from "../measure/heap_commands.ts";
import { type Arm, openArm } from "../measure/latency.ts";
import { ownProbe, type Probe } from "../measure/memory.ts";
import { openDirect } from "../runtimes/direct.ts";
import { openHttpHost } from "../runtimes/host.ts";
import type { Runtime } from "../runtimes/runtime.ts";
import { openToolkit } from "../toolkit.ts";
import type { MemoryJob } from "./memory_usage.ts";

/** A runtime whose serving process is measured. */
export interface Subject {
  readonly runtime: Runtime;
  readonly arm: Arm;
  readonly probe: Probe;
  /** Where it is served; `null` for direct calls. */
  readonly url: string | null;
  /** Has its process do a command of lib/measure/heap_commands.ts. */
  command(line: string): Promise<void>;
  /** What its process logs of its collections; `null` when it was not told to. */
  readonly log: GcLog | null;
}

/**
 * Ended workflows, and tasks, that the engines remember: so few that they are all there before anything is read, and
 * that what grows from then on is a leak. `workflow_list` needs 50.
 */
const keep = 100;

/** Opens a runtime; `env` is what has its process log its collections, or `null`. */
export async function openSubject(
  { runtime: name, bootstrap: peers, log_path }: MemoryJob,
  env: Readonly<Record<string, string>> | null,
  opened: AsyncDisposableStack,
): Promise<Subject> {
  const bootstrap = peers.length > 0 ? peers : undefined;
  const watch = (path: string | null) => (path === null ? null : opened.use(openGcLog(path)));
  if (name === "http") {
    const stderrPath = env && openLogPath(opened);
    const host = await openHttpHost({ bootstrap, keep }, stderrPath ? { env, stderrPath } : {});
    opened.use(host);
    const { probe, url, command } = host;
    return { runtime: host, arm: openArm(host), probe, url, command, log: watch(stderrPath) };
  }
  const runtime = openDirect(opened.use(await openToolkit({ bootstrap, keep })).registry);
  const heap = openHeapCommands();
  const command = async (line: string) => void heap.answer(line);
  return { runtime, arm: openArm(runtime), probe: ownProbe, url: null, command, log: watch(log_path) };
}

/** A file for the standard error of a process. In the end it is removed, and what else stood in it goes to ours. */
export function openLogPath(opened: AsyncDisposableStack): string {
  const folder = mkdtempSync(join(tmpdir(), "gc-log-"));
  const path = join(folder, "stderr");
  opened.defer(() => {
    for (const line of strayLines(readFileSync(path, "latin1"))) console.error(line);
    rmSync(folder, { recursive: true });
  });
  return path;
}
