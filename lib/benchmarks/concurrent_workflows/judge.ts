import type { Findings, Found } from "../../experiment.ts";
import type { Criterion } from "../../judge/shapes.ts";
import type { Asked } from "../../stopping.ts";
import { notesOnRounds } from "../rounds.ts";
import { aloneTable, judgeAlone } from "./alone.ts";
import { auditWorkflows } from "./audit.ts";
import type { Said } from "./loads.ts";
import { type Given, loadsIn, type Work } from "./options.ts";
import { judgeSweep } from "./sweep.ts";
import {
  detailRows,
  detailTable,
  timelineRows,
  timelineTable,
  togetherRow,
  togetherTable,
} from "./together.ts";

type Wanted = Pick<
  Given,
  | "scenario"
  | "runtimes"
  | "reference"
  | "target"
  | "linear"
  | "sweep"
  | "monitor"
  | "precision"
  | "rounds"
  | "budget"
>;

/** A round, for those who judge it. */
export interface Round extends Work {
  readonly round: number;
}

type Finds = readonly Found<Round, Said>[];

/** How wide the intervals are by now, on which verdicts rest. */
export function askedOf(found: Finds, wanted: Wanted): Asked[] {
  return asksOf(judgeWorkflows(found, wanted).criteria);
}

function asksOf(criteria: readonly Criterion[]): Asked[] {
  return criteria.map(({ about, name, low, high, per_round = [] }) => ({
    part: about.scenario ?? "sweep",
    name: `${Object.values(about).join(", ")}: ${name}`,
    halfWidth: low === null || high === null ? null : (high - low) / 2,
    rounds: per_round.length,
  }));
}

/** Sums up and judges what was measured so far. */
export function judgeWorkflows(found: Finds, asked: Wanted): Findings {
  const { scenario: scenarios, runtimes, sweep, monitor } = asked;
  const rounds = new Set(found.map(({ job }) => job));
  const planned = rounds.values().reduce((sum, round) => sum + loadsIn(round), 0);
  const measured = found.flatMap(({ job: { round }, said }) =>
    said.kind === "opened" ? [] : [{ ...said, round }],
  );
  const alone = measured.filter((one) => one.kind === "alone");
  const together = measured.filter((one) => one.kind === "together");
  const savings = scenarios.flatMap((scenario) =>
    judgeAlone(
      alone.filter((one) => one.scenario === scenario),
      asked,
    ),
  );
  const runs = scenarios.flatMap((scenario) =>
    runtimes.flatMap(({ name: runtime }, arm) => {
      const own = together.filter((one) => one.scenario === scenario && one.arm === arm);
      const [first, ...others] = own;
      return first ? [{ scenario, runtime, rounds: [first, ...others] as const }] : [];
    }),
  );
  const swept =
    sweep.length > 0
      ? judgeSweep(
          measured.filter((one) => one.kind === "sweep"),
          asked,
        )
      : { tables: [], criteria: [] };
  const details = monitor
    ? [detailTable.of(runs.flatMap(detailRows)), timelineTable.of(runs.flatMap(timelineRows))]
    : [];
  const criteria = [...savings.flatMap(({ criterion }) => criterion ?? []), ...swept.criteria];
  return {
    tables: [
      aloneTable.of(
        savings.map(({ row }) => row),
        notesOnRounds(found, asked, asksOf(criteria)),
      ),
      togetherTable.of(runs.map(togetherRow)),
      ...details,
      ...swept.tables,
    ],
    criteria,
    audit: auditWorkflows(measured, runtimes, planned),
  };
}
