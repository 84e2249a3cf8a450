import prettyBytes from "pretty-bytes";
import { MeasurementError } from "../errors.ts";
import { openStat, readEveryMs } from "./process_stat.ts";

/** Watches processes, and ends one that grows beyond a limit. */
export interface MemoryLimit extends Disposable {
  /** Aborted with a `MeasurementError` when a process went beyond. */
  readonly signal: AbortSignal;
  /** Watches a process until it ends, or not at all when it has ended already. */
  watch(pid: number): void;
  /** Reads every process now, and not only when it is time to. */
  look(): Promise<void>;
}

/**
 * Reads the resident memory of each process every 50 ms (500 ms on macOS). One above `maxBytes` is killed at once: a
 * process that is busy growing would not hear a request to end.
 */
export function openMemoryLimit(maxBytes: number): MemoryLimit {
  const exceeded = new AbortController();
  const watched = new Map<number, ReturnType<typeof openStat>>();
  const forget = (pid: number) => {
    watched.get(pid)?.[Symbol.dispose]();
    watched.delete(pid);
  };
  const check = async (pid: number, reader: ReturnType<typeof openStat>) => {
    const stat = await reader.read();
    if (!watched.has(pid)) return;
    if (stat === null) return forget(pid);
    if (stat.rssBytes <= maxBytes) return;
    const [held, most] = [stat.rssBytes, maxBytes].map((bytes) => prettyBytes(bytes, { binary: true }));
    forget(pid);
    exceeded.abort(
      new MeasurementError(`Cannot go on: process ${pid} holds ${held}, and --max-memory allows ${most}`),
    );
    process.kill(pid, "SIGKILL");
  };
  const look = async () => {
    await Promise.all([...watched].map(([pid, reader]) => check(pid, reader)));
  };
  const timer = setInterval(() => {
    look().catch((error) => exceeded.abort(error));
  }, readEveryMs);
  return {
    signal: exceeded.signal,
    watch(pid) {
      try {
        if (!watched.has(pid)) watched.set(pid, openStat(pid));
      } catch (error) {
        // A short job may be over before its first line is read.
        if (Object(error).code !== "ENOENT") throw error;
      }
    },
    look,
    [Symbol.dispose]() {
      clearInterval(timer);
      for (const pid of watched.keys()) forget(pid);
    },
  };
}
