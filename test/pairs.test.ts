import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  added,
  type Blocks,
  control,
  controlOver,
  middle,
  noiseOf,
  saving,
  spreadsOf,
} from "../lib/judge/pairs.ts";
import { figure, scales } from "../lib/judge/scale.ts";
import { scaleNames } from "../lib/judge/shapes.ts";
import { verdict } from "../lib/judge/verdicts.ts";

/** A round whose arms have these medians, in nanoseconds, without any noise. */
const round = (reference: number, candidate: number) => ({
  reference: Array.from({ length: 4 }, () => [reference, reference]),
  candidate: Array.from({ length: 4 }, () => [candidate, candidate]),
});

describe("a saving", () => {
  test("is the share of the reference that the candidate does not take, of each round's medians", () => {
    const found = saving([round(1e6, 4e5), round(1e6, 2e5)]);
    expect(found.per_round[0]).toBeCloseTo(60, 9);
    expect(found.per_round[1]).toBeCloseTo(80, 9);
    // What is left over, 0.4 and 0.2, has the geometric mean 0.283.
    expect(found.estimate).toBeCloseTo(100 * (1 - Math.sqrt(0.4 * 0.2)), 9);
  });

  test("is what the reference adds, in milliseconds, on the other side", () => {
    const found = added([round(1e6, 4e5), round(2e6, 4e5)]);
    expect(found.per_round).toEqual([0.6, 1.6]);
    expect(found.estimate).toBeCloseTo(1.1, 9);
  });

  test("of a path against itself is found in no more than 1 of 20 runs", () => {
    const noise = fc.double({ min: 80, max: 125, noNaN: true });
    const block = fc.array(noise, { minLength: 10, maxLength: 10 });
    const arm = fc.array(block, { minLength: 4, maxLength: 4 });
    const rounds = fc.array(fc.record({ reference: arm, candidate: arm }), { minLength: 5, maxLength: 5 });
    const found = fc.sample(rounds, { numRuns: 400, seed: 7 }).map(saving);
    const asked = { bound: "at_least", target: 0, scale: "saving" } as const;
    const met = found.filter((one) => verdict(asked, one) === "met");
    expect(met.length).toBeLessThanOrEqual(20);
  });
});

test("the middle of blocks is that of all their samples", () => {
  expect(middle([[1, 2], [], [30, 40, 50]])).toBe(30);
});

describe("the control of one arm", () => {
  test("holds the outer blocks of ABBA against the inner ones, as arms stand to each other", () => {
    expect(control([[100], [200], [200], [100]])).toBeCloseTo(Math.log(1 / 2), 12);
    // A drift meets both halves alike.
    expect(control([[100], [200], [300], [400]])).toBeCloseTo(Math.log(100 / 200), 12);
    expect(
      control([
        [1, 4],
        [2, 3],
        [2, 3],
        [1, 4],
      ]),
    ).toBeCloseTo(Math.log(1 / 2), 12);
  });

  test.each([[[]], [[[100]]], [[[100], [], [], [100]]]])("is not known of %j", (blocks: Blocks) => {
    expect(control(blocks)).toBeNull();
  });
});

describe("the control of two arms over rounds", () => {
  const swing = (ratio: number): Blocks => [[100 * ratio], [100], [100], [100 * ratio]];

  test("is that of the arm that swings more, round by round", () => {
    const found = controlOver([
      { reference: swing(1.1), candidate: swing(1.5) },
      { reference: swing(0.5), candidate: swing(1.5) },
    ]);
    expect(found?.per_round[0]).toBeCloseTo(50, 9);
    expect(found?.per_round[1]).toBeCloseTo(-50, 9);
  });

  test("is not known when it is not for one of the rounds", () => {
    const whole = { reference: swing(1), candidate: swing(1) };
    expect(controlOver([whole, { reference: swing(1), candidate: [[100]] }])).toBeNull();
    expect(controlOver([])).toBeNull();
  });
});

describe("the spread of a ratio", () => {
  /** A round whose visits, of two blocks each, have these ratios of candidate to reference. */
  const visits = (...ratios: number[]) => ({
    reference: ratios.flatMap((): Blocks => [[100], [100]]),
    candidate: ratios.flatMap((ratio): Blocks => [[100 * ratio], [100 * ratio]]),
  });

  test("is the deviation of its logarithm between rounds, and what visits within a round leave of theirs", () => {
    const found = spreadsOf([visits(1, Math.E, 1, 1), visits(Math.E, Math.E ** 3, Math.E, Math.E)]);
    // The rounds' medians are 1 and e; visits deviate by 0.5 and 1, and the means of four by half of that.
    expect(found.between).toBeCloseTo(Math.SQRT1_2, 9);
    expect(found.within).toBeCloseTo(Math.sqrt((0.25 ** 2 + 0.5 ** 2) / 2), 9);
  });

  test("is not known of a single round, or of a single visit in each", () => {
    expect(spreadsOf([visits(1, 2)]).between).toBeNull();
    expect(spreadsOf([visits(1), visits(2)]).within).toBeNull();
  });
});

test("noise is the far end of what a control shows, as a logarithm", () => {
  expect(noiseOf({ estimate: 0, low: -20, high: 10 }, "excess")).toBeCloseTo(-Math.log(0.8), 12);
  expect(noiseOf({ estimate: 0, low: -5, high: 10 }, "excess")).toBeCloseTo(Math.log(1.1), 12);
  expect(noiseOf({ estimate: 0, low: null, high: null }, "excess")).toBeNull();
  expect(noiseOf(null, "excess")).toBeNull();
  expect(noiseOf(undefined, "saving")).toBeNull();
});

describe.each(scaleNames)("a figure on the scale %s", (name) => {
  const { to, from } = scales[name];
  const value = fc.double({ min: name === "ratio" ? 1e-3 : -99, max: 99, noNaN: true });

  test("comes back from where its interval is taken", () => {
    fc.assert(fc.property(value, (one) => expect(from(to(one))).toBeCloseTo(one, 6)));
  });

  test("lies in its interval and between its rounds, which it keeps", () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 2, maxLength: 12 }), (perRound) => {
        const { estimate, low, high, per_round } = figure(name, perRound);
        const slack = 1e-6;
        expect(per_round).toEqual(perRound);
        expect(estimate).toBeWithin(Math.min(...perRound) - slack, Math.max(...perRound) + slack);
        expect([(low ?? 1e9) <= estimate + slack, (high ?? -1e9) >= estimate - slack]).toEqual([true, true]);
      }),
    );
  });

  test("has no interval after one round", () => {
    const { estimate, low, high } = figure(name, [42]);
    expect([low, high]).toEqual([null, null]);
    expect(estimate).toBeCloseTo(42, 9);
  });
});

test.each([
  ["linear", [1, 4], 2.5],
  ["ratio", [1, 4], 2],
  ["saving", [75, 0], 50],
  ["excess", [0, 300], 100],
] as const)("the centre on the scale %s of %j is %d", (name, perRound, centre) => {
  expect(figure(name, perRound).estimate).toBeCloseTo(centre, 9);
});
