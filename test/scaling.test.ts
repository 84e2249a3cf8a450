import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { normal } from "../lib/benchmarks/self_check/coverage.ts";
import { estimateScaling, fitScaling, type ScalingPoint } from "../lib/judge/scaling.ts";
import { openRandom } from "../lib/random.ts";

const sweep = [1, 2, 4, 8, 16, 32];

interface Law {
  readonly lambda: number;
  readonly sigma: number;
  readonly kappa: number;
}

function follow({ lambda, sigma, kappa }: Law, error = () => 0): ScalingPoint[] {
  return sweep.map((n) => ({
    concurrency: n,
    perSecond: ((lambda * n) / (1 + sigma * (n - 1) + kappa * n * (n - 1))) * (1 + error()),
  }));
}

describe("the fit of the scaling law", () => {
  test("finds the parameters that made the throughput", () => {
    const laws = fc.record({
      lambda: fc.double({ min: 0.1, max: 1e6, noNaN: true }),
      sigma: fc.oneof(fc.constant(0), fc.double({ min: 1e-4, max: 0.9, noNaN: true })),
      kappa: fc.oneof(fc.constant(0), fc.double({ min: 1e-5, max: 0.1, noNaN: true })),
    });
    fc.assert(
      fc.property(laws, (law) => {
        const { lambda, sigma, kappa, rSquared } = fitScaling(follow(law));
        expect(Math.abs(lambda / law.lambda - 1)).toBeLessThan(1e-6);
        expect(Math.abs(sigma - law.sigma)).toBeLessThan(1e-6);
        expect(Math.abs(kappa - law.kappa)).toBeLessThan(1e-6);
        expect(rSquared ?? 1).toBeGreaterThan(0.999999);
      }),
    );
  });

  test("puts the peak where the throughput is highest", () => {
    const law = { lambda: 1000, sigma: 0.02, kappa: 0.0005 };
    expect(fitScaling(follow(law)).peak).toBeCloseTo(Math.sqrt(0.98 / 0.0005), 6);
    expect(fitScaling(follow({ ...law, kappa: 0 })).peak ?? 1e6).toBeGreaterThan(1e5);
  });

  test("has a peak over rounds where each of them has one", () => {
    const peaked = follow({ lambda: 1000, sigma: 0.02, kappa: 0.0005 });
    const superlinear = sweep.map((n) => ({ concurrency: n, perSecond: 100 * n ** 1.2 }));
    expect(estimateScaling([peaked, peaked]).peak?.estimate).toBeCloseTo(Math.sqrt(0.98 / 0.0005), 6);
    expect(estimateScaling([peaked, superlinear]).peak).toBeNull();
  });

  test("is told as it is where throughput grows faster than callers, and then has no peak", () => {
    const superlinear = sweep.map((n) => ({ concurrency: n, perSecond: 100 * n ** 1.2 }));
    const { sigma, peak } = fitScaling(superlinear);
    expect(sigma).toBeLessThan(0);
    expect(peak).toBeNull();
  });

  test("has a throughput of one caller where no caller was ever alone", () => {
    const odd = [100, 1, 1].map((perSecond, n) => ({ concurrency: 8 + n, perSecond }));
    expect(fitScaling(odd).lambda).toBeGreaterThan(0);
  });

  test.each([
    ["8 rounds with 15 % noise and no crosstalk", { lambda: 2000, sigma: 0.1, kappa: 0 }],
    ["8 rounds with 15 % noise of what is linear", { lambda: 2000, sigma: 0, kappa: 0 }],
  ])("holds the truth in its interval in 95 of 100 runs of %s", (_, law) => {
    const runs = Array.from({ length: 200 }, (_, run) => {
      const random = openRandom(run);
      const rounds = Array.from({ length: 8 }, () => follow(law, () => 0.15 * normal(random)));
      return estimateScaling(rounds.map((points) => points.filter(({ perSecond }) => perSecond > 0)));
    });
    for (const name of ["sigma", "kappa"] as const) {
      const hits = runs.filter((run) => {
        const { low, high } = run[name];
        return low !== null && high !== null && low <= law[name] && law[name] <= high;
      });
      expect(hits.length).toBeGreaterThanOrEqual(181);
    }
  });

  test("holds the truth in its interval in 95 of 100 runs of 5 rounds with 2 % noise", () => {
    const law = { lambda: 2000, sigma: 0.05, kappa: 0.002 };
    const runs = Array.from({ length: 200 }, (_, run) => {
      const random = openRandom(run);
      return estimateScaling(Array.from({ length: 5 }, () => follow(law, () => 0.02 * normal(random))));
    });
    const truth = { ...law, peak: Math.sqrt(0.95 / 0.002) };
    for (const name of ["lambda", "sigma", "kappa", "peak"] as const) {
      const hits = runs.filter((run) => {
        const { low, high } = run[name] ?? { low: null, high: null };
        return low !== null && high !== null && low <= truth[name] && truth[name] <= high;
      });
      // 95 % of 200 with three standard deviations of a binomial.
      expect(hits.length).toBeGreaterThanOrEqual(181);
    }
    for (const { lambda, peak } of runs) {
      expect(Math.abs(lambda.estimate / truth.lambda - 1)).toBeLessThan(0.05);
      expect(Math.abs((peak?.estimate ?? 0) / truth.peak - 1)).toBeLessThan(0.1);
    }
  });

  test.each([[[]], [[1, 2]], [[4, 4, 4, 8]]])(
    "is refused for the concurrencies %j",
    (concurrencies: number[]) => {
      const points = concurrencies.map((concurrency) => ({ concurrency, perSecond: 1 }));
      const distinct = new Set(concurrencies).size;
      expect(() => fitScaling(points)).toThrow(
        new RangeError(`Cannot fit the scaling of ${distinct} concurrencies: it takes 3`),
      );
    },
  );

  test("is refused for a throughput of nothing", () => {
    const points = sweep.map((concurrency) => ({ concurrency, perSecond: 0 }));
    expect(() => fitScaling(points)).toThrow(new RangeError("Cannot fit the scaling of a throughput of 0"));
  });
});
