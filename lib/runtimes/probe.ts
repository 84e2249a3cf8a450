import { heapSize, heapStats } from "bun:jsc";
import { setImmediate } from "node:timers/promises";

/** What a process holds once its garbage is collected. */
export interface MemoryReading {
  /** What JavaScriptCore holds: its cells, and the `external_bytes` they own. */
  readonly heap_bytes: number;
  /** Objects of the program, without those that the engine makes of its code. */
  readonly object_count: number;
  /** The part of `heap_bytes` outside the cells: buffers, characters of long strings. */
  readonly external_bytes: number;
  /** Resident memory, as the operating system counts it. */
  readonly rss_bytes: number;
  /** Whether two passes agreed before `maxPasses`. */
  readonly settled: boolean;
}

/** How many objects of the program there are of each type. */
export type TypeCounts = Readonly<Record<string, number>>;

/** Looks into the process that serves the tools. Throws a `MeasurementError` when that has ended or does not answer. */
export interface Probe {
  /**
   * With `wait: false` it is a rehearsal, whose figures are of no use: after some 500 of them the engine has compiled
   * the probe's own code, whose tiers add 60 KB to as many readings. After 1,500, and 60 readings that drop up to 10 KB
   * of idle code, those of an idle process stay within 5 KB.
   */
  read(options?: { wait: boolean }): Promise<MemoryReading>;
  /** As they are: what the last reading left alive, and garbage since. It stirs up 4 KB, which a reading does not. */
  types(): Promise<TypeCounts>;
}

/** A reading that finalizers and background work keep from settling is read as it is, which the reading says. */
const maxPasses = 8;

/** Two passes with less between them agree: a turn of the event loop itself leaves up to this much behind. */
const agreeBytes = 256;

/**
 * Collects this process's garbage until two readings agree, and answers the last one. A rehearsal does not wait until
 * the garbage is collected; all else is the same code.
 */
export async function readMemory({ wait = true } = {}): Promise<MemoryReading> {
  let heap_bytes = await collect(wait);
  let settled = false;
  let passes = 1;
  while (!settled && passes < maxPasses) {
    const before = heap_bytes;
    heap_bytes = await collect(wait);
    passes += 1;
    settled = Math.abs(heap_bytes - before) <= agreeBytes;
  }
  return { heap_bytes, ...countObjects(wait), rss_bytes: process.memoryUsage.rss(), settled };
}

/** The turn of the event loop lets finalizers and settled promises run, which let go of more. */
async function collect(wait: boolean): Promise<number> {
  await setImmediate();
  if (wait) Bun.gc(true);
  return heapSize();
}

/** What a rehearsal counts: asking anew takes 5 ms with libp2p in the process. */
const anyStats = heapStats();

/**
 * Reduced to numbers at once. What `heapStats` answers is 185 objects and 26 KB, more than a leak of 16 bytes makes of
 * 1,000 calls; held by an `async` function it would be there in some readings and not in others.
 */
function countObjects(wait: boolean) {
  const { extraMemorySize, objectTypeCounts } = wait ? heapStats() : anyStats;
  let object_count = 0;
  for (const count of JSON.stringify(objectTypeCounts).match(programCounts) ?? [])
    object_count += Number(count);
  return { object_count, external_bytes: extraMemorySize };
}

/**
 * Cells that JavaScriptCore makes of code and of the shapes of objects while it compiles, tier after tier: they come
 * and go by the hundred in a program that keeps nothing.
 */
const ofTheEngine = [
  "CodeBlock",
  "EvalCodeBlock",
  "EvalExecutable",
  "Exception",
  "FunctionCodeBlock",
  "FunctionExecutable",
  "FunctionRareData",
  "JSPropertyNameEnumerator",
  "ModuleProgramCodeBlock",
  "ModuleProgramExecutable",
  "NativeExecutable",
  "ProgramCodeBlock",
  "ProgramExecutable",
  "PropertyTable",
  "Structure",
  "StructureChain",
  "StructureRareData",
  "SymbolTable",
  "UnlinkedEvalCodeBlock",
  "UnlinkedFunctionCodeBlock",
  "UnlinkedFunctionExecutable",
  "UnlinkedModuleProgramCodeBlock",
  "UnlinkedProgramCodeBlock",
  "WatchpointSet",
];

/** To be found in JSON: reading the properties themselves has the engine keep the shape of every answer. */
const programCounts = new RegExp(`(?<="(?!(?:${ofTheEngine.join("|")})")[^"]+":)\\d+`, "g");

/**
 * Counts the objects of this process by type, and makes few to do so: an array of entries was still on the stack at the
 * readings that followed, 195 objects, more than a leak in every 50th call makes of 1,000.
 */
async function countTypes(): Promise<TypeCounts> {
  const counts = JSON.stringify(heapStats().objectTypeCounts);
  return JSON.parse(counts, (type, count) => (ofTheEngine.includes(type) ? undefined : count));
}

/** The process that this code runs in, as a probe. */
export const ownProbe: Probe = { read: readMemory, types: countTypes };
