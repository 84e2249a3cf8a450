import { z } from "zod";
import { MeasurementError } from "../errors.ts";

export const memoryTests = ["baseline", "per_request", "leak_detection", "gc_impact"] as const;
export const memoryRuntimes = ["direct", "http"] as const;
/** What a process has opened, in this order; only the one on http opens a server. */
export const stages = ["bun", "libraries", "tools", "network", "server", "served"] as const;
/** What the leak is called that is made to be found. */
export const canary = "known_leak";
/** How garbage is collected: when the engine wants to, often, or with a heap that grows. */
export const gcModes = ["natural", "forced", "growing"] as const;
export type MemoryRuntime = (typeof memoryRuntimes)[number];

/** The module that does one test on one runtime, once. */
export const roundModule = new URL("./memory_usage_round.ts", import.meta.url).pathname;

/** What a process has to do. */
export const jobSchema = z.strictObject({
  test: z.enum(memoryTests),
  runtime: z.enum(memoryRuntimes),
  round: z.int(),
  seed: z.int(),
  bootstrap: z.array(z.string()),
  tools: z.array(z.string()),
  iterations: z.int(),
  slow_iterations: z.int(),
  threshold_bytes: z.number(),
  log_path: z.string().nullable().describe("where this very process logs its collections, if it does"),
});

export type MemoryJob = z.infer<typeof jobSchema>;

const runtime = z.enum(memoryRuntimes);
const bytes = z.int().min(0);
const interval = z.object({ estimate: z.number(), low: z.number().nullable(), high: z.number().nullable() });

const memoryEvent = z.discriminatedUnion("event", [
  z.strictObject({ event: z.literal("ready"), test: z.enum(memoryTests), runtime, pid: z.int() }),
  z.strictObject({
    event: z.literal("stage"),
    runtime,
    stage: z.enum(stages),
    heap_bytes: bytes,
    rss_bytes: bytes,
  }),
  z.strictObject({ event: z.literal("idle"), runtime, heap_bytes: z.array(bytes) }),
  z.strictObject({
    event: z.literal("allocated"),
    runtime,
    tool: z.string().nullable().describe("null for the loop without a tool"),
    bytes_per_call: z.number().nullable().describe("null where it is too little to be seen"),
  }),
  z.strictObject({
    event: z.literal("retained"),
    runtime,
    calls: z.int(),
    bytes_per_call: z.number().describe("less what the control shows"),
  }),
  z.strictObject({
    event: z.literal("leak"),
    runtime,
    subject: z.enum(["tool", "connection", "canary"]),
    tool: z.string(),
    branch: z.string(),
    calls: z.array(z.int()),
    heap_bytes: z.array(bytes),
    verdict: z.enum(["leak", "no leak", "insufficient data"]),
    bytes_per_call: interval.nullable(),
    objects_per_call: interval.nullable(),
    growing_types: z.array(z.object({ type: z.string(), per_call: z.number() })),
    needed_calls: z.int().nullable(),
  }),
  z.strictObject({
    event: z.literal("collected"),
    runtime,
    mode: z.enum(gcModes),
    logs: z.boolean().describe("whether the process was seen to log its collections"),
    elapsed_ms: z.number(),
    clear_ns: z.array(z.number()).describe("times of calls into which no collection fell"),
    overlapping_ns: z.array(z.number()).describe("times of the others"),
    eden: z.int(),
    full: z.int(),
    pauses_ms: z.array(z.number()),
  }),
  z.strictObject({ event: z.literal("failed"), message: z.string() }),
]);

/** What a process prints, one event a line. */
export type MemoryEvent = z.infer<typeof memoryEvent>;
export type MemoryEventOf<Name extends MemoryEvent["event"]> = Extract<MemoryEvent, { event: Name }>;

/** Reads a line that a process printed. Throws the `MeasurementError` that it met. */
export function readMemoryEvent(line: unknown) {
  const event = memoryEvent.parse(line);
  if (event.event === "failed") throw new MeasurementError(event.message);
  return event;
}

/** What an event means, in words. */
export function describeMemoryEvent(round: number, event: Exclude<MemoryEvent, { event: "failed" }>): string {
  const where = `round ${round + 1}, ${event.runtime}`;
  switch (event.event) {
    case "ready":
      return `${where}: ${event.test} of process ${event.pid}`;
    case "stage":
      return `${where}: ${event.stage}, heap ${event.heap_bytes} B, resident ${event.rss_bytes} B`;
    case "idle":
      return `${where}: idle, heap ${event.heap_bytes.join(", ")} B`;
    case "allocated":
      return `${where}: ${event.tool ?? "no tool"} allocates ${event.bytes_per_call?.toFixed(0) ?? "next to nothing"} B per call`;
    case "retained":
      return `${where}: ${event.bytes_per_call.toFixed(1)} B per call retained`;
    case "leak":
      return `${where}: ${event.tool}, ${event.verdict}, ${event.bytes_per_call?.estimate.toFixed(1) ?? "?"} B per call`;
    case "collected":
      return `${where}: ${event.mode}, ${event.eden} eden and ${event.full} full collections in ${event.elapsed_ms.toFixed(0)} ms`;
  }
}
