import { z } from "zod";
import { common, count, estimate, latency, ms } from "./fields.ts";

const perCall = estimate.describe("bytes per call, with what prepares it and puts back what it changed");

/** The result of `memory_usage`. */
export const memoryUsage = z.strictObject({
  benchmark: z.literal("memory_usage"),
  ...common,
  baseline: z
    .array(
      z.strictObject({
        runtime: z.string(),
        rounds: count,
        stages: z.array(
          z.strictObject({
            stage: z.string().describe("what the process has opened by then"),
            heap_bytes: estimate,
            rss_bytes: estimate,
            added_heap_bytes: estimate.describe("since the stage before"),
            added_rss_bytes: estimate,
          }),
        ),
        idle: z
          .strictObject({
            drift_bytes: estimate.describe("what the heap grows by while the process does nothing"),
            margin_bytes: z.number().describe("1 % of the heap"),
            verdict: z.enum(["stable", "growing", "shrinking", "inconclusive"]),
          })
          .nullable(),
      }),
    )
    .describe("memory of the process that serves the tools, garbage collected, stage by stage"),
  per_request: z.array(
    z.strictObject({
      runtime: z.string(),
      rounds: count,
      calls: count.describe("over which the retained memory was read, in a round"),
      retained_bytes_per_call: perCall.describe(
        "slope of the heap over calls of every tool, less the control's",
      ),
      control_allocated_bytes_per_call: estimate
        .nullable()
        .describe("what the loop around the calls allocates in the same process; null where that is none"),
      tools: z.array(
        z.strictObject({
          tool_name: z.string(),
          allocated_bytes_per_call: perCall
            .nullable()
            .describe(
              "garbage or not, by the engine's own counter; a lower bound, because native code need not tell it; null where it is too little to be seen",
            ),
        }),
      ),
    }),
  ),
  leak_detection: z.array(
    z.strictObject({
      runtime: z.string(),
      subject: z
        .enum(["tool", "connection", "canary"])
        .describe("canary: a leak of one object a call, made to be found"),
      tool_name: z.string(),
      branch: z.string(),
      iterations: count.describe("calls over which the heap was read; half as many went before"),
      verdict: z.enum(["leak", "no leak", "insufficient data"]),
      bytes_per_call: estimate.nullable().describe("slope of the heap over calls within one process"),
      objects_per_call: estimate.nullable(),
      growing_types: z.array(z.strictObject({ type: z.string(), per_call: z.number() })),
      needed_calls: count.nullable().describe("how many may be enough, where these were not"),
      samples: z.array(z.strictObject({ calls: count, heap_bytes: count })),
    }),
  ),
  gc_impact: z.array(
    z.strictObject({
      runtime: z.string(),
      mode: z.string().describe("natural; forced, after every 100th call; growing, by 10,000 objects then"),
      rounds: count,
      calls: count.describe("of all tools together"),
      throughput_per_s: estimate.describe("the time for preparing calls and for collecting included"),
      throughput_change_percent: estimate
        .nullable()
        .describe("against natural in the same process; null for natural itself"),
      latency,
      latency_without_collections: latency
        .nullable()
        .describe("of the calls into which no collection fell; null without any"),
      overlapping_calls: count,
      eden_collections: count,
      full_collections: count,
      pauses: z
        .strictObject({ count, total_ms: ms, p50_ms: ms.nullable(), max_ms: ms.nullable() })
        .nullable()
        .describe("how long collecting stopped the process; null where that cannot be seen"),
      unobserved: z.string().nullable().describe("why pauses cannot be seen, where they cannot"),
    }),
  ),
});
