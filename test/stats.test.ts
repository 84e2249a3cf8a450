import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { deviation, estimate, mean, median, percentile, summarize, transform } from "../lib/measure/stats.ts";

const finite = fc.double({ min: 0, max: 1e9, noNaN: true });

describe("percentile", () => {
  test("is the nearest rank: the smallest value that at least that share does not exceed, for n = 1 to 1000", () => {
    for (let n = 1; n <= 1000; n++) {
      const sorted = Array.from({ length: n }, (_, i) => i + 1);
      for (const hundredth of [1, 50, 95, 99, 100]) {
        const oracle = sorted.find((value) => 100 * value >= hundredth * n);
        expect(percentile(sorted, hundredth / 100)).toBe(oracle ?? Number.NaN);
      }
    }
  });

  test("refuses to take one of nothing", () => {
    expect(() => percentile([], 0.5)).toThrow(new RangeError("Cannot take a percentile of 0 values"));
  });
});

describe("summarize", () => {
  test("takes p95 only from 59 samples and p99 only from 299 on", () => {
    const summary = (n: number) => summarize(Array.from({ length: n }, (_, i) => i * 1e6));
    expect(summary(58)).toMatchObject({ n: 58, p95_ms: null, p99_ms: null });
    expect(summary(59)).toMatchObject({ p95_ms: 56, p99_ms: null });
    expect(summary(298)).toMatchObject({ p99_ms: null });
    expect(summary(299)).toMatchObject({ p99_ms: 296, max_ms: 298 });
  });

  test("does not depend on the order and leaves its input alone", () => {
    fc.assert(
      fc.property(fc.array(finite, { minLength: 1 }), (samples) => {
        const before = [...samples];
        const ascending = summarize(samples.toSorted((a, b) => a - b));
        const given = summarize(samples);
        expect(samples).toEqual(before);
        expect(given.p50_ms).toBe(ascending.p50_ms);
        expect([given.min_ms, given.max_ms]).toEqual([
          Math.min(...samples) / 1e6,
          Math.max(...samples) / 1e6,
        ]);
      }),
    );
  });

  test("keeps mean and deviation as their definitions have them", () => {
    const { avg_ms, stdev_ms } = summarize([2e6, 4e6, 4e6, 4e6, 5e6, 5e6, 7e6, 9e6]);
    expect(avg_ms).toBe(5);
    expect(stdev_ms).toBeCloseTo(Math.sqrt(32 / 7), 12);
    expect(deviation([3])).toBe(0);
    expect(mean([1, 2, 6])).toBe(3);
    expect(median([9, 1, 5, 3])).toBe(3);
  });
});

describe("estimate", () => {
  test("has no interval after one round", () => {
    expect(estimate([0.3])).toEqual({ estimate: 0.3, low: null, high: null });
  });

  test("is the mean with Student's t for two to five rounds", () => {
    const { estimate: centre, low, high } = estimate([1, 2, 3]);
    expect(centre).toBe(2);
    expect(low).toBeCloseTo(2 - 4.30265 / Math.sqrt(3), 4);
    expect(high).toBeCloseTo(2 + 4.30265 / Math.sqrt(3), 4);
  });

  // The bounds of the textbook table: with n = 6 the whole range, with n = 10 the 9th Walsh average from each end.
  test.each([
    [6, 1, 6],
    [7, 2, 6],
    [10, 3, 8],
  ])("is Hodges and Lehmann's with the Wilcoxon interval for %d rounds", (n, low, high) => {
    const values = Array.from({ length: n }, (_, i) => i + 1);
    expect(estimate(values)).toEqual({ estimate: (n + 1) / 2, low, high });
  });

  test("does not move for one wild round among ten", () => {
    const calm = [10, 11, 12, 13, 14, 15, 16, 17, 18, 19];
    expect(estimate(calm.with(9, 1e6)).estimate).toBeLessThan(17);
  });

  test.each([3, 5, 6, 12])("covers the truth in about 95 of 100 runs of %d rounds", (rounds) => {
    const runs = 2000;
    let covered = 0;
    const noise = fc.sample(fc.array(normal, { minLength: rounds, maxLength: rounds }), {
      numRuns: runs,
      seed: 1,
    });
    for (const values of noise) {
      const { low, high } = estimate(values);
      if ((low ?? 1) <= 0 && (high ?? -1) >= 0) covered += 1;
    }
    expect(covered / runs).toBeGreaterThan(0.93);
    expect(covered / runs).toBeLessThan(0.985);
  });
});

test("a falling function swaps the bounds of a figure", () => {
  expect(transform({ estimate: 2, low: 1, high: 3 }, (x) => -x)).toEqual({ estimate: -2, low: -3, high: -1 });
  expect(transform({ estimate: 2, low: null, high: null }, (x) => x * 2)).toEqual({
    estimate: 4,
    low: null,
    high: null,
  });
});

/** Standard normal values by Box and Muller. */
const uniform = fc.noBias(fc.integer({ min: 1, max: 2 ** 31 - 1 }));
const normal = fc
  .tuple(uniform, uniform)
  .map(([a, b]) => Math.sqrt(-2 * Math.log(a / 2 ** 31)) * Math.cos((2 * Math.PI * b) / 2 ** 31));
