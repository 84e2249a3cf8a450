import type { Criterion } from "../judge/shapes.ts";
import { declareTable, type Table } from "../result/table.ts";
import { showEstimate, showFigure, suffixes } from "./format.ts";

/** What is asked for, as in "at least 50 %". */
export function showTarget({ bound, target, unit }: Pick<Criterion, "bound" | "target" | "unit">): string {
  const suffix = suffixes[unit];
  // A target is exact.
  const figure = suffix === undefined ? showFigure(target, unit) : `${target}${suffix}`;
  return `${bound === "at_least" ? "at least" : "at most"} ${figure}`;
}

/** What a criterion is asked of, as in "mixed / direct"; nothing for the whole. */
export function showScope({ about }: Pick<Criterion, "about">): string {
  return Object.values(about).join(" / ");
}

const criteriaTable = declareTable(
  "criteria",
  "Criteria",
  {
    criterion: { kind: "text", title: "criterion", headline: true },
    about: { kind: "text", title: "of", headline: true, optional: true },
    estimate: { kind: "text", title: "estimate (95 % interval)", headline: true },
    target: { kind: "text", title: "target", headline: true },
    smallest_effect: { kind: "text", title: "could have seen", headline: true, optional: true },
    status: { kind: "status", title: "verdict", headline: true },
    doubt: { kind: "text", title: "because", headline: true, optional: true },
    rule: { kind: "text", title: "how the interval was taken", detail: true },
  },
  { empty: "This run had none to judge." },
);

/** What was asked of a run, and the verdicts, in words. */
export function tableOfCriteria(criteria: readonly Criterion[]): Table {
  return criteriaTable.of(
    criteria.map((criterion) => {
      const { name, unit, smallest_effect, status, doubt = null, rule } = criterion;
      return {
        criterion: name,
        about: showScope(criterion) || null,
        estimate: showEstimate(criterion, unit),
        target: showTarget(criterion),
        smallest_effect: smallest_effect === null ? null : showFigure(smallest_effect, unit),
        ...{ status, doubt, rule },
      };
    }),
  );
}
