/** A point: where, and what was read there. */
export type Point = readonly [x: number, y: number];

export interface Slope {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The median of the slopes between all pairs of points, with its 95 % interval by the variance of Kendall's S: what a
 * few points far off cannot move. `null` where there are too few points for an interval. (Sen, 1968, JASA 63: 1379-89.)
 */
export function theilSen(points: readonly Point[]): Slope | null {
  const pairs = points.flatMap(([x, y], i) =>
    points.slice(i + 1).flatMap(([x2, y2]) => (x2 === x ? [] : [(y2 - y) / (x2 - x)])),
  );
  const slopes = Float64Array.from(pairs).sort();
  const half = (1.959964 * Math.sqrt(Math.max(0, kendallVariance(points)))) / 2;
  const middle = (slopes.length - 1) / 2;
  const [low, high] = [slopes[Math.floor(middle - half)], slopes[Math.ceil(middle + half)]];
  if (low === undefined || high === undefined) return null;
  const estimate = ((slopes[Math.floor(middle)] ?? low) + (slopes[Math.ceil(middle)] ?? high)) / 2;
  return { estimate, low, high };
}

/** Of Kendall's S where y does not depend on x, with ties on either side. (Kendall, 1970, Rank Correlation Methods, 4.) */
export function kendallVariance(points: readonly Point[]): number {
  const n = points.length;
  const [x, y] = [tiesOf(points.map(([x]) => x)), tiesOf(points.map(([, y]) => y))];
  const sum = (ties: readonly number[], term: (t: number) => number) =>
    ties.reduce((total, t) => total + term(t), 0);
  const spread = (t: number) => t * (t - 1) * (2 * t + 5);
  const [two, three] = [(t: number) => t * (t - 1), (t: number) => t * (t - 1) * (t - 2)];
  const triples = n < 3 ? 0 : (sum(x, three) * sum(y, three)) / (9 * three(n));
  const doubles = n < 2 ? 0 : (sum(x, two) * sum(y, two)) / (2 * two(n));
  return (spread(n) - sum(x, spread) - sum(y, spread)) / 18 + triples + doubles;
}

/** How often each value occurs. */
function tiesOf(values: readonly number[]): number[] {
  return [...Map.groupBy(values, (value) => value).values()].map(({ length }) => length);
}
