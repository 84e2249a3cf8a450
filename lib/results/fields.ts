import { z } from "zod";

export const count = z.int().min(0);
export const ms = z.number();

export const estimate = z
  .strictObject({ estimate: z.number(), low: z.number().nullable(), high: z.number().nullable() })
  .describe("a figure with its 95 % interval over rounds; the bounds are null after a single round");

export const latency = z.strictObject({
  n: count,
  avg_ms: ms,
  stdev_ms: ms,
  min_ms: ms,
  p50_ms: ms,
  p95_ms: ms.nullable().describe("null below 59 samples, which cannot show it"),
  p99_ms: ms.nullable().describe("null below 299 samples, which cannot show it"),
  max_ms: ms,
});

export const status = z.enum(["met", "missed", "inconclusive"]);

export const version = 1;

export const common = {
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

export const usage = z.strictObject({
  cpu_percent: estimate.describe("of one core"),
  rss_bytes: count.describe("most that was seen"),
  samples: count.describe("how often it was read"),
});

export const scaling = z
  .strictObject({
    lambda: estimate.describe("calls per second of one caller"),
    sigma: estimate.describe("share of the work that callers queue for"),
    kappa: estimate.describe("what callers cost each other in pairs"),
    r_squared: estimate.nullable(),
    peak: estimate.nullable().describe("concurrency of the highest throughput"),
  })
  .nullable()
  .describe("the Universal Scalability Law; null below three concurrencies");
