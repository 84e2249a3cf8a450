import { z } from "zod";
import type { Execution, StepTimes } from "../measure/execution.ts";
import { Histogram, histogramSchema } from "../measure/histogram.ts";

export const endings = ["completed", "failed", "cancelled", "timeout"] as const;
export type Ending = (typeof endings)[number];

/** What took how long, for each workflow or for each of its steps. */
export const spans = [
  "completion",
  "critical_path",
  "added",
  "per_edge",
  "waiting",
  "hand_over",
  "running",
] as const;
export type Span = (typeof spans)[number];

const someCount = z.int().min(0);

/** What became of workflows, as it goes from one process to another. */
export const outcomesSchema = z.strictObject({
  accepted: someCount,
  endings: z.record(z.enum(endings), someCount),
  spans: z.record(z.enum(spans), histogramSchema),
  steps: someCount.describe("of completed workflows"),
  edges: someCount.describe("of completed workflows"),
  first_ms: z.number().nullable().describe("when the first completed one was submitted, since the epoch"),
  last_ms: z.number().nullable().describe("when the last one was completed"),
  wrong: someCount.describe("completed workflows that broke a rule of execution"),
  faults: z.array(z.string()).describe("what went wrong, of the first few"),
  timeline: z
    .array(
      z.strictObject({
        step_id: z.string(),
        depends_on: z.array(z.string()),
        started_ms: z.number(),
        ended_ms: z.number(),
      }),
    )
    .describe("of one completed workflow, in ms since it was submitted"),
  digest: z.string().describe("SHA-256 of the outputs of the completed ones"),
});

export type OutcomesJson = z.infer<typeof outcomesSchema>;

/** From the first submission to the last completion; `null` when none is completed. */
export function completedPerSecond({ endings, first_ms, last_ms }: OutcomesJson): number | null {
  if (first_ms === null || last_ms === null || last_ms <= first_ms) return null;
  return (endings.completed * 1e3) / (last_ms - first_ms);
}

/** A workflow that is completed. Times are ms since the epoch. */
export interface Completed {
  readonly id: string;
  readonly submittedMs: number;
  readonly times: readonly StepTimes[];
  readonly execution: Execution;
  readonly edges: number;
  /** Steps that did not start exactly once. */
  readonly repeated: readonly string[];
  readonly outputs: unknown;
}

const keptFaults = 3;

/** What became of the workflows of one load. */
export class Outcomes {
  readonly #endings = { completed: 0, failed: 0, cancelled: 0, timeout: 0 };
  readonly #spans = Object.fromEntries(spans.map((span) => [span, new Histogram()]));
  readonly #digest = new Bun.CryptoHasher("sha256");
  readonly #faults: string[] = [];
  #accepted = 0;
  #steps = 0;
  #edges = 0;
  #wrong = 0;
  #first: number | null = null;
  #last: number | null = null;
  #timeline: OutcomesJson["timeline"] = [];
  readonly #shown: number;

  /** Keeps the timeline of the completed workflow of that number, counted from 1. */
  constructor(shown: number) {
    this.#shown = shown;
  }

  /** Counts a workflow whose submission was accepted. */
  accept(): void {
    this.#accepted++;
  }

  /** Counts a workflow that was not completed. */
  lose(ending: Exclude<Ending, "completed">, fault: string): void {
    this.#endings[ending]++;
    this.#note(fault);
  }

  complete({ id, submittedMs, times, execution, edges, repeated, outputs }: Completed): void {
    this.#endings.completed++;
    if (this.#endings.completed === this.#shown)
      this.#timeline = times.map(({ id, dependsOn, startedMs, endedMs }) => ({
        step_id: id,
        depends_on: [...dependsOn],
        started_ms: startedMs - submittedMs,
        ended_ms: endedMs - submittedMs,
      }));
    this.#steps += execution.runningMs.length;
    this.#edges += edges;
    this.#first = Math.min(this.#first ?? submittedMs, submittedMs);
    this.#last = Math.max(this.#last ?? 0, submittedMs + execution.completionMs);
    this.#digest.update(JSON.stringify(outputs));
    const early = execution.early.map((step) => `step "${step}" of "${id}" started before its time`);
    const again = repeated.map((step) => `step "${step}" of "${id}" did not start exactly once`);
    if (early.length + again.length > 0) this.#wrong++;
    for (const fault of [...early, ...again]) this.#note(fault);
    const { completionMs, criticalPathMs, addedPerEdgeMs } = execution;
    this.#record("completion", completionMs);
    this.#record("critical_path", criticalPathMs);
    this.#record("added", completionMs - criticalPathMs);
    if (addedPerEdgeMs !== null) this.#record("per_edge", addedPerEdgeMs);
    for (const ms of execution.waitingMs) this.#record("waiting", ms);
    for (const ms of execution.handOverMs) this.#record("hand_over", ms);
    for (const ms of execution.runningMs) this.#record("running", ms);
  }

  toJSON(): OutcomesJson {
    return outcomesSchema.parse({
      accepted: this.#accepted,
      endings: this.#endings,
      spans: Object.fromEntries(spans.map((span) => [span, this.#spans[span]?.toJSON()])),
      steps: this.#steps,
      edges: this.#edges,
      first_ms: this.#first,
      last_ms: this.#last,
      wrong: this.#wrong,
      faults: this.#faults,
      timeline: this.#timeline,
      digest: this.#digest.digest("hex"),
    });
  }

  #note(fault: string): void {
    if (this.#faults.length < keptFaults) this.#faults.push(fault);
  }

  /** A step that started too early has a negative wait: that is a fault, and no time. */
  #record(span: Span, ms: number): void {
    if (ms >= 0) this.#spans[span]?.record(ms * 1e6);
  }
}
