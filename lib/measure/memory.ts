import { heapStats } from "bun:jsc";
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
  types: z.record(z.string(), count).describe("how many objects of the program there are of each type"),
  passes: z.int().min(2).describe("full collections until two readings agreed"),
  settled: z.boolean().describe("whether two readings agreed before the passes ran out"),
});

export type MemoryReading = z.infer<typeof memoryReading>;

/** Reads the memory of the process that serves the tools. */
export interface Probe {
  /** Throws a `MeasurementError` that names the process when it has ended or does not answer. */
  read(): Promise<MemoryReading>;
}

/** One that finalizers and background work keep from settling is read as it is, which the reading says. */
const maxPasses = 8;

/** Two passes with less between them agree: a turn of the event loop itself leaves up to this much behind. */
const agreeBytes = 256;

/** Collects this process's garbage until two readings agree, and answers the last one. */
export async function readMemory(): Promise<MemoryReading> {
  let stats = await collect();
  let settled = false;
  let passes = 1;
  while (!settled && passes < maxPasses) {
    const before = stats.heapSize;
    stats = await collect();
    passes += 1;
    settled = Math.abs(stats.heapSize - before) <= agreeBytes;
  }
  const types = Object.entries(stats.objectTypeCounts).filter(([type]) => !ofTheEngine.has(type));
  return {
    heap_bytes: stats.heapSize,
    object_count: types.reduce((sum, [, number]) => sum + number, 0),
    external_bytes: stats.extraMemorySize,
    rss_bytes: process.memoryUsage.rss(),
    types: Object.fromEntries(types),
    passes,
    settled,
  };
}

/** The turn of the event loop lets finalizers and settled promises run, which let go of more. */
async function collect() {
  await setImmediate();
  Bun.gc(true);
  return heapStats();
}

/**
 * Cells that JavaScriptCore makes of code and of the shapes of objects while it compiles, tier after tier: they come
 * and go by the hundred in a program that keeps nothing.
 */
const ofTheEngine = new Set([
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
]);

/** The process that this code runs in, as a probe. */
export const ownProbe: Probe = { read: readMemory };

const question = "memory";

/** Reads a child that answers its lines with `answerProbe`. */
export function openProbe(child: Child, timeoutMs = 30_000): Probe {
  const cannot = (why: string, cause?: unknown) =>
    new MeasurementError(`Cannot read the memory of process ${child.pid}: ${why}`, { cause });
  return {
    async read() {
      const answer = await child.ask(question, timeoutMs).catch((cause) => {
        throw cannot(cause instanceof Error ? cause.message : String(cause), cause);
      });
      return memoryReading.parse(JSON.parse(answer));
    },
  };
}

/** The child's side: answers a line of its parent, by a line that is printed. Throws a `RangeError` for any other. */
export async function answerProbe(line: string): Promise<void> {
  if (line !== question) throw new RangeError(`Cannot answer "${line.slice(0, 64)}": there is "${question}"`);
  console.log(JSON.stringify(await readMemory()));
}
