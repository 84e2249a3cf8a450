import { type Figure, figure } from "../../judge/scale.ts";
import type { Check, Criterion, Estimate, ScaleName } from "../../judge/shapes.ts";
import { type Asked, decide } from "../../judge/verdicts.ts";
import type { Table } from "../../result/table.ts";

/** What one line of the probe says: a table whose first note is the line, and what is asked of its figures. */
export interface Answer {
  readonly table: Table;
  readonly criteria: readonly Criterion[];
  readonly audit?: readonly Check[];
}

/** The figure that one value a round comes to; `null` where there is none. */
export function figureOf(scale: ScaleName, perRound: readonly number[]): Figure | null {
  return perRound.length > 0 ? figure(scale, perRound) : null;
}

type Limit = Pick<Asked, "id" | "name" | "target" | "unit" | "scale"> & Partial<Pick<Asked, "about">>;

/** Whether a figure is within its limit. */
export function atMost(limit: Limit, found: Estimate, rule: string): Criterion {
  return decide({ about: {}, bound: "at_most", ...limit }, found, { rule });
}

/** A figure that is known exactly. */
export function exactly(estimate: number): Estimate {
  return { estimate, low: estimate, high: estimate };
}

/** Several things in a sentence. */
export function joined(parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join("; ");
}
