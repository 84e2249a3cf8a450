/** The shapes that figures and verdicts have in memory and in files alike. */
import { z } from "zod";

const ms = z.number().min(0);
const bound = z.number().nullable();

/** Figures that should be equal may differ by so much, as they went through sums and logarithms. */
const rounding = 1e-9;

/** Whether one figure is at most another, but for rounding. */
export function isAtMost(low: number, high: number): boolean {
  return low <= high + rounding * (1 + Math.abs(low) + Math.abs(high));
}

/** Refuses figures of which one is below one that is named before it; what is `null` is not known. */
function rising<Name extends string>(...names: readonly Name[]) {
  return (figures: Readonly<Record<Name, number | null>>, context: z.core.$RefinementCtx) => {
    let [before, least] = ["", Number.NEGATIVE_INFINITY];
    for (const name of names) {
      const value = figures[name];
      if (value === null) continue;
      if (!isAtMost(least, value))
        context.addIssue({ code: "custom", path: [name], message: `it is below ${before}` });
      [before, least] = [name, value];
    }
  };
}

/** What a figure is counted in. */
export const units = ["ms", "bytes", "percent", "per_s", "bytes_per_call"] as const;
export type Unit = (typeof units)[number];

/** Where the interval of a figure is taken: `scale.ts` says why. */
export const scaleNames = ["linear", "ratio", "saving", "excess"] as const;
export type ScaleName = (typeof scaleNames)[number];

const estimateShape = {
  estimate: z.number(),
  low: bound,
  high: bound,
  per_round: z.array(z.number()).min(1).optional(),
};

/** Refuses an interval that its figure is not in, one of a single round, and a figure beyond what all rounds gave. */
function checkEstimate(found: Estimate, context: z.core.$RefinementCtx): void {
  const { estimate, low, high, per_round: rounds } = found;
  const refuse = (name: string, message: string) =>
    context.addIssue({ code: "custom", path: [name], message });
  rising("low", "estimate", "high")(found, context);
  if ((low === null) !== (high === null)) refuse("high", "it has one bound");
  if (rounds?.length === 1 && low !== null) refuse("low", "one round has no interval");
  if (rounds && !(isAtMost(Math.min(...rounds), estimate) && isAtMost(estimate, Math.max(...rounds))))
    refuse("estimate", "it is beyond what each round gave");
}

export const estimateSchema = z
  .strictObject(estimateShape)
  .superRefine(checkEstimate)
  .describe(
    "a figure with its 95 % interval, whose bounds are null after a single round, and what each round gave",
  );

/** A figure with its 95 % interval; the bounds are `null` where one round gave no spread to judge by. */
export type Estimate = z.infer<z.ZodObject<typeof estimateShape>>;

/** The fewest samples whose maximum exceeds the true percentile with 95 % confidence: 1 - p^n >= 0.95. */
export const fewestFor = { p95: 59, p99: 299 } as const;

export const latencySchema = z
  .strictObject({
    n: z.int().min(1),
    avg_ms: ms,
    stdev_ms: ms,
    min_ms: ms,
    p50_ms: ms,
    p95_ms: ms.nullable().describe(`null below ${fewestFor.p95} samples, which cannot show it`),
    p99_ms: ms.nullable().describe(`null below ${fewestFor.p99} samples, which cannot show it`),
    max_ms: ms,
  })
  .superRefine(rising("min_ms", "p50_ms", "p95_ms", "p99_ms", "max_ms"))
  .superRefine(rising("min_ms", "avg_ms", "max_ms"))
  .refine(({ n, p95_ms }) => p95_ms === null || n >= fewestFor.p95, {
    path: ["p95_ms"],
    error: "n is too few for it",
  })
  .refine(({ n, p99_ms }) => p99_ms === null || n >= fewestFor.p99, {
    path: ["p99_ms"],
    error: "n is too few for it",
  });

/** A distribution of latencies in milliseconds. A percentile is `null` where there are too few samples to know it. */
export type Latency = z.infer<typeof latencySchema>;

export const statusSchema = z.enum(["met", "missed", "inconclusive"]);
export type Status = z.infer<typeof statusSchema>;

const labels = z.record(z.string().max(64), z.string().max(256));

export const doubtSchema = z
  .string()
  .min(1)
  .max(500)
  .describe("why it is inconclusive, whatever the interval says");

export const criterionSchema = z
  .strictObject({
    id: z.string().regex(/^[a-z][a-z0-9_]{0,63}$/),
    about: labels.describe("what it is asked of, as rows name it"),
    name: z.string().max(300).describe("what is judged"),
    bound: z.enum(["at_least", "at_most"]),
    target: z.number(),
    ...estimateShape,
    unit: z.enum(units),
    scale: z.enum(scaleNames),
    smallest_effect: z
      .number()
      .nullable()
      .describe("the smallest that the run could have seen; null where it says nothing"),
    status: statusSchema,
    rule: z.string().max(500).describe("how the interval was taken"),
    doubt: doubtSchema.optional(),
    over: z
      .strictObject({
        table: z.string(),
        column: z.string(),
        control: z.string().optional().describe("the column of their A/A control"),
        where: labels,
      })
      .optional()
      .describe("it is the mean, in each round, of these cells on that scale"),
  })
  .superRefine(checkEstimate);

/** Something that was asked for, and whether it is so. */
export type Criterion = z.infer<typeof criterionSchema>;

export const checkSchema = z.strictObject({
  check: z.string().max(200),
  status: z.enum(["passed", "suspect", "failed"]),
  detail: z.string().max(10_000),
});

/** Something that must hold for a run to be believed. */
export type Check = z.infer<typeof checkSchema>;
