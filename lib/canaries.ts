import { figure } from "./judge/scale.ts";
import type { Sighting } from "./measure/canary.ts";
import { delayPercent } from "./measure/known_delay.ts";
import { errorsPercent } from "./measure/known_errors.ts";
import { type CanaryRow, canaryTable, judgeCanary } from "./result/canary_table.ts";
import type { Table } from "./result/table.ts";

/** From so many jobs on each gives one value, as a round does; of fewer, every visit gives one. */
const fewestJobs = 5;

/** How far off the delay may be, in points. */
const tolerance = 3;

/** What all jobs of a run found of what is known, as one table. */
export function tableOfCanaries(sightings: readonly Sighting[]): Table {
  return canaryTable.of([...rowOfDelay(sightings), ...rowOfErrors(sightings)]);
}

function rowOfDelay(sightings: readonly Sighting[]): CanaryRow[] {
  const seen = sightings.flatMap(({ delay }) => delay ?? []);
  if (seen.length === 0) return [];
  const isMany = seen.length >= fewestJobs;
  const values = isMany ? seen.map(({ percent }) => percent) : seen.flatMap(({ visits }) => visits);
  const known = values.filter((value) => value !== null);
  return [
    judgeCanary({
      ...{ canary: "a delay", known_percent: delayPercent, tolerance_percent: tolerance, calls: sum(seen) },
      found_percent: known.length === values.length ? figure("excess", known) : null,
    }),
  ];
}

/** Errors are counted, so that one too many in any job is too many. */
function rowOfErrors(sightings: readonly Sighting[]): CanaryRow[] {
  const seen = sightings.flatMap(({ errors }) => errors ?? []);
  const off = ({ percent }: { percent: number }) => Math.abs(percent - errorsPercent);
  const worst = seen.toSorted((a, b) => off(a) - off(b)).at(-1);
  if (!worst) return [];
  const { percent } = worst;
  return [
    judgeCanary({
      ...{ canary: "errors", known_percent: errorsPercent, tolerance_percent: 0, calls: sum(seen) },
      found_percent: { estimate: percent, low: percent, high: percent },
    }),
  ];
}

function sum(seen: readonly { readonly calls: number }[]): number {
  return seen.reduce((total, { calls }) => total + calls, 0);
}
