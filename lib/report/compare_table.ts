import { styleText } from "node:util";
import type { Change, Verdict } from "../compare/verdict.ts";
import { showEstimate } from "./format.ts";
import { renderColumns } from "./table.ts";

const colours = { slower: "red", faster: "green", "not slower": "green", inconclusive: "yellow" } as const;

/** The changes as a person reads them: a row for each figure, and the answer in words as the last line. */
export function renderChanges(changes: readonly Change[], marginPercent: number): string {
  const head = ["figure", "worse by % (95 % interval)", "could have seen", "verdict"];
  const rows = changes.map(({ name, percent, smallestEffect, verdict }) => [
    name,
    showEstimate(percent),
    smallestEffect === null ? "–" : `${smallestEffect.toFixed(1)} %`,
    styleText(colours[verdict], inWords(verdict, marginPercent)),
  ]);
  return `${renderColumns([head.map((word) => styleText("dim", word)), ...rows])}\n\n${sumUp(changes, marginPercent)}`;
}

function inWords(verdict: Verdict, marginPercent: number): string {
  return verdict === "not slower" ? `not slower by more than ${marginPercent} %` : verdict;
}

function sumUp(changes: readonly Change[], marginPercent: number): string {
  const count = (verdict: Verdict) => changes.filter((change) => change.verdict === verdict).length;
  const parts = (["slower", "inconclusive", "not slower", "faster"] as const).flatMap((verdict) =>
    count(verdict) > 0 ? [`${count(verdict)} ${inWords(verdict, marginPercent)}`] : [],
  );
  return `Of ${changes.length} figures: ${parts.join(", ")}.`;
}
