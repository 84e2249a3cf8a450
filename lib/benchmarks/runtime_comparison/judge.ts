import { leftOutTable } from "../../bring/left_out_table.ts";
import { toolsOf } from "../../cases.ts";
import type { Findings, Found } from "../../experiment.ts";
import type { Criterion } from "../../judge/shapes.ts";
import { unpackLoad } from "../../measure/tally.ts";
import type { Asked } from "../../stopping.ts";
import { notesOnRounds } from "../rounds.ts";
import { auditComparison } from "./audit.ts";
import { type Given, isGeneral, workloads } from "./options.ts";
import { judgeRate, rateTable, sumUpRates } from "./rate_table.ts";
import type { Job, Said } from "./said.ts";
import { sumUpSweep } from "./sweep_table.ts";
import { sumUpTraffic, trafficTable } from "./traffic_table.ts";
import { judgeWorkload, sumUpWorkload, workloadTable } from "./workload_table.ts";

const whyTheyDiffer =
  "With as many callers dual makes more calls, because P2P calls return at once: more general calls are in flight, and " +
  "each seems slower. At an equal rate it is the same work, so that general tools are judged there, and calls per second by the callers.";

/** Sums up and judges what was measured so far. */
export function judgeComparison(found: readonly Found<Job, Said>[], given: Given): Findings {
  const loads = found.flatMap(({ job, said }) =>
    said.kind === "load" ? [{ round: job.round, said, load: unpackLoad(said.load) }] : [],
  );
  const rates = found.flatMap(({ job, said }) =>
    said.kind === "rate" ? [{ round: job.round, said, load: unpackLoad(said.load) }] : [],
  );
  const rows = workloads.flatMap((workload) => sumUpWorkload(workload, loads, given));
  const rateRows = sumUpRates(rates, given);
  const { sweep, law } = sumUpSweep(found);
  const criteria = [
    ...rows.flatMap((row) => judgeWorkload(row, rows, given)),
    ...rateRows.flatMap((row) => judgeRate(row, given)),
  ];
  return {
    tables: [
      workloadTable.of(rows, [...notesOnGroups(given), ...notesOnRounds(found, given, asksOf(criteria))]),
      rateTable.of(rateRows, rateRows.length > 0 ? [whyTheyDiffer] : []),
      trafficTable.of(sumUpTraffic(found)),
      ...[sweep, law],
      ...leftOutTable(given),
    ],
    criteria,
    audit: auditComparison([...loads, ...rates], found, given),
  };
}

/** Which tools of the user's stand for what tables call P2P tools, and which for general ones. */
function notesOnGroups({ called }: Given): string[] {
  if (called.length === 0) return [];
  const [near, far] = [called.filter((one) => !isGeneral(one)), called.filter(isGeneral)].map((all) =>
    all.length === 0 ? "none" : toolsOf(all).join(", "),
  );
  return [
    `As P2P tools count those at home in the caller's process: ${near}. General ones are the others: ${far}.`.slice(
      0,
      2_000,
    ),
  ];
}

/** How wide the intervals are by now, on which verdicts rest. */
export function askedOf(found: readonly Found<Job, Said>[], given: Given): Asked[] {
  return asksOf(judgeComparison(found, given).criteria);
}

function asksOf(criteria: readonly Criterion[]): Asked[] {
  return criteria.map(({ about, name, low, high, per_round = [] }) => ({
    part: about.workload ?? "rates",
    name: `${Object.values(about).join(", ")}: ${name}`,
    halfWidth: low === null || high === null ? null : (high - low) / 2,
    rounds: per_round.length,
  }));
}
