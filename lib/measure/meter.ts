import { MeasurementError } from "../errors.ts";
import { openStat, type StatReader } from "./process_stat.ts";

/** What a process used in the stretches of time in which it was metered. */
export interface Usage {
  /** Of one core. */
  readonly cpuPercent: number;
  /** The most resident memory that was seen at the end of a stretch. */
  readonly rssBytes: number;
}

/** Reads what processes use, stretch by stretch. */
export interface Meter extends Disposable {
  /** Counts what the processes use while `work` is done to the account of that name. */
  during<T>(account: string, work: () => Promise<T>): Promise<T>;
  /** What a process used on an account. Throws a `RangeError` for one that was not metered. */
  usage(account: string, pid: number): Usage;
}

interface Sum {
  cpuMs: number;
  elapsedMs: number;
  rssBytes: number;
}

/** Throws a `MeasurementError` when a process has ended, now or later. */
export function openMeter(pids: Iterable<number>): Meter {
  using opening = new DisposableStack();
  const readers = new Map([...new Set(pids)].map((pid) => [pid, opening.use(openReader(pid))]));
  const sums = new Map<string, Sum>();
  const read = async () => {
    const stats = new Map<number, { readonly cpuMs: number; readonly rssBytes: number }>();
    for (const [pid, reader] of readers) {
      const stat = await reader.read();
      if (!stat) throw ended(pid);
      stats.set(pid, stat);
    }
    return { stats, ms: performance.now() };
  };
  const opened = opening.move();
  return {
    async during(account, work) {
      const before = await read();
      const done = await work();
      const after = await read();
      for (const [pid, { cpuMs, rssBytes }] of after.stats) {
        const sum = sums.get(`${account} ${pid}`) ?? { cpuMs: 0, elapsedMs: 0, rssBytes: 0 };
        sum.cpuMs += cpuMs - (before.stats.get(pid)?.cpuMs ?? cpuMs);
        sum.elapsedMs += after.ms - before.ms;
        sum.rssBytes = Math.max(sum.rssBytes, rssBytes);
        sums.set(`${account} ${pid}`, sum);
      }
      return done;
    },
    usage(account, pid) {
      const sum = sums.get(`${account} ${pid}`);
      if (!sum)
        throw new RangeError(`Cannot tell what process ${pid} used on "${account}": it was not metered`);
      return { cpuPercent: (sum.cpuMs / sum.elapsedMs) * 100, rssBytes: sum.rssBytes };
    },
    [Symbol.dispose]: () => opened.dispose(),
  };
}

function openReader(pid: number): StatReader {
  try {
    return openStat(pid);
  } catch (error) {
    throw ended(pid, error);
  }
}

function ended(pid: number, cause?: unknown): MeasurementError {
  return new MeasurementError(`Cannot watch process ${pid}: it has ended`, { cause });
}
