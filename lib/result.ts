import { renameSync, writeFileSync } from "node:fs";
import { z } from "zod";

const count = z.int().min(0);
const ms = z.number();

const estimate = z
  .strictObject({ estimate: z.number(), low: z.number().nullable(), high: z.number().nullable() })
  .describe("a figure with its 95 % interval over rounds; the bounds are null after a single round");

const latency = z.strictObject({
  n: count,
  avg_ms: ms,
  stdev_ms: ms,
  min_ms: ms,
  p50_ms: ms,
  p95_ms: ms.nullable().describe("null below 59 samples, which cannot show it"),
  p99_ms: ms.nullable().describe("null below 299 samples, which cannot show it"),
  max_ms: ms,
});

const status = z.enum(["met", "missed", "inconclusive"]);

const common = {
  schema_version: z.literal(1),
  complete: z.boolean().describe("false while it runs, and for good after an interrupted or failed run"),
  started_at: z.iso.datetime(),
  ended_at: z.iso.datetime(),
  seed: count,
  options: z.record(z.string(), z.json()),
  machine: z.strictObject({
    os: z.string(),
    cpu: z.string(),
    cores: count,
    memory_bytes: count,
    load_before: z.number().describe("load average over one minute"),
    load_after: z.number(),
    pinned: z.boolean().describe("whether the processes were bound to cores"),
    timer_floor_ms: ms.describe("median time measured around nothing; not subtracted from any figure"),
  }),
  versions: z.strictObject({
    bun: z.string(),
    project: z.string(),
    commit: z.string().nullable(),
    dependencies: z.record(z.string(), z.string()),
  }),
  validity: z.enum(["valid", "suspect", "invalid"]),
  audit: z.array(
    z.strictObject({
      check: z.string(),
      status: z.enum(["passed", "suspect", "failed"]),
      detail: z.string(),
    }),
  ),
  criteria: z.array(
    z.strictObject({ name: z.string(), target: z.string(), ...estimate.shape, unit: z.string(), status }),
  ),
};

const pair = z.strictObject({ direct: latency, http: latency });

const p2pLatency = z.strictObject({
  benchmark: z.literal("p2p_latency"),
  ...common,
  tools: z.array(
    z.strictObject({
      tool_name: z.string(),
      category: z.string(),
      branch: z.string().describe("what the timed call did"),
      iterations: count.describe("samples in a round"),
      rounds: count,
      runtimes: pair,
      improvement_percent: estimate.describe(
        "how much less time the direct call takes than the one over HTTP",
      ),
      added_ms: estimate.describe("what HTTP adds to the median call"),
      noise_percent: z
        .number()
        .nullable()
        .describe("the difference an A/A control shows where there is none"),
      status,
      above_range: z.boolean().describe("the saving is more than 20 points above the target"),
      samples_ms: z.strictObject({ direct: z.array(ms), http: z.array(ms) }).optional(),
    }),
  ),
  aggregate: z
    .strictObject({
      improvement_percent: estimate.describe("from the geometric mean of the tools' ratios"),
      runtimes: pair.describe("all samples pooled"),
    })
    .nullable()
    .describe("null until one round has measured every tool"),
});

/** A result file of any benchmark. */
export const resultSchema = z.discriminatedUnion("benchmark", [p2pLatency]);

export type Result = z.infer<typeof resultSchema>;
export type P2pLatency = z.infer<typeof p2pLatency>;
export type Check = P2pLatency["audit"][number];
export type Status = z.infer<typeof status>;

/** Writes a result in one step, so that a reader never sees half a file. Throws a `ZodError` for an unsound result. */
export function writeResult(path: string, result: Result): void {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, `${JSON.stringify(resultSchema.parse(result), null, 2)}\n`);
  renameSync(temporary, path);
}
