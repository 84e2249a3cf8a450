import { middle } from "../../judge/pairs.ts";
import { figure } from "../../judge/scale.ts";
import type { Estimate } from "../../judge/shapes.ts";
import type { Asked } from "../../stopping.ts";
import { type Climbed, climbedIn, partOf } from "./climbed.ts";
import type { Given } from "./options.ts";
import type { Finds } from "./said.ts";

/** How wide the interval of each call is by now, in percent of what it takes: the widest of what ways add. */
export function askedOf(found: Finds, given: Given): Asked[] {
  return climbedIn(found, given).map((call) => {
    const halves = call.kind === "registered" ? taxHalves(call) : addedHalves(call);
    const known = halves.filter((half) => half !== null);
    return {
      ...{ part: partOf(call), name: call.of, rounds: call.rounds.length },
      halfWidth: known.length < halves.length || known.length === 0 ? null : Math.max(...known),
    };
  });
}

/** Where no way is built on another, those of what a call takes. */
function addedHalves({ rungs }: Climbed): (number | null)[] {
  const built = rungs.flatMap(({ added_ms, p50_ms }) => (added_ms ? [{ added_ms, p50_ms }] : []));
  return built.length > 0
    ? built.map(({ added_ms, p50_ms }) => halfOf(added_ms, p50_ms.estimate / 100))
    : rungs.map(({ p50_ms }) => halfOf(p50_ms, p50_ms.estimate / 100));
}

/** That of what the most registered tools add to what a call takes with the fewest. */
function taxHalves({ rounds }: Climbed): (number | null)[] {
  if (rounds.length === 0) return [];
  const percents = rounds.map(({ all }) => (middle(all.at(-1) ?? []) / middle(all[0] ?? []) - 1) * 100);
  return [halfOf(figure("excess", percents), 1)];
}

function halfOf({ low, high }: Estimate, unit: number): number | null {
  return low === null || high === null ? null : (high - low) / 2 / unit;
}
