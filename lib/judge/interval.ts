import type { Estimate } from "./shapes.ts";
import { deviation, mean } from "./stats.ts";
import { digamma, inverseTrigamma, tailsOfT, tQuantile, trigamma } from "./student_t.ts";

/** How the interval of a figure was taken. */
export type Method = "t" | "moderated t" | "Hodges-Lehmann";

export interface Interval extends Estimate {
  readonly method: Method;
  /** The two-sided p-value of a true centre at this value; 1 after a single round. */
  p(value: number): number;
}

/** Wilcoxon's interval of fewer rounds is wider than t's: at 6 it is their whole range. */
const fewestForRanks = 10;

/** The fewest figures from whose spreads a common one can be told. */
const fewestForModeration = 8;

const alpha = 0.05;

/**
 * The centre of one value a round, with its 95 % interval over rounds, which are the unit of replication.
 *
 * From 10 rounds on it is Hodges-Lehmann with the exact Wilcoxon signed-rank interval (Hollander & Wolfe, 3.2-3.3), which
 * slow processes among them do not widen; before, the mean with Student's t.
 */
export function intervalOf(perRound: readonly number[]): Interval {
  if (perRound.length >= fewestForRanks) return byRanks(perRound);
  return byT(perRound, { s: deviation(perRound), df: perRound.length - 1, method: "t" });
}

/**
 * The same for figures of one kind that are judged as one family, such as those of all tools. From 8 of them on, each
 * borrows the spread of all: t moderated by empirical Bayes (Smyth, 2004, SAGMB 3: 3). Ranks are used once their smallest
 * p-value can pass the first step of Holm's procedure, which for 26 figures takes 11 rounds.
 */
export function intervalsOf(figures: readonly (readonly number[])[]): Interval[] {
  const fewest = Math.max(fewestForRanks, Math.ceil(Math.log2((2 * figures.length) / alpha)));
  const prior = figures.length >= fewestForModeration ? priorSpread(figures) : null;
  return figures.map((perRound) => {
    if (perRound.length >= fewest) return byRanks(perRound);
    const [s, df] = [deviation(perRound), perRound.length - 1];
    if (!prior || df < 1) return byT(perRound, { s, df, method: "t" });
    // At most twice what its own rounds are worth: where a slow process hits all figures of a round alike, they seem to have
    // one spread, and 26 verdicts of 3 rounds were wrong in 10.4 % of runs. One less in all, for what it takes to tell the
    // prior from the same figures.
    const borrowed = Math.min(prior.df, 2 * df);
    const variance = (borrowed * prior.variance + df * s * s) / (borrowed + df);
    return byT(perRound, {
      ...{ s: Math.sqrt(variance), df: Math.max(df, borrowed + df - 1) },
      method: "moderated t",
    });
  });
}

/**
 * Which of the p-values of a family are significant at 5 % in all, by Holm's step-down procedure (1979). One that is not
 * known, as of a target beyond its scale, is not, and counts as one of the family.
 */
export function holm(unsorted: readonly number[]): boolean[] {
  const ps = unsorted.map((p) => (Number.isNaN(p) ? 1 : p));
  const order = ps.map((_, n) => n).sort((a, b) => (ps[a] ?? 1) - (ps[b] ?? 1));
  const significant = ps.map(() => false);
  for (const [step, n] of order.entries()) {
    if ((ps[n] ?? 1) > alpha / (ps.length - step)) break;
    significant[n] = true;
  }
  return significant;
}

interface Spread {
  readonly s: number;
  readonly df: number;
  readonly method: Method;
}

function byT(values: readonly number[], { s, df, method }: Spread): Interval {
  const estimate = mean(values);
  if (df < 1) return { estimate, low: null, high: null, method, p: () => 1 };
  const error = s / Math.sqrt(values.length);
  const half = tQuantile(alpha, df) * error;
  const p = (value: number) => {
    if (error === 0) return value === estimate ? 1 : 0;
    return tailsOfT((estimate - value) / error, df);
  };
  return { estimate, low: estimate - half, high: estimate + half, method, p };
}

