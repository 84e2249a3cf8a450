/** A distribution of latencies in milliseconds. A percentile is `null` where there are too few samples to know it. */
export interface Latency {
  n: number;
  avg_ms: number;
  stdev_ms: number;
  min_ms: number;
  p50_ms: number;
  p95_ms: number | null;
  p99_ms: number | null;
  max_ms: number;
}

/** A figure with its 95 % interval; the bounds are `null` where one round gave no spread to judge by. */
export interface Estimate {
  estimate: number;
  low: number | null;
  high: number | null;
}

/** The fewest samples whose maximum exceeds the true percentile with 95 % confidence: 1 - p^n >= 0.95. */
export const fewestFor = { p95: 59, p99: 299 } as const;

/** The nearest-rank percentile (`share` of 1) of ascending values. Throws a `RangeError` when there are none. */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  // The product can land a bit above a whole rank: 0.07 * 100 = 7.000000000000001.
  const rank = Math.max(1, Math.ceil(share * sorted.length - 1e-9));
  const value = sorted[rank - 1];
  if (value === undefined) throw new RangeError(`Cannot take a percentile of ${sorted.length} values`);
  return value;
}

/** Sums up samples given in nanoseconds, in any order. */
export function summarize(samplesNs: ArrayLike<number>): Latency {
  const sorted = Float64Array.from(samplesNs, (ns) => ns / 1e6).sort();
  const n = sorted.length;
  const avg = mean(sorted);
  return {
    n,
    avg_ms: avg,
    stdev_ms: deviation(sorted),
    min_ms: percentile(sorted, 0),
    p50_ms: percentile(sorted, 0.5),
    p95_ms: n < fewestFor.p95 ? null : percentile(sorted, 0.95),
    p99_ms: n < fewestFor.p99 ? null : percentile(sorted, 0.99),
    max_ms: percentile(sorted, 1),
  };
}

/** The middle value, by nearest rank, of values in any order. */
export function median(values: ArrayLike<number>): number {
  return percentile(Float64Array.from(values).sort(), 0.5);
}

export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] ?? 0;
  return sum / values.length;
}

/** The sample standard deviation (n - 1); 0 for one value. */
export function deviation(values: ArrayLike<number>): number {
  if (values.length < 2) return 0;
  const middle = mean(values);
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += ((values[i] ?? 0) - middle) ** 2;
  return Math.sqrt(squares / (values.length - 1));
}

/** From this many rounds on, a Wilcoxon interval of 95 % exists: 2 / 2^6 < 0.05 < 2 / 2^5. */
const fewestForWilcoxon = 6;

/**
 * The centre of one value a round, with its 95 % interval over rounds.
 *
 * From 6 rounds on it is Hodges-Lehmann with the exact Wilcoxon signed-rank interval (Hollander & Wolfe, 3.2-3.3).
 * With fewer there is no such interval at 95 %, and a bootstrap of three values covers about 75 %; then it is the
 * mean with Student's t, which is exact for normal values; log-ratios of medians are close to that.
 */
export function estimate(perRound: readonly number[]): Estimate {
  if (perRound.length >= fewestForWilcoxon) return hodgesLehmann(perRound);
  const centre = mean(perRound);
  const t = studentT[perRound.length - 2];
  if (t === undefined) return { estimate: centre, low: null, high: null };
  const half = (t * deviation(perRound)) / Math.sqrt(perRound.length);
  return { estimate: centre, low: centre - half, high: centre + half };
}

/** The 97.5 % quantiles of Student's t for 1 to 4 degrees of freedom. */
const studentT = [12.7062, 4.30265, 3.18245, 2.77645];

function hodgesLehmann(values: readonly number[]): Estimate {
  const walsh = values.flatMap((a, i) => values.slice(i).map((b) => (a + b) / 2)).sort((a, b) => a - b);
  const middle = (walsh.length - 1) / 2;
  const pick = (index: number) => walsh[index] ?? Number.NaN;
  const cut = signedRankCut(values.length);
  return {
    estimate: (pick(Math.floor(middle)) + pick(Math.ceil(middle))) / 2,
    low: pick(cut),
    high: pick(walsh.length - 1 - cut),
  };
}

/** How many Walsh averages each end of the interval leaves out: the largest k with P(W <= k) <= 2.5 %. */
function signedRankCut(n: number): number {
  // ways[w]: how many of the 2^n sign patterns have the rank sum w; a share of 1, so that large n cannot overflow.
  let ways = [1];
  for (let rank = 1; rank <= n; rank++) {
    const next = new Array<number>(ways.length + rank).fill(0);
    ways.forEach((share, w) => {
      next[w] = (next[w] ?? 0) + share / 2;
      next[w + rank] = (next[w + rank] ?? 0) + share / 2;
    });
    ways = next;
  }
  let cut = 0;
  for (let below = ways[0] ?? 1; below + (ways[cut + 1] ?? 1) <= 0.025; cut++) below += ways[cut + 1] ?? 1;
  return cut;
}

/** Applies a monotone function to a figure and its bounds, keeping the bounds in order. */
export function transform({ estimate, low, high }: Estimate, apply: (value: number) => number): Estimate {
  const ends = low === null || high === null ? [null, null] : [apply(low), apply(high)];
  const [a = null, b = null] = ends;
  if (a === null || b === null) return { estimate: apply(estimate), low: null, high: null };
  return { estimate: apply(estimate), low: Math.min(a, b), high: Math.max(a, b) };
}
