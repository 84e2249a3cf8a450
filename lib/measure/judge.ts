import type { Status } from "../result.ts";
import { type Estimate, estimate, mean, median, transform } from "./stats.ts";

/** The samples of two arms in one round, in nanoseconds, by block in the order taken. */
export interface Comparison {
  readonly baseline: readonly (readonly number[])[];
  readonly candidate: readonly (readonly number[])[];
}

export interface Saving {
  /** How much less time the candidate takes, in percent of the baseline. */
  readonly percent: Estimate;
  /** What the baseline's median takes more, in milliseconds. */
  readonly addedMs: Estimate;
  /** The saving that the same comparison shows between two halves of one arm, in percent; `null` with too few samples. */
  readonly noisePercent: number | null;
  readonly status: Status;
}

/** Judges one comparison, made once a round, against a saving in percent. */
export function judgeSaving(rounds: readonly Comparison[], targetPercent: number): Saving {
  const ratio = estimate(rounds.map(logRatio));
  const percent = transform(ratio, toPercent);
  const added = rounds.map(
    ({ baseline, candidate }) => (median(baseline.flat()) - median(candidate.flat())) / 1e6,
  );
  const noise = noiseOf(
    rounds.flatMap(({ baseline, candidate }) => [...halves(baseline), ...halves(candidate)]),
  );
  return {
    percent,
    addedMs: estimate(added),
    noisePercent: noise === null ? null : toPercent(-noise),
    status: isHidden(ratio, noise) ? "inconclusive" : judge(percent, targetPercent),
  };
}

/** What one comparison of one round says: enough to judge it again, alone or among others. */
export interface RoundRatio {
  /** The logarithm of the candidate's median over the baseline's. */
  readonly logRatio: number;
  /** The A/A control of each arm: the logarithm of the ratio of its halves; `null` with too few samples. */
  readonly control: { readonly baseline: number | null; readonly candidate: number | null };
}

export function toRatio(comparison: Comparison): RoundRatio {
  const [baseline = null] = halves(comparison.baseline);
  const [candidate = null] = halves(comparison.candidate);
  return { logRatio: logRatio(comparison), control: { baseline, candidate } };
}

/** Judges many tools as one: the geometric mean of their ratios, taken in each round; `null` without a round. */
export function judgeOverall(rounds: readonly (readonly RoundRatio[])[], targetPercent: number) {
  if (rounds.length === 0) return null;
  const ratio = estimate(rounds.map((tools) => mean(tools.map(({ logRatio }) => logRatio))));
  const noise = noiseOf(
    rounds.flatMap((tools) =>
      (["baseline", "candidate"] as const).flatMap((arm) => {
        const differences = tools.flatMap(({ control }) => control[arm] ?? []);
        return differences.length > 0 ? [mean(differences)] : [];
      }),
    ),
  );
  const percent = transform(ratio, toPercent);
  return {
    percent,
    status: isHidden(ratio, noise) ? ("inconclusive" as const) : judge(percent, targetPercent),
  };
}

/** `met` or `missed` only when the whole interval lies on one side of the target. */
export function judge({ low, high }: Estimate, target: number): Status {
  if (low === null || high === null) return "inconclusive";
  if (low >= target) return "met";
  return high < target ? "missed" : "inconclusive";
}

export interface NonInferiority {
  /** How much more time the candidate takes, in percent of the baseline. */
  readonly percent: Estimate;
  /** The smallest difference that the run would have found with 95 % certainty, in percent; `null` after one round. */
  readonly smallestEffect: number | null;
  readonly status: Status;
}

/**
 * Judges whether the candidate is not slower by more than a margin in percent, from the logarithm of the ratio of their
 * times in each round: it is when the upper bound of the 95 % interval stays within the margin.
 */
export function judgeNotSlower(logRatios: readonly number[], marginPercent: number): NonInferiority {
  const percent = transform(estimate(logRatios), (ratio) => -toPercent(ratio));
  const status = ({ met: "missed", missed: "met", inconclusive: "inconclusive" } as const)[
    judge(percent, marginPercent)
  ];
  const { low, high } = percent;
  // Half the interval keeps a false alarm at 2.5 %, and 1.645 / 1.960 of it more keeps a miss at 5 %.
  const smallestEffect = low === null || high === null ? null : marginPercent + ((high - low) / 2) * 1.84;
  return { percent, smallestEffect, status };
}

function logRatio({ baseline, candidate }: Comparison): number {
  return Math.log(median(candidate.flat()) / median(baseline.flat()));
}

function toPercent(logarithm: number): number {
  return (1 - Math.exp(logarithm)) * 100;
}

/**
 * The A/A control: in an ABBAABBA order the outer and the inner blocks of an arm stand as balanced as the two arms do,
 * so what differs between them is noise: the logarithm of their ratio, or nothing with too few samples.
 */
function halves([
  first = [],
  second = [],
  third = [],
  fourth = [],
]: readonly (readonly number[])[]): number[] {
  const outer = [...first, ...fourth];
  const inner = [...second, ...third];
  return outer.length > 0 && inner.length > 0 ? [Math.log(median(outer) / median(inner))] : [];
}

/** 1.96 root mean squares of what differs where nothing does; `null` when that is not known. */
function noiseOf(differences: readonly number[]): number | null {
  if (differences.length === 0) return null;
  return 1.96 * Math.sqrt(mean(differences.map((difference) => difference ** 2)));
}

function isHidden(ratio: Estimate, noise: number | null): boolean {
  return noise === null || Math.abs(ratio.estimate) <= noise;
}
