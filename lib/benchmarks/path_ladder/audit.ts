import { audit, auditControl } from "../../judge/audit.ts";
import { middle, noiseOf } from "../../judge/pairs.ts";
import { figure } from "../../judge/scale.ts";
import type { Check } from "../../judge/shapes.ts";
import { median } from "../../judge/stats.ts";
import { type Climbed, nameOf } from "./climbed.ts";
import type { Given } from "./options.ts";
import { auditSums } from "./sums.ts";

/** By how much calls may get faster from the first visit of a round to its last. */
const mostDriftPercent = 10;

/** What must hold of all that was called. */
export function auditLadder(climbed: readonly Climbed[], given: Given): Check[] {
  const built = climbed.flatMap(({ rungs }) =>
    rungs.flatMap(({ added_ms, ...rung }) => (added_ms ? [{ ...rung, added_ms }] : [])),
  );
  const checks = [
    audit(
      "sample count",
      "as many right answers as planned, by the path they were asked on",
      climbed.filter((one) => !isWhole(one)).map(({ of }) => of),
    ),
    auditWarmth(climbed),
  ];
  if (built.length === 0) return checks;
  const noises = built.flatMap(({ control_percent: control }) => noiseOf(control, "excess") ?? []);
  const parts = built.map(({ added_ms, p50_ms }) => Math.abs(added_ms.estimate / p50_ms.estimate) * 100);
  return [...checks, auditSums(climbed, given), auditControl(noises, median(parts), "way")];
}

function isWhole({ rounds, width, samples }: Climbed): boolean {
  const isRoundWhole = ({ all }: Climbed["rounds"][number]) =>
    all.length === width && all.every((blocks) => blocks.flat().length === samples);
  return rounds.length > 0 && rounds.every(isRoundWhole);
}

/** Ways that still get faster while they are timed were not warm. Nothing is known of rounds of a single visit. */
function auditWarmth(climbed: readonly Climbed[]): Check {
  const check = "both ends were warm";
  const detail = `no way gets faster by more than ${mostDriftPercent} % while it is timed`;
  const cold = climbed.flatMap(({ of, rounds, rungs }) =>
    rungs.flatMap((rung, arm) => {
      const own = rounds.map(({ all }) => all[arm] ?? []).filter(({ length }) => length >= 4);
      if (own.length === 0) return [];
      const drifts = own.map((blocks) => (middle(blocks.slice(-2)) / middle(blocks.slice(0, 2)) - 1) * 100);
      const { estimate, high } = figure("excess", drifts);
      const isCold = high !== null && high < -mostDriftPercent;
      return isCold ? [`${nameOf(of, rung)} by ${(-estimate).toFixed(0)} %`] : [];
    }),
  );
  if (cold.length === 0) return { check, status: "passed", detail };
  return { check, status: "suspect", detail: `${detail}; not so: ${cold.join(", ")}` };
}
