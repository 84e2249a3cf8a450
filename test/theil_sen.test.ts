import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { kendallVariance, type Point, theilSen } from "../lib/judge/theil_sen.ts";
import { openRandom } from "../lib/random.ts";

const value = fc.integer({ min: -1000, max: 1000 });
const series = fc.array(fc.tuple(value, value), { minLength: 2, maxLength: 30 });

describe("the Theil-Sen slope", () => {
  test("is the median of the slopes between all pairs, inside its interval", () => {
    fc.assert(
      fc.property(series, (points) => {
        const slopes: number[] = [];
        for (let i = 0; i < points.length; i++)
          for (let j = 0; j < i; j++) {
            const [[x1, y1], [x2, y2]] = [points[i] ?? [0, 0], points[j] ?? [0, 0]];
            if (x1 !== x2) slopes.push((y2 - y1) / (x2 - x1));
          }
        slopes.sort((a, b) => a - b);
        const middle =
          ((slopes.at((slopes.length - 1) >> 1) ?? 0) + (slopes.at(slopes.length >> 1) ?? 0)) / 2;
        const slope = theilSen(points);
        if (!slope) return;
        expect(slope.estimate).toBeCloseTo(middle, 9);
        expect(slopes).toContain(slope.low);
        expect(slopes).toContain(slope.high);
        expect(slope.low).toBeLessThanOrEqual(slope.estimate);
        expect(slope.high).toBeGreaterThanOrEqual(slope.estimate);
      }),
    );
  });

  test("is that of the textbook's cloud seeding (Hollander & Wolfe, example 9.1)", () => {
    const ratios = [1.26, 1.27, 1.12, 1.16, 1.03].map((ratio, year): Point => [year + 1, ratio]);
    const { estimate = 0, low, high } = theilSen(ratios) ?? {};
    expect(estimate).toBeCloseTo(-0.05625, 9);
    expect(low).toBeCloseTo(-0.15, 9);
    expect(high).toBeCloseTo(0.04, 9);
  });

  test("does not move for a few points far off", () => {
    const points = Array.from({ length: 25 }, (_, n): Point => [n, n === 3 || n === 20 ? 1e9 : 7 * n]);
    expect(theilSen(points)?.estimate).toBe(7);
  });

  test("is 0, and surely so, of a series that stays as it is", () => {
    const points = Array.from({ length: 25 }, (_, n): Point => [n, 3]);
    expect(theilSen(points)).toEqual({ estimate: 0, low: 0, high: 0 });
  });

  test("holds the truth in its interval in 95 of 100 noisy series", () => {
    const hits = Array.from({ length: 400 }, (_, run) => {
      const random = openRandom(run);
      const { low = 1, high = 0 } =
        theilSen(Array.from({ length: 26 }, (_, n): Point => [n, 5 * n + 40 * random.fraction()])) ?? {};
      return low <= 5 && 5 <= high;
    });
    // 95 % of 400 with three standard deviations of a binomial.
    expect(hits.filter(Boolean).length).toBeGreaterThanOrEqual(367);
  });

  test.each([
    ["no point", []],
    ["one point", [[1, 2]]],
    [
      "three points",
      [
        [0, 1],
        [1, 5],
        [2, 2],
      ],
    ],
    [
      "points at one place",
      [
        [1, 1],
        [1, 2],
        [1, 3],
      ],
    ],
  ] as const)("is unknown of %s", (_, points: readonly Point[]) => {
    expect(theilSen(points)).toBeNull();
  });
});

test("the variance of Kendall's S is that over all orders, with ties and without", () => {
  const few = fc.array(fc.tuple(fc.nat(3), fc.nat(3)), { minLength: 2, maxLength: 6 });
  fc.assert(
    fc.property(few, (points) => {
      const squares = orders(points.map(([, y]) => y)).map((ys) => {
        let s = 0;
        for (const [i, [x]] of points.entries())
          for (let j = 0; j < i; j++)
            s += Math.sign(x - (points[j]?.[0] ?? 0)) * Math.sign((ys[i] ?? 0) - (ys[j] ?? 0));
        return s * s;
      });
      const variance = squares.reduce((sum, square) => sum + square, 0) / squares.length;
      expect(kendallVariance(points)).toBeCloseTo(variance, 9);
    }),
    { numRuns: 50 },
  );
});

function orders(values: readonly number[]): number[][] {
  if (values.length === 0) return [[]];
  return values.flatMap((value, n) => orders(values.toSpliced(n, 1)).map((rest) => [value, ...rest]));
}
