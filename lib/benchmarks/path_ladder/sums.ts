import { holm } from "../../judge/interval.ts";
import { middle } from "../../judge/pairs.ts";
import { familyOf } from "../../judge/scale.ts";
import type { Check } from "../../judge/shapes.ts";
import type { Arm } from "../../runtimes/arms.ts";
import { branchOf, topsOf } from "../../runtimes/rungs.ts";
import { type Climbed, nameOf } from "./climbed.ts";
import type { Given } from "./options.ts";
import type { ClimbRound } from "./summary.ts";

/** What ran just before a call makes up to a twentieth of it, and that differs between visits of two and of all. */
const mostOffPercent = 10;

/**
 * Whether the steps of each branch, taken in visits of two, come to what its top takes in visits of all. All branches are
 * judged as one family, by Holm's procedure; a sound run is called suspect in at most 5 % of cases, and none invalid.
 */
export function auditSums(climbed: readonly Climbed[], { runtimes: arms }: Pick<Given, "runtimes">): Check {
  const sums = climbed.flatMap(({ of, rounds, rungs }) =>
    (rungs.length > 0 ? topsOf(arms) : []).map((top) => ({
      name: nameOf(of, { runtime: top.name }),
      percents: rounds.map((round) => offPercent(round, branchOf(top, arms), arms)),
    })),
  );
  const figures = familyOf(
    "linear",
    sums.map(({ percents }) => percents),
  );
  const isOff = holm(
    figures.map(({ estimate, p }) =>
      Math.abs(estimate) <= mostOffPercent ? 1 : p(Math.sign(estimate) * mostOffPercent),
    ),
  );
  const named = sums.map(({ name }, n) => ({ name, off: figures[n]?.estimate ?? 0, isOff: isOff[n] }));
  const show = ({ name, off }: (typeof named)[number]) => `${name} by ${off.toFixed(1)} %`;
  const [furthest] = named.toSorted((a, b) => Math.abs(b.off) - Math.abs(a.off));
  const detail = `along each branch they come to what its top takes, within ${mostOffPercent} %`;
  const off = named.filter(({ isOff }) => isOff).map(show);
  if (off.length > 0)
    return { check: "steps add up", status: "suspect", detail: `${detail}; not so: ${off.join(", ")}` };
  return {
    check: "steps add up",
    status: "passed",
    detail: furthest ? `${detail}; the furthest off is ${show(furthest)}` : detail,
  };
}

/** By how much the ground and all steps of a branch come to more than its top takes, in percent of that. */
function offPercent({ all, pairs }: ClimbRound, branch: readonly Arm[], arms: readonly Arm[]): number {
  const places = branch.map((arm) => arms.indexOf(arm));
  const whole = (place = 0) => middle(all[place] ?? []);
  const sum = places.slice(1).reduce((total, place) => {
    const pair = pairs[place];
    return pair ? total + middle(pair.candidate) - middle(pair.reference) : total;
  }, whole(places[0]));
  return (sum / whole(places.at(-1)) - 1) * 100;
}
