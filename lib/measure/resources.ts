import { z } from "zod";
import { MeasurementError } from "../errors.ts";
import { openStat, readEveryMs, type StatReader } from "./process_stat.ts";

/** What a process used while it was watched. */
export const usageSchema = z.object({
  samples: z.int().describe("how often it was read after the start, the end included"),
  cpu_percent: z
    .object({ mean: z.number(), max: z.number() })
    .describe("of one core: over the whole time, and over the busiest half second"),
  rss_bytes: z.object({ mean: z.number(), max: z.number(), first: z.number(), last: z.number() }),
});
export type Usage = z.infer<typeof usageSchema>;

/** Must be closed, also after it was stopped. */
export interface Monitor extends Disposable {
  /** What each process used until now. Throws a `MeasurementError` when one has ended. */
  stop(): Promise<ReadonlyMap<number, Usage>>;
}

/** Watches processes from now on, reading each every 50 ms (500 ms on macOS). */
export async function openMonitor(pids: Iterable<number>): Promise<Monitor> {
  using opening = new DisposableStack();
  const watches: Watch[] = [];
  for (const pid of new Set(pids)) watches.push(await openWatch(pid, opening.use(openReader(pid))));
  let failure: unknown;
  const timer = setInterval(() => {
    for (const watch of watches)
      watch.sample().catch((error) => {
        failure ??= error;
      });
  }, readEveryMs);
  opening.defer(() => clearInterval(timer));
  const opened = opening.move();
  return {
    async stop() {
      clearInterval(timer);
      const usages = await Promise.all(
        watches.map(async (watch) => [watch.pid, await watch.stop()] as const),
      );
      if (failure) throw failure;
      return new Map(usages);
    },
    [Symbol.dispose]: () => opened.dispose(),
  };
}

interface Watch {
  readonly pid: number;
  sample(): Promise<unknown>;
  stop(): Promise<Usage>;
}

/** A processor clock ticks every 10 ms: a window of 50 ms would be read 20 points wrong, half a second 2 points. */
const windowNs = 500e6;

async function openWatch(pid: number, reader: StatReader): Promise<Watch> {
  const read = async () => {
    const stat = await reader.read();
    if (!stat) throw ended(pid);
    return { ...stat, ns: Bun.nanoseconds() };
  };
  const first = await read();
  const recent = [first];
  let samples = 0;
  let rssSum = 0;
  let rssMax = first.rssBytes;
  let cpuMax = 0;
  const sample = async () => {
    const now = await read();
    samples += 1;
    rssSum += now.rssBytes;
    rssMax = Math.max(rssMax, now.rssBytes);
    while (now.ns - (recent[1]?.ns ?? now.ns) >= windowNs) recent.shift();
    const [oldest = now] = recent;
    recent.push(now);
    if (now.ns - oldest.ns >= windowNs) cpuMax = Math.max(cpuMax, cpuPercent(oldest, now));
    return now;
  };
  return {
    pid,
    sample,
    async stop() {
      // What ended between two readings was still read once, at its end.
      const last = await sample();
      const mean = cpuPercent(first, last);
      return {
        samples,
        cpu_percent: { mean, max: Math.max(mean, cpuMax) },
        rss_bytes: {
          mean: Math.round(rssSum / samples),
          max: rssMax,
          first: first.rssBytes,
          last: last.rssBytes,
        },
      };
    },
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

interface Reading {
  readonly cpuMs: number;
  readonly ns: number;
}

function cpuPercent(from: Reading, to: Reading): number {
  return ((to.cpuMs - from.cpuMs) / (to.ns - from.ns)) * 1e8;
}
