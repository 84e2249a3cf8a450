import { z } from "zod";
import { histogramSchema } from "../measure/histogram.ts";
import { common, count, estimate, latency, ms, status } from "./fields.ts";

const pair = z.strictObject({ direct: latency, http: latency });

/** The result of `p2p_latency`. */
export const p2pLatency = z.strictObject({
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
      histograms: z.strictObject({ direct: histogramSchema, http: histogramSchema }),
      per_round: z
        .array(
          z.strictObject({
            p50_ms: z.strictObject({ direct: ms, http: ms }),
            control: z
              .strictObject({ direct: z.number().nullable(), http: z.number().nullable() })
              .describe("the logarithm of the ratio of two halves of one path; null with too few samples"),
          }),
        )
        .describe("enough to judge it again, together with the tools of another run"),
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
