import { scales } from "./scale.ts";
import type { Criterion, Estimate, Status } from "./shapes.ts";

/** What is asked of a figure. */
export type Asked = Pick<Criterion, "id" | "about" | "name" | "bound" | "target" | "unit" | "scale"> &
  Pick<Partial<Criterion>, "over" | "doubt">;

export interface Evidence {
  /** What an A/A control shows where there is no effect, on the figure's scale; no smaller one is called an effect. */
  readonly noise?: number | null;
  /** How the interval was taken. */
  readonly rule: string;
}

/** The verdict on a figure, with all that it rests on. */
export function decide(asked: Asked, found: Estimate, { noise = 0, rule }: Evidence): Criterion {
  const status = asked.doubt === undefined ? verdict(asked, found, noise) : "inconclusive";
  return { ...asked, ...found, smallest_effect: smallestEffect(asked, found), status, rule };
}

/**
 * `met` or `missed` when the whole interval lies on one side of the target, else `inconclusive`. `missed` needs only that;
 * `met` claims an effect, which must be larger than the noise that a control shows, on the figure's scale.
 */
export function verdict(
  { bound, target, scale }: Pick<Asked, "bound" | "target" | "scale">,
  found: Estimate,
  noise: number | null = 0,
): Status {
  const side = sideOf(found, target);
  if (side === "across") return "inconclusive";
  if (side !== (bound === "at_least" ? "above" : "below")) return "missed";
  const claimsEffect = bound === "at_least" && target > 0;
  const isHidden = noise === null || Math.abs(scales[scale].to(found.estimate)) <= noise;
  return claimsEffect && isHidden ? "inconclusive" : "met";
}

/** Where an interval lies; a bound that is not known lies anywhere. A value at the target is above it. */
function sideOf({ low, high }: Estimate, target: number): "above" | "below" | "across" {
  if (low === null || high === null) return "across";
  if (low >= target) return "above";
  return high < target ? "below" : "across";
}

/**
 * The smallest slowdown that the run would have found with 95 % certainty: half the interval keeps a false alarm at 2.5 %,
 * and 1.645 / 1.960 of it more keeps a miss at 5 %. Only where something must not be worse.
 */
function smallestEffect({ bound, target }: Asked, { low, high }: Estimate): number | null {
  if (bound !== "at_most" || low === null || high === null) return null;
  return target + ((high - low) / 2) * 1.84;
}
