import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { deviation, mean, median, percentile, summarize, transform } from "../lib/judge/stats.ts";

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

test("a falling function swaps the bounds of a figure", () => {
  expect(transform({ estimate: 2, low: 1, high: 3 }, (x) => -x)).toEqual({ estimate: -2, low: -3, high: -1 });
  expect(transform({ estimate: 2, low: null, high: null }, (x) => x * 2)).toEqual({
    estimate: 4,
    low: null,
    high: null,
  });
});
