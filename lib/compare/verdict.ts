import { type Estimate, estimate, transform } from "../measure/stats.ts";
import type { Figure } from "../report/figures.ts";
import type { Pair } from "./duet.ts";

export type Verdict = "slower" | "faster" | "not slower" | "inconclusive";

/** What became of one figure from the base to the candidate. */
export interface Change {
  readonly name: string;
  /** How much worse the candidate is, in percent of the base. */
  readonly percent: Estimate;
  /** The smallest change that the run would have found with 95 % certainty, in percent; `null` after one pair. */
  readonly smallestEffect: number | null;
  readonly verdict: Verdict;
}

/** Medians, rates and sizes. The tail of one run, and a share of something, say too little of its code. */
export function isJudged({ name, unit }: Figure): boolean {
  return unit === "per_s" || unit === "bytes" || (unit === "ms" && name.endsWith("/p50"));
}

/** Judges every figure that both have in every pair, from the logarithm of its ratio in each. */
export function judgePairs(pairs: readonly Pair[], marginPercent: number): Change[] {
  const names = [...(pairs[0]?.base.values() ?? [])].filter(isJudged).map(({ name }) => name);
  return names.flatMap((name) => {
    const ratios = pairs.flatMap(({ base, candidate }) => {
      const [before, after] = [base.get(name), candidate.get(name)];
      if (!before || !after || before.value <= 0 || after.value <= 0) return [];
      const ratio = Math.log(after.value / before.value);
      return [before.better === "lower" ? ratio : -ratio];
    });
    return ratios.length === pairs.length ? [judgeChange(name, estimate(ratios), marginPercent)] : [];
  });
}

/** How much further an interval of 99.5 % reaches than one of 95 %: 2.81 standard errors for 1.96. */
const alarm = 2.81 / 1.96;

/**
 * Judges a change from the logarithm of a ratio: *slower* when it is worse than the margin, and the whole interval is
 * worse than no change even at 99.5 %, because a comparison has many figures and an alarm must hold; *faster* when it is
 * better than none as surely; *not slower* (by more than the margin) when the 95 % interval stays within.
 */
export function judgeChange(name: string, logRatio: Estimate, marginPercent: number): Change {
  const percent = transform(logRatio, (ratio) => (Math.exp(ratio) - 1) * 100);
  const { low, high } = percent;
  if (low === null || high === null || logRatio.low === null || logRatio.high === null)
    return { name, percent, smallestEffect: null, verdict: "inconclusive" };
  const least = logRatio.estimate - (logRatio.estimate - logRatio.low) * alarm;
  const most = logRatio.estimate + (logRatio.high - logRatio.estimate) * alarm;
  const verdict = () => {
    if (least > 0 && percent.estimate > marginPercent) return "slower";
    if (most < 0) return "faster";
    return high <= marginPercent ? "not slower" : "inconclusive";
  };
  // Half the interval is 1.96 standard errors; a miss in 1 of 20 takes 1.645 of them more.
  const error = (high - low) / 2 / 1.96;
  const smallestEffect = Math.max(error * (2.81 + 1.645), marginPercent + error * 1.645);
  return { name, percent, smallestEffect, verdict: verdict() };
}

/** 1 when anything is slower; with `strict`, 4 when anything is inconclusive. */
export function changesExitCode(changes: readonly Change[], { strict }: { strict: boolean }): number {
  const has = (verdict: Verdict) => changes.some((change) => change.verdict === verdict);
  if (has("slower")) return 1;
  return strict && (has("inconclusive") || changes.length === 0) ? 4 : 0;
}
