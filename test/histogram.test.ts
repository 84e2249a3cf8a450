import { expect, test } from "bun:test";
import fc from "fast-check";
import { Histogram } from "../lib/judge/histogram.ts";
import { percentile, summarize } from "../lib/judge/stats.ts";

const times = fc.array(
  fc.integer({ min: 0, max: 40 }).chain((bits) => fc.integer({ min: 0, max: 2 ** bits })),
  {
    minLength: 1,
    maxLength: 400,
  },
);

function histogramOf(samples: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const ns of samples) histogram.record(ns);
  return histogram;
}

test("a histogram knows every percentile within 0.3 %, and the rest exactly", () => {
  fc.assert(
    fc.property(times, (samples) => {
      const histogram = histogramOf(samples);
      const sorted = samples.toSorted((a, b) => a - b);
      for (const share of [0, 0.07, 0.5, 0.9, 0.95, 0.99, 1]) {
        const truth = percentile(sorted, share);
        expect(Math.abs(histogram.percentile(share) - truth)).toBeLessThanOrEqual(truth * 0.003);
      }
      const [{ n, avg_ms, stdev_ms, min_ms, max_ms, p95_ms, p99_ms }, truth] = [
        histogram.latency(),
        summarize(samples),
      ];
      expect([n, min_ms, max_ms]).toEqual([truth.n, truth.min_ms, truth.max_ms]);
      expect([p95_ms === null, p99_ms === null]).toEqual([truth.p95_ms === null, truth.p99_ms === null]);
      expect(avg_ms).toBeCloseTo(truth.avg_ms, 9);
      expect(Math.abs(stdev_ms - truth.stdev_ms)).toBeLessThanOrEqual(truth.stdev_ms * 1e-9);
    }),
  );
});

test("histograms that are merged, or written and read, are as good as one that recorded everything", () => {
  fc.assert(
    fc.property(times, times, (one, other) => {
      const whole = histogramOf([...one, ...other]);
      const merged = histogramOf(one);
      merged.merge(new Histogram());
      merged.merge(histogramOf(other));
      const [{ squares, ...rest }, { squares: truth, ...restOfTruth }] = [merged.toJSON(), whole.toJSON()];
      expect(rest).toEqual(restOfTruth);
      expect(Math.abs(squares - truth)).toBeLessThanOrEqual(truth * 1e-9 + 1e-9);
      // Their fields are private, so that they themselves are equal whatever they hold.
      expect(Histogram.parse(JSON.parse(JSON.stringify(whole))).toJSON()).toEqual(whole.toJSON());
    }),
  );
});

test.each([Number.NaN, -1, 2 ** 51])("a histogram refuses %d as a time", (ns) => {
  expect(() => new Histogram().record(ns)).toThrow(
    new RangeError(`Cannot record "${ns}": it is no time in ns`),
  );
});
