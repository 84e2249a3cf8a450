import { z } from "zod";
import { histogramSchema } from "./measure/histogram.ts";
import { writeOutput } from "./output_file.ts";
import { readJson, unreadable } from "./read_json.ts";

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

const version = 1;

const common = {
  schema_version: z.literal(version),
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
    z.strictObject({
      name: z.string(),
      target: z.string(),
      ...estimate.shape,
      unit: z.string(),
      smallest_effect: z
        .number()
        .nullable()
        .describe("what the run could have seen; null where it says nothing"),
      status,
    }),
  ),
};

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

const usage = z.strictObject({
  cpu_percent: estimate.describe("of one core"),
  rss_bytes: count.describe("most that was seen"),
  samples: count.describe("how often it was read"),
});

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

const scaling = z
  .strictObject({
    lambda: estimate.describe("calls per second of one caller"),
    sigma: estimate.describe("share of the work that callers queue for"),
    kappa: estimate.describe("what callers cost each other in pairs"),
    r_squared: estimate.nullable(),
    peak: estimate.nullable().describe("concurrency of the highest throughput"),
  })
  .nullable()
  .describe("the Universal Scalability Law; null below three concurrencies");

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

/** A result file of any benchmark. */
export const resultSchema = z.discriminatedUnion("benchmark", [
  p2pLatency,
  runtimeComparison,
  concurrentWorkflows,
  memoryUsage,
]);

export type Result = z.infer<typeof resultSchema>;
export type P2pLatency = z.infer<typeof p2pLatency>;
export type RuntimeComparison = z.infer<typeof runtimeComparison>;
export type ConcurrentWorkflows = z.infer<typeof concurrentWorkflows>;
export type MemoryUsage = z.infer<typeof memoryUsage>;
export type Criterion = P2pLatency["criteria"][number];
export type Check = P2pLatency["audit"][number];
export type Status = z.infer<typeof status>;

/** Writes a result in one step, so that a reader never sees half a file. Throws a `ZodError` for an unsound result. */
export function writeResult(path: string, result: Result): void {
  writeOutput(path, `${JSON.stringify(resultSchema.parse(result), null, 2)}\n`);
}

/** Reads a result file. Throws a `UsageError` that names the file, and the field that no result of this version has. */
export function readResult(path: string): Result {
  const value = readJson(path);
  const { data: { schema_version: found } = {} } = z.object({ schema_version: z.number() }).safeParse(value);
  if (found !== undefined && found > version)
    throw unreadable(path, `schema_version is ${found}, and this version of the suite reads ${version}`);
  const parsed = resultSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = z.core.toDotPath(issue?.path ?? []) || "the whole";
  throw unreadable(path, `it is no result of a benchmark, ${field} does not fit: ${issue?.message}`);
}
