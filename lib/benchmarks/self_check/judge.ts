import { z } from "zod";
import type { Findings, Found } from "../../experiment.ts";
import { audit } from "../../judge/audit.ts";
import type { Criterion, Status } from "../../judge/shapes.ts";
import { commonOptions, someOf } from "../../options.ts";
import { showFigure } from "../../report/format.ts";
import { declareTable } from "../../result/table.ts";
import type { Ask, Measured } from "./merit.ts";
import { meritNames, merits } from "./merits.ts";

export const selfCheckOptions = z.strictObject({
  only: someOf(meritNames).describe("what is looked at; may be repeated"),
  full: z
    .boolean()
    .default(false)
    .describe("take more repetitions, and what takes minutes (20 to 30 in all)"),
  ...commonOptions("self_check"),
});

export type Given = z.output<typeof selfCheckOptions>;

/** One merit, in a process of its own. */
export interface Job {
  readonly name: string;
  readonly given: Given;
}

export interface Said {
  readonly figures: Readonly<Record<string, Measured>>;
  readonly seconds: number;
}

/** What is looked at: all that was asked for, those that take minutes with `--full` or by their name. */
export function chosen({ only, full }: Given): string[] {
  const isAll = only.length === merits.length;
  return only.filter((name) => full || !isAll || !merits.some((one) => one.name === name && one.long));
}

const meritTable = declareTable(
  "merits",
  "How far the instruments can be trusted here",
  {
    merit: { kind: "label", title: "merit" },
    what: { kind: "text", title: "what", headline: true },
    truth: { kind: "text", title: "in truth", detail: true },
    asked: { kind: "text", title: "asked", headline: true },
    measured: { kind: "text", title: "measured", headline: true },
    bare: { kind: "text", title: "without the suite", optional: true },
    status: { kind: "status", title: "verdict", headline: true },
    detail: { kind: "text", title: "seen in", detail: true },
  },
  {
    description:
      "Each instrument, held against a truth that is known. Where what it is made of misses too, and it adds little to that, this machine allows no better.",
    empty: "Nothing was looked at.",
  },
);

/** A row for each figure, and the verdicts on them. */
export function judgeMerits(found: readonly Found<Job, Said>[], given: Given): Findings {
  const judged = found.flatMap(({ job, said }) => {
    const asks = merits.find(({ name }) => name === job.name)?.asks ?? {};
    return Object.entries(asks).flatMap(([name, ask]) => {
      const measured = said.figures[name];
      return measured ? [{ name, ask, measured, status: verdictOf(ask, measured) }] : [];
    });
  });
  const rows = judged.map(({ name, ask, measured, status }) => ({
    merit: name,
    ...{ what: ask.what, truth: ask.truth },
    asked: `${ask.bound === "at_least" ? "at least" : "at most"} ${showFigure(ask.target, ask.unit)}`,
    measured: measured.figure === null ? "not measured" : showFigure(measured.figure, ask.unit),
    bare: measured.bare === undefined ? null : showFigure(measured.bare, ask.unit),
    status: status === null ? "not measured" : status === "inconclusive" ? "beyond this machine" : status,
    detail: measured.detail,
  }));
  const missing = chosen(given).filter((name) => !found.some(({ job }) => job.name === name));
  return {
    tables: [meritTable.of(rows)],
    criteria: judged.flatMap(toCriterion),
    audit: [audit("all was looked at", `${found.length} merits`, missing)],
  };
}

/**
 * `null` for what could not be measured; `inconclusive` where the machine allows no better: what the instrument is made of
 * misses too, and the instrument adds no more to it than all of it was to take.
 */
function verdictOf({ bound, target }: Ask, { figure, bare }: Measured): Status | null {
  if (figure === null) return null;
  const isIn = (value: number) => (bound === "at_least" ? value >= target : value <= target);
  if (isIn(figure)) return "met";
  if (bare === undefined || isIn(bare)) return "missed";
  const addsLittle = bound === "at_least" ? figure >= bare : figure - bare <= target;
  return addsLittle ? "inconclusive" : "missed";
}

interface Judged {
  readonly name: string;
  readonly ask: Ask;
  readonly measured: Measured;
  readonly status: Status | null;
}

/** What was not measured stays in the table, and is no criterion. */
function toCriterion({ name, ask, measured: { figure, detail }, status }: Judged): Criterion[] {
  if (figure === null || status === null) return [];
  const { what, bound, target, unit } = ask;
  return [
    {
      ...{ id: name, about: {}, name: what, bound, target, unit, scale: "linear" },
      ...{ estimate: figure, low: figure, high: figure },
      ...{ smallest_effect: null, status, rule: `as seen in ${detail}`.slice(0, 500) },
    },
  ];
}