/**
 * What the variances of a family have in common, and how many degrees of freedom that is worth. How much they differ is
 * taken as one standard error more than it seems: as it seems, 26 verdicts of 3 rounds were wrong in up to 12.3 % of
 * 10,000 simulated runs, and of 8 rounds in 6.6 % (`bench/families.ts`).
 */
function priorSpread(figures: readonly (readonly number[])[]): { df: number; variance: number } | null {
  const known = figures.filter((values) => values.length > 1 && deviation(values) > 0);
  if (known.length < fewestForModeration) return null;
  const logs = known.map((values) => {
    const half = (values.length - 1) / 2;
    return Math.log(deviation(values) ** 2) - digamma(half) + Math.log(half);
  });
  const differing = deviation(logs) ** 2 * (1 + Math.sqrt(2 / (known.length - 1)));
  const excess = differing - mean(known.map((values) => trigamma((values.length - 1) / 2)));
  if (excess <= 0) return { df: Number.POSITIVE_INFINITY, variance: Math.exp(mean(logs)) };
  const half = inverseTrigamma(excess);
  return { df: 2 * half, variance: Math.exp(mean(logs) + digamma(half) - Math.log(half)) };
}

/** How much an anytime-valid interval weighs what few values say: the choice of Lindon et al. for some tens of them. */
const mixture = 4;

/**
 * The mean of one value a round, with an interval that holds at every number of rounds at once, so that a run may stop as
 * soon as it decides something: the anytime-valid t (Lindon, Ham, Tingley & Bojinov, 2022, arXiv 2210.08589). It is wrong
 * in at most `level` of all runs, however often they look. The bounds are `null` as long as it has none.
 */
export function anytimeOf(perRound: readonly number[], level: number): Estimate {
  const n = perRound.length;
  const df = n - 1;
  const estimate = mean(perRound);
  const ratio = ((mixture + n) / (mixture * level ** 2)) ** (1 / (df + 1));
  const room = 1 - (mixture / (mixture + n)) * ratio;
  if (df < 1 || room <= 0) return { estimate, low: null, high: null };
  const half = (Math.sqrt((df * (ratio - 1)) / room) * deviation(perRound)) / Math.sqrt(n);
  return { estimate, low: estimate - half, high: estimate + half };
}

function byRanks(values: readonly number[]): Interval {
  const walsh = values.flatMap((a, i) => values.slice(i).map((b) => (a + b) / 2)).sort((a, b) => a - b);
  const middle = (walsh.length - 1) / 2;
  const pick = (index: number) => walsh[index] ?? Number.NaN;
  const below = signedRankShares(values.length);
  // How many Walsh averages each end leaves out: the largest k with P(W <= k) <= 2.5 %.
  const cut = below.findLastIndex((share) => share <= alpha / 2);
  return {
    estimate: (pick(Math.floor(middle)) + pick(Math.ceil(middle))) / 2,
    low: pick(Math.max(0, cut)),
    high: pick(walsh.length - 1 - Math.max(0, cut)),
    method: "Hodges-Lehmann",
    p(value) {
      // The rank sum of the differences above it is the number of Walsh averages above it; those at it speak for neither.
      const above = walsh.filter((average) => average >= value).length;
      const under = walsh.filter((average) => average <= value).length;
      return Math.min(1, 2 * (below[Math.min(above, under)] ?? 1));
    },
  };
}

/** P(W <= w) of the signed-rank statistic of so many values, for every w. */
function signedRankShares(n: number): number[] {
  // shares[w]: the share of the 2^n sign patterns with the rank sum w; a share of 1, so that large n cannot overflow.
  let shares = [1];
  for (let rank = 1; rank <= n; rank++) {
    const next = new Array<number>(shares.length + rank).fill(0);
    shares.forEach((share, w) => {
      next[w] = (next[w] ?? 0) + share / 2;
      next[w + rank] = (next[w + rank] ?? 0) + share / 2;
    });
    shares = next;
  }
  let sum = 0;
  return shares.map((share) => {
    sum += share;
    return sum;
  });
}

/** How the interval of so many rounds is taken, in words. */
export function ruleFor(rounds: number): string {
  return rounds >= fewestForRanks
    ? "Hodges-Lehmann with the exact Wilcoxon interval over rounds"
    : "mean with Student's t over rounds";
}
