import type { Execution, StepTimes } from "../../judge/execution.ts";
import { Histogram, type StoredHistogram } from "../../judge/histogram.ts";
import type { Latency } from "../../judge/shapes.ts";

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

/** What became of the workflows of one load, in a shape that passes from process to process. */
export interface Outcomes {
  readonly accepted: number;
  readonly endings: Readonly<Record<Ending, number>>;
  /** Of completed workflows. */
  readonly spans: ReadonlyMap<Span, StoredHistogram>;
  /** Of completed workflows, all together. */
  readonly edges: number;
  /** When the first completed one was submitted, and when the last one was completed, since the epoch. */
  readonly firstMs: number | null;
  readonly lastMs: number | null;
  /** Completed workflows that broke a rule of execution. */
  readonly wrong: number;
  /** What went wrong, of the first few. */
  readonly faults: readonly string[];
  /** Of one completed workflow, in ms since it was submitted. */
  readonly timeline: readonly TimelineStep[];
  /** SHA-256 of the outputs of the completed ones. */
  readonly digest: string;
}

interface TimelineStep {
  readonly step: string;
  readonly dependsOn: readonly string[];
  readonly startedMs: number;
  readonly endedMs: number;
}

/** From the first submission to the last completion; `null` when none is completed. */
export function completedPerSecond({ endings, firstMs, lastMs }: Outcomes): number | null {
  if (firstMs === null || lastMs === null || lastMs <= firstMs) return null;
  return (endings.completed * 1e3) / (lastMs - firstMs);
}

/** The times of a span in all these loads; `null` when there is none. */
export function latencyOf(loads: readonly Outcomes[], span: Span): Latency | null {
  const histogram = new Histogram();
  for (const { spans } of loads) {
    const stored = spans.get(span);
    if (stored) histogram.merge(Histogram.parse(stored));
  }
  return histogram.n === 0 ? null : histogram.latency();
}

/** How many workflows of all these loads ended so. */
export function sumOf(loads: readonly Outcomes[], ending: Ending): number {
  return loads.reduce((sum, { endings }) => sum + endings[ending], 0);
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

/** Where it is written down what becomes of the workflows of one load. */
export class OutcomeBook {
  readonly #endings = { completed: 0, failed: 0, cancelled: 0, timeout: 0 };
  readonly #spans = new Map(spans.map((span) => [span, new Histogram()]));
  readonly #digest = new Bun.CryptoHasher("sha256");
  readonly #faults: string[] = [];
  #accepted = 0;
  #edges = 0;
  #wrong = 0;
  #first: number | null = null;
  #last: number | null = null;
  #timeline: readonly TimelineStep[] = [];
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
        step: id,
        dependsOn,
        startedMs: startedMs - submittedMs,
        endedMs: endedMs - submittedMs,
      }));
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

  /** What became of them all; nothing can be written down after that. */
  close(): Outcomes {
    return {
      accepted: this.#accepted,
      endings: this.#endings,
      spans: new Map([...this.#spans].map(([span, histogram]) => [span, histogram.toJSON()])),
      edges: this.#edges,
      firstMs: this.#first,
      lastMs: this.#last,
      wrong: this.#wrong,
      faults: this.#faults,
      timeline: this.#timeline,
      digest: this.#digest.digest("hex"),
    };
  }

  #note(fault: string): void {
    if (this.#faults.length < keptFaults) this.#faults.push(fault);
  }

  /** A step that started too early has a negative wait: that is a fault, and no time. */
  #record(span: Span, ms: number): void {
    if (ms >= 0) this.#spans.get(span)?.record(ms * 1e6);
  }
}
