import type { Check, Criterion, Result } from "../../result.ts";
import { showEstimate } from "../format.ts";
import { number, type Sheet, status, text, toSheet } from "../sheet.ts";

/** What was asked of the run, and the answers. */
export function criteriaSheet({ benchmark, criteria }: Result): Sheet {
  return toSheet(`${benchmark}-criteria`, `Criteria of ${benchmark}`, criteria, [
    text("criterion", "criterion", ({ name }) => name),
    {
      title: "estimate (95 % interval)",
      kind: "number",
      show: (criterion) => `${showEstimate(criterion)} ${criterion.unit}`,
      raw: [
        ["estimate", ({ estimate }) => estimate],
        ["low", ({ low }) => low],
        ["high", ({ high }) => high],
        ["unit", ({ unit }) => unit],
      ],
    },
    text("target", "target", ({ target }) => target),
    number<Criterion>(
      "smallest effect to be seen",
      "smallest_effect",
      ({ smallest_effect }) => smallest_effect,
      (value) => value.toFixed(1),
    ),
    status<Criterion>(({ status }) => status),
  ]);
}

/** What the run found when it checked itself. */
export function auditSheet({ benchmark, audit }: Result): Sheet {
  return toSheet(`${benchmark}-audit`, `What the audit of ${benchmark} found`, audit, [
    text("check", "check", ({ check }) => check),
    text("detail", "detail", ({ detail }) => detail),
    status<Check>(
      ({ status }) => status,
      ({ status }) => status,
      "outcome",
    ),
  ]);
}
