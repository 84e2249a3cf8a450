import { heapSize, heapStats } from "bun:jsc";
import { setImmediate } from "node:timers/promises";
import { z } from "zod";
import type { Child } from "../child.ts";
import { MeasurementError } from "../errors.ts";

const count = z.int().min(0);

/** What a process holds once its garbage is collected. */
export const memoryReading = z.strictObject({
  heap_bytes: count.describe("what JavaScriptCore holds: its cells, and the external_bytes they own"),
  object_count: count.describe("objects of the program, without those that the engine makes of its code"),
  external_bytes: count.describe(
    "the part of heap_bytes outside the cells: buffers, characters of long strings",
  ),
  rss_bytes: count.describe("resident memory, as the operating system counts it"),
  passes: z.int().min(2).describe("full collections until two readings agreed"),
  settled: z.boolean().describe("whether two readings agreed before the passes ran out"),
});

export type MemoryReading = z.infer<typeof memoryReading>;

export const typeCounts = z.record(z.string(), count);

/** How many objects of the program there are of each type. */
export type TypeCounts = z.infer<typeof typeCounts>;

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

/** One that finalizers and background work keep from settling is read as it is, which the reading says. */
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
  return { heap_bytes, ...countObjects(wait), rss_bytes: process.memoryUsage.rss(), passes, settled };
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

/** Counts the objects of this process by type. */
async function countTypes(): Promise<TypeCounts> {
  const entries = Object.entries(heapStats().objectTypeCounts);
  return Object.fromEntries(entries.filter(([type]) => !ofTheEngine.includes(type)));
}

/** The process that this code runs in, as a probe. */
export const ownProbe: Probe = { read: readMemory, types: countTypes };

/** Reads a child that answers its lines with `answerProbe`. */
export function openProbe(child: Child, timeoutMs = 30_000): Probe {
  const cannot = (why: string, cause?: unknown) =>
    new MeasurementError(`Cannot read the memory of process ${child.pid}: ${why}`, { cause });
  const ask = async (question: "read" | "rehearse" | "types") => {
    const answer = await child.ask(question, timeoutMs).catch((cause) => {
      throw cannot(cause instanceof Error ? cause.message : String(cause), cause);
    });
    return JSON.parse(answer);
  };
  return {
    read: async ({ wait } = { wait: true }) => memoryReading.parse(await ask(wait ? "read" : "rehearse")),
    types: async () => typeCounts.parse(await ask("types")),
  };
}

/**
 * The child's side: answers a line of its parent, by a line that is printed. Throws a `RangeError` for any other. It is
 * kept so plain because what the engine makes of its code is in what it reads.
 */
export async function answerProbe(line: string): Promise<void> {
  if (line === "types") return console.log(JSON.stringify(await countTypes()));
  if (line !== "read" && line !== "rehearse") throw new RangeError(`Cannot answer "${line.slice(0, 64)}"`);
  console.log(JSON.stringify(await readMemory({ wait: line === "read" })));
}
