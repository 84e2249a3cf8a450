import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { holm, type Interval, intervalOf, intervalsOf, ruleFor } from "../lib/judge/interval.ts";
import { median } from "../lib/judge/stats.ts";
import { digamma, inverseTrigamma, logGamma, tailsOfT, tQuantile, trigamma } from "../lib/judge/student_t.ts";
import { normal } from "./normal.ts";

const halfOf = ({ low, high }: Interval) => ((high ?? Number.NaN) - (low ?? Number.NaN)) / 2;
const covers = ({ low, high }: Interval, truth: number) => (low ?? 1e9) <= truth && (high ?? -1e9) >= truth;
const rounds = (count: number) => fc.array(normal, { minLength: count, maxLength: count });

describe("the interval of a figure", () => {
  test("is none after one round, in which nothing can be ruled out", () => {
    const { p, ...one } = intervalOf([0.3]);
    expect(one).toEqual({ estimate: 0.3, low: null, high: null, method: "t" });
    expect([p(0.3), p(99)]).toEqual([1, 1]);
  });

  test("is the mean's with Student's t below ten rounds", () => {
    const { estimate, low, high, method } = intervalOf([1, 2, 3]);
    expect([estimate, method]).toEqual([2, "t"]);
    expect(low).toBeCloseTo(2 - 4.30265 / Math.sqrt(3), 4);
    expect(high).toBeCloseTo(2 + 4.30265 / Math.sqrt(3), 4);
    expect(intervalOf([5, 5, 5])).toMatchObject({ estimate: 5, low: 5, high: 5 });
  });

  // The bounds of the textbook table: the 9th Walsh average from each end with n = 10, the 14th with n = 12.
  test.each([
    [10, 3, 8],
    [12, 4, 9],
  ])("is Hodges and Lehmann's with Wilcoxon's for %d rounds", (count, low, high) => {
    const values = Array.from({ length: count }, (_, i) => i + 1);
    const found = { estimate: (count + 1) / 2, low, high, method: "Hodges-Lehmann" };
    expect(intervalOf(values)).toMatchObject(found);
  });

  test("does not move for one wild round among ten", () => {
    const calm = [10, 11, 12, 13, 14, 15, 16, 17, 18, 19];
    expect(intervalOf(calm.with(9, 1e6)).estimate).toBeLessThan(17);
  });

  test.each([3, 5, 9, 10, 12])("covers the truth in about 95 of 100 runs of %d rounds", (count) => {
    const runs = fc.sample(rounds(count), { numRuns: 2000, seed: 1 });
    const covered = runs.filter((values) => covers(intervalOf(values), 0)).length / runs.length;
    expect(covered).toBeWithin(0.93, 0.97);
  });

  test.each([2, 5, 9, 10, 15])("holds what its p-value does not rule out at 5 %%, for %d rounds", (count) => {
    fc.assert(
      fc.property(rounds(count), normal, (values, truth) => {
        const interval = intervalOf(values);
        expect(interval.p(truth) > 0.05).toBe(covers(interval, truth));
      }),
      // There is nothing simple about one that fails, and to look for it takes minutes.
      { endOnFailure: true },
    );
  });

  test("has the p-value of the textbook's signed ranks: of ten, none below has 2 of 1,024 signs", () => {
    const { p } = intervalOf([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect([p(0), p(11)]).toEqual([2 / 1024, 2 / 1024]);
  });

  test("says nothing against a value that all rounds have", () => {
    expect(intervalOf(new Array<number>(12).fill(50)).p(50)).toBe(1);
    expect(intervalOf([...new Array<number>(11).fill(50), 51]).p(50)).toBe(1);
  });

  test("is said in words", () => {
    expect([ruleFor(9), ruleFor(10)]).toEqual([
      "mean with Student's t over rounds",
      "Hodges-Lehmann with the exact Wilcoxon interval over rounds",
    ]);
  });
});

describe("the intervals of a family", () => {
  /** Figures of so many tools, whose spreads differ by a factor of up to 2. */
  const family = (tools: number, count: number, seed: number) =>
    fc
      .sample(rounds(count), { numRuns: tools, seed })
      .map((values, tool) => values.map((value) => value * (1 + tool / tools)));

  test("are as those of single figures for fewer than eight of them", () => {
    const figures = family(7, 3, 1);
    const show = (intervals: Interval[]) => intervals.map(({ p, ...rest }) => [rest, p(1)]);
    expect(show(intervalsOf(figures))).toEqual(show(figures.map(intervalOf)));
  });

  test("borrow the spread of all, so that three rounds are worth more", () => {
    const figures = family(26, 3, 1);
    const [together, alone] = [intervalsOf(figures), figures.map(intervalOf)];
    expect(together.map(({ method }) => method)).toEqual(figures.map(() => "moderated t"));
    expect(median(together.map(halfOf)) / median(alone.map(halfOf))).toBeLessThan(0.75);
    // The widest ones give way, the narrowest are not believed.
    expect(Math.max(...together.map(halfOf))).toBeLessThan(Math.max(...alone.map(halfOf)));
    expect(Math.min(...together.map(halfOf))).toBeGreaterThan(Math.min(...alone.map(halfOf)));
  });

  test("keep what they really differ by", () => {
    const figures = family(26, 8, 1).map((values, tool) =>
      values.map((value) => value * (tool < 13 ? 1 : 30)),
    );
    const halves = intervalsOf(figures).map(halfOf);
    expect(median(halves.slice(13)) / median(halves.slice(0, 13))).toBeWithin(15, 60);
  });

  test("cover the truth in 95 of 100 figures of three rounds, and not in many more", () => {
    const runs = Array.from({ length: 100 }, (_, seed) => intervalsOf(family(26, 3, seed)));
    const covered = runs.flat().filter((interval) => covers(interval, 0)).length / (100 * 26);
    expect(covered).toBeWithin(0.94, 0.98);
  });

  test.each([
    [1.05, 0],
    [1.15, 0],
    [1.03, 0.8],
  ])(
    "of which each is %d times as wide as the last, and rounds are alike by %d, are wrong together in no more than 5 of 100 families",
    (ratio, likeness) => {
      const runs = 600;
      const wrong = Array.from({ length: runs }, (_, seed) => {
        const [alike = []] = family(1, 3, runs + seed);
        const figures = family(26, 3, seed).map((values, n) =>
          values.map(
            (value, round) =>
              ratio ** n * (Math.sqrt(likeness) * (alike[round] ?? 0) + Math.sqrt(1 - likeness) * value),
          ),
        );
        return holm(intervalsOf(figures).map(({ p }) => p(0))).includes(true);
      }).filter(Boolean).length;
      expect(wrong).toBeLessThanOrEqual(0.05 * runs);
    },
  );

  test("have one spread where figures differ by no more than chance", () => {
    const same = Array.from({ length: 10 }, (_, n) => [n - 1, n, n + 1]);
    // Their log-variances are 0 where chi-square with 2 degrees would have -γ: the common variance is e^γ. It is worth 4
    // degrees of freedom at most beside the 2 of each, and t has one less.
    const variance = (4 * Math.exp(0.5772156649) + 2 * 1) / 6;
    const half = (2.570582 * Math.sqrt(variance)) / Math.sqrt(3);
    for (const [n, interval] of intervalsOf(same).entries()) {
      expect(interval.estimate).toBeCloseTo(n, 9);
      expect(halfOf(interval)).toBeCloseTo(half, 5);
    }
  });

  test("borrow what they would if their spreads differed by a standard error more than they do", () => {
    const spreads = Array.from({ length: 10 }, (_, n) => (n % 2 === 0 ? 1 : Math.exp(1.5)));
    const figures = spreads.map((spread) => [-spread, 0, spread]);
    // Log-variances of 0 and 3, five each, have a variance of 2.5.
    const half = inverseTrigamma(2.5 * (1 + Math.sqrt(2 / 9)) - trigamma(1));
    const prior = Math.exp(1.5 - digamma(1) + digamma(half) - Math.log(half));
    const variance = (2 * half * prior + 2 * 1) / (2 * half + 2);
    const expected = tQuantile(0.05, 2 * half + 1) * Math.sqrt(variance / 3);
    expect(halfOf(intervalsOf(figures)[0] ?? intervalOf([]))).toBeCloseTo(expected, 6);
  });

  // 2 / 2^10 cannot pass 5 % / 26, the first step of Holm's procedure; 2 / 2^11 can.
  test.each([
    [10, "moderated t"],
    [11, "Hodges-Lehmann"],
  ] as const)("of 26 tools after %d rounds are taken by %s", (count, method) => {
    expect(new Set(intervalsOf(family(26, count, 1)).map((one) => one.method))).toEqual(new Set([method]));
  });
});

describe("Holm's procedure", () => {
  test.each([
    [[], []],
    [[0.05], [true]],
    [[0.051], [false]],
    [
      [0.01, 0.04, 0.03, 0.005],
      [true, false, false, true],
    ],
    [
      [0.012, 0.016, 0.024, 0.05],
      [true, true, true, true],
    ],
    // What comes after the first that is not significant is none either.
    [
      [0.02, 0.02, 0.02],
      [false, false, false],
    ],
    // What is not known is one of the family.
    [
      [Number.NaN, 0.025],
      [false, true],
    ],
    [
      [Number.NaN, 0.026],
      [false, false],
    ],
  ])("finds in %j the significant ones: %j", (ps, due) => {
    expect(holm(ps)).toEqual(due);
  });
});

describe("Student's t", () => {
  test.each([
    [1, 12.7062],
    [2, 4.302653],
    [4, 2.776445],
    [10, 2.228139],
    [30, 2.042272],
    [1000, 1.962339],
    [Number.POSITIVE_INFINITY, 1.959964],
  ])("with %d degrees of freedom is exceeded by %d in 5 %% of cases", (df, quantile) => {
    expect(tQuantile(0.05, df)).toBeCloseTo(quantile, 4);
    expect(tailsOfT(quantile, df)).toBeCloseTo(0.05, 6);
    expect(tailsOfT(-quantile, df)).toBeCloseTo(0.05, 6);
  });

  test("falls from 1 at the centre, also between whole degrees of freedom", () => {
    expect(tailsOfT(0, 2.5)).toBeCloseTo(1, 12);
    const [two, between, three] = [2, 2.5, 3].map((df) => tQuantile(0.05, df));
    expect(between).toBeWithin(three ?? 0, two ?? 0);
    // Far out, where 1 - p would be lost: 2 (1 - Φ(8)) = 1.244e-15.
    expect(tailsOfT(8, Number.POSITIVE_INFINITY) / 1.244192114854357e-15).toBeCloseTo(1, 6);
  });
});

describe("the gamma function", () => {
  test("has the values that are known", () => {
    expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI)), 12);
    expect(logGamma(11)).toBeCloseTo(Math.log(3_628_800), 12);
    expect(digamma(1)).toBeCloseTo(-0.5772156649015329, 9);
    expect(trigamma(1)).toBeCloseTo(Math.PI ** 2 / 6, 9);
    expect(trigamma(0.5)).toBeCloseTo(Math.PI ** 2 / 2, 9);
  });

  test("can be gone back on", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-3, max: 1e3, noNaN: true }), (x) => {
        expect(inverseTrigamma(trigamma(x)) / x).toBeCloseTo(1, 6);
      }),
    );
  });
});
