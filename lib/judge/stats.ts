import { type Estimate, fewestFor, type Latency } from "./shapes.ts";

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

/** Applies a monotone function to a figure and its bounds, keeping the bounds in order. */
export function transform({ estimate, low, high }: Estimate, apply: (value: number) => number): Estimate {
  const ends = low === null || high === null ? [null, null] : [apply(low), apply(high)];
  const [a = null, b = null] = ends;
  if (a === null || b === null) return { estimate: apply(estimate), low: null, high: null };
  return { estimate: apply(estimate), low: Math.min(a, b), high: Math.max(a, b) };
}
