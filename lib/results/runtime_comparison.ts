import { z } from "zod";
import { common, count, estimate, latency, scaling, usage } from "./fields.ts";

const groups = z.strictObject({ p2p: latency.nullable(), general: latency.nullable() });

const openLoop = z.strictObject({
  offered_per_s: estimate,
  achieved_per_s: estimate,
  unsent: count,
  lateness: latency.describe("how late calls started"),
  saturated: z
    .array(z.string())
    .describe("why the answers did not keep up, for each round in which they did not"),
});

/** The result of `runtime_comparison`. */
export const runtimeComparison = z.strictObject({
  benchmark: z.literal("runtime_comparison"),
  ...common,
  workloads: z.array(
    z.strictObject({
      workload: z.string(),
      concurrency: count,
      arms: z.array(
        z.strictObject({
          arm: z.string(),
          rounds: count,
          issued: count,
          errors: z.record(z.string(), count).describe("failed calls by code"),
          throughput_per_s: estimate.describe(
            "successful calls; under load the time for preparing them is included, in sequential it is not",
          ),
          service_time: groups.describe("from the real start of a call"),
          response_time: groups.nullable().describe("from the intended start; null for a closed loop"),
          mean_in_flight: estimate.nullable().describe("null for sequential calls, which are one at a time"),
          client: usage,
          server: usage.describe("the process that serves the general tools"),
          open_loop: openLoop.nullable(),
        }),
      ),
    }),
  ),
  sweep: z
    .array(
      z.strictObject({
        arm: z.string(),
        points: z.array(
          z.strictObject({ concurrency: count, throughput_per_s: estimate, p95_ms: estimate.nullable() }),
        ),
        scaling,
      }),
    )
    .describe("throughput by concurrency, of calls that need no preparation"),
});
