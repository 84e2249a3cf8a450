import { z } from "zod";
import { common, count, estimate, latency, ms, scaling, usage } from "./fields.ts";

const execution = z.strictObject({
  endings: z.strictObject({ completed: count, failed: count, cancelled: count, timeout: count }),
  completion: latency
    .nullable()
    .describe("from submission to the end of the last step, by the engine's clock"),
  hand_over: latency.nullable().describe("from a finished step to the start of its successor"),
});

/** The result of `concurrent_workflows`. Where nothing was completed or nothing depends on anything, it has `null`. */
export const concurrentWorkflows = z.strictObject({
  benchmark: z.literal("concurrent_workflows"),
  ...common,
  scenarios: z.array(
    z.strictObject({
      scenario: z.string(),
      concurrency: count.describe("submissions in flight"),
      runtimes: z.array(
        z.strictObject({
          runtime: z.string(),
          rounds: count,
          alone: z
            .strictObject({ submission: latency, execution })
            .nullable()
            .describe("one workflow at a time"),
          together: z
            .strictObject({
              issued: count,
              errors: z.record(z.string(), count).describe("submissions that were refused, by code"),
              submitted_per_s: estimate,
              submission: latency.nullable(),
              completed_per_s: estimate.nullable(),
              execution,
              detail: z
                .strictObject({
                  waiting: latency.describe("of a step, for those it depends on, or since the submission"),
                  running: latency.describe("of a step"),
                  critical_path: latency.describe("what the longest chain of steps takes by running alone"),
                  added: latency.describe("what the completion takes beyond that"),
                  added_per_edge: latency.nullable().describe("what a hand-over takes on that chain"),
                  timeline: z.array(
                    z.strictObject({
                      step_id: z.string(),
                      depends_on: z.array(z.string()),
                      started_ms: ms,
                      ended_ms: ms,
                    }),
                  ),
                })
                .nullable()
                .describe("with --monitor; the timeline is of one workflow, from its submission on"),
              client: usage,
              server: usage.describe("the process of the engine"),
            })
            .nullable(),
        }),
      ),
      http_adds: z
        .strictObject({
          saving_percent: estimate.describe("how much less time a direct submission takes"),
          per_workflow_ms: estimate,
          per_edge_ms: estimate.nullable(),
          noise_percent: z.number().nullable(),
        })
        .nullable()
        .describe("to the submission of a workflow, one at a time; null with one runtime only"),
    }),
  ),
  sweep: z
    .array(
      z.strictObject({
        runtime: z.string(),
        points: z.array(
          z.strictObject({
            concurrency: count,
            completed_per_s: estimate,
            p95_ms: estimate.describe("of the completion"),
            client_cpu_percent: estimate,
            server_cpu_percent: estimate,
          }),
        ),
        scaling,
        bend: z
          .strictObject({ concurrency: count, cause: z.enum(["client", "server", "process", "queue"]) })
          .nullable()
          .describe("the first concurrency that is not linear, and what was busy there"),
      }),
    )
    .describe("completed workflows by submissions in flight"),
});
