import { closeSync, openSync, readSync } from "node:fs";

/**
 * What makes a Bun process write a line to its standard error at every collection. Its engine, JavaScriptCore, writes
 * each before the program goes on, so that a log that did not grow during a call says that no pause fell into it.
 */
export const logging = { BUN_JSC_logGC: "1" } as const;

/** How much a process allocates between two collections under `counting`. */
export const countedBytes = 256 * 1024;

/**
 * What makes it collect each time it has allocated 256 KiB, and log how much that was. It does so without helping
 * threads: what the program allocates while one of those collects, the log leaves out.
 */
export const counting = {
  ...logging,
  BUN_JSC_gcMaxHeapSize: String(countedBytes),
  BUN_JSC_useConcurrentGC: "0",
} as const;

/** One collection, as the engine logged it. */
export interface Collection {
  readonly kind: "eden" | "full";
  /**
   * Each time it stopped the program: one that runs beside the program stops it more than once, and one that the
   * program asked for and waits for is one pause, from its start to the end of its sweep.
   */
  readonly pausesMs: readonly number[];
  /** What the program had allocated since the one before; `null` for one that no allocation caused. */
  readonly allocatedBytes: number | null;
}

/** The log of a process, while it is written. */
export interface GcLog extends Disposable {
  /** Whether the process has logged anything since the last look. Allocates next to nothing. */
  grew(): boolean;
  /** The collections since the last time, up to the last look. */
  take(): Collection[];
}

/** `path` is the file that the process's standard error goes to. Throws an `Error` when it is not there. */
export function openGcLog(path: string): GcLog {
  const file = openSync(path, "r");
  let bytes = Buffer.alloc(1024 * 1024);
  let read = 0;
  let filled = 0;
  return {
    grew() {
      if (filled === bytes.length) bytes = Buffer.concat([bytes, Buffer.alloc(bytes.length)]);
      const more = readSync(file, bytes, filled, bytes.length - filled, read);
      read += more;
      filled += more;
      return more > 0;
    },
    take() {
      const collections = parseGcLog(bytes.toString("latin1", 0, filled));
      filled = 0;
      return collections;
    },
    [Symbol.dispose]: () => closeSync(file),
  };
}

const entry =
  /bytes allocated this cycle: (?<allocated>\d+)|=> (?<kind>Eden|Full)Collection|p=(?<stop>[\d.]+)ms|cycle (?<cycle>[\d.]+)ms END|sweep: .*, (?<sweep>[\d.]+)ms/g;

/** Reads what JavaScriptCore writes under `logGC=1`; other lines may stand between. */
export function parseGcLog(text: string): Collection[] {
  const collections: Collection[] = [];
  let allocatedBytes: number | null = null;
  let pausesMs: number[] = [];
  let cycleMs = 0;
  for (const { groups = {} } of text.matchAll(entry)) {
    const { allocated, kind, stop, cycle, sweep } = groups;
    if (allocated !== undefined) allocatedBytes = Number(allocated);
    if (kind !== undefined) {
      pausesMs = [];
      collections.push({ kind: kind === "Full" ? "full" : "eden", pausesMs, allocatedBytes });
      allocatedBytes = null;
    }
    if (stop !== undefined) pausesMs.push(Number(stop));
    if (cycle !== undefined) cycleMs = Number(cycle);
    // Only a program that waits for its collection sweeps at once.
    if (sweep !== undefined) pausesMs.splice(0, pausesMs.length, cycleMs + Number(sweep));
  }
  return collections;
}

/** What else the process wrote: the lines that are none of the log. */
export function strayLines(text: string): string[] {
  return text.split("\n").filter((line) => !/^(\[GC<|GC END!|Requesting GC because|$)/.test(line));
}
