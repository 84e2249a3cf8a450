import { type Cell, renderColumns } from "../report/columns.ts";
import { showEstimate, showFigure } from "../report/format.ts";
import type { Change, Verdict } from "./verdict.ts";

const colours = { slower: "red", faster: "green", "not slower": "green", inconclusive: "yellow" } as const;
const heads = ["figure", "worse by (interval)", "could have seen", "verdict"];

/** The changes as a person reads them: a row for each figure, what its interval is, and the answer in words. */
export function renderChanges(
  changes: readonly Change[],
  marginPercent: number,
  { inTurns }: { inTurns: boolean },
): string {
  const rows = changes.map(({ name, percent, smallestEffect, verdict, control }): Cell[] => [
    name,
    percent.low === null
      ? `${showFigure(percent.estimate, "percent")} (too few rounds)`
      : showEstimate(percent, "percent"),
    smallestEffect === null ? "–" : showFigure(smallestEffect, "percent"),
    control ? ["dim", "control: not touched"] : [colours[verdict], inWords(verdict, marginPercent)],
  ]);
  const head = heads.map((word): Cell => ["dim", word]);
  return `${renderColumns([head, ...rows])}\n${intervals[inTurns ? "inTurns" : "apart"]}\n\n${sumUp(changes, marginPercent)}`;
}

const intervals = {
  inTurns: "Intervals hold for all figures at once, and whenever one looks, in 98 % of comparisons.",
  apart: "Intervals are of 95 %; slower and faster take 99.5 %, because nothing was measured in turns.",
} as const;

function inWords(verdict: Verdict, marginPercent: number): string {
  return verdict === "not slower" ? `not slower by more than ${marginPercent} %` : verdict;
}

function sumUp(changes: readonly Change[], marginPercent: number): string {
  const asked = changes.filter(({ control }) => !control);
  const count = (verdict: Verdict) => asked.filter((change) => change.verdict === verdict).length;
  const parts = (["slower", "inconclusive", "not slower", "faster"] as const).flatMap((verdict) =>
    count(verdict) > 0 ? [`${count(verdict)} ${inWords(verdict, marginPercent)}`] : [],
  );
  return `Of ${asked.length} figures: ${parts.join(", ")}.`;
}
