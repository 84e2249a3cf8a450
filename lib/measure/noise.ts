import { readdirSync, readFileSync } from "node:fs";

/** What was taken from processes while they were watched. Sums, so that those of several processes add up. */
export interface Noise {
  readonly elapsedMs: number;
  /** How long their cores were busy, one after the other, and with whatever. */
  readonly busyMs: number;
  /** What the host of a virtual machine took of those cores. */
  readonly stolenMs: number;
  /** How long the processes themselves ran. */
  readonly ranMs: number;
  /** How long their threads were ready to run and waited for a core, for each other too. */
  readonly waitedMs: number;
  /** How often a core was taken from them. */
  readonly involuntarySwitches: number;
  /** How many cores they could run on, times `elapsedMs`. */
  readonly coreMs: number;
}

/** Watches processes and the cores they may run on; answers what happened since. `null` where the system does not tell. */
export function watchNoise(pids: readonly number[], cores: readonly number[]): () => Noise | null {
  const before = read(pids, cores);
  const startMs = performance.now();
  return () => {
    const after = read(pids, cores);
    if (!before || !after) return null;
    const since = (of: (counters: Counters) => number) => of(after) - of(before);
    const elapsedMs = performance.now() - startMs;
    return {
      elapsedMs,
      busyMs: since(({ busyMs }) => busyMs),
      stolenMs: since(({ stolenMs }) => stolenMs),
      ranMs: since(({ ranMs }) => ranMs),
      waitedMs: since(({ waitedMs }) => waitedMs),
      involuntarySwitches: since((counters) => counters.involuntarySwitches),
      coreMs: elapsedMs * cores.length,
    };
  };
}

type Counters = Omit<Noise, "elapsedMs" | "coreMs">;

/** A tick of the kernel's accounts is 10 ms on every Linux that Bun runs on (USER_HZ). */
const tickMs = 10;

function read(pids: readonly number[], cores: readonly number[]): Counters | null {
  if (process.platform !== "linux") return null;
  const counters = { busyMs: 0, stolenMs: 0, ranMs: 0, waitedMs: 0, involuntarySwitches: 0 };
  for (const pid of pids)
    for (const task of tasksOf(pid)) {
      // Nanoseconds that it ran, and that it waited.
      const [ran = 0, waited = 0] = numbers(readOr(`${task}/schedstat`, ""));
      counters.ranMs += ran / 1e6;
      counters.waitedMs += waited / 1e6;
      const [, switches = 0] =
        /^nonvoluntary_ctxt_switches:\s*(\d+)/m.exec(readOr(`${task}/status`, "")) ?? [];
      counters.involuntarySwitches += Number(switches);
    }
  const lines = readOr("/proc/stat", "").split("\n");
  for (const core of cores) {
    const line = lines.find((one) => one.startsWith(`cpu${core} `));
    const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = numbers(
      line?.slice(4) ?? "",
    );
    counters.busyMs += (user + nice + system + irq + softirq) * tickMs;
    counters.stolenMs += steal * tickMs;
  }
  return counters;
}

function tasksOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map((tid) => `/proc/${pid}/task/${tid}`);
  } catch (error) {
    if (Object(error).code === "ENOENT") return [];
    throw error;
  }
}

/** A thread may end between the list and its line. */
function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes(Object(error).code)) return otherwise;
    throw error;
  }
}

function numbers(text: string): number[] {
  return text.trim().split(/\s+/).map(Number);
}
