import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { audit, isMonotone, validity } from "../lib/measure/audit.ts";
import {
  type Comparison,
  judge,
  judgeOverall as judgeRatios,
  judgeSaving,
  toRatio,
} from "../lib/measure/judge.ts";
import { summarize } from "../lib/measure/stats.ts";

/** A round whose arms have these medians, in nanoseconds, without any noise. */
const round = (baseline: number, candidate: number): Comparison => ({
  baseline: Array.from({ length: 4 }, () => [baseline, baseline]),
  candidate: Array.from({ length: 4 }, () => [candidate, candidate]),
});

const judgeOverall = (rounds: readonly Comparison[][], target: number) =>
  judgeRatios(
    rounds.map((round) => round.map(toRatio)),
    target,
  );

describe("a saving", () => {
  test("is the share of the baseline that the candidate does not take", () => {
    const { percent, addedMs, noisePercent, status } = judgeSaving([round(1e6, 4e5), round(1e6, 4e5)], 50);
    expect(percent.estimate).toBeCloseTo(60, 9);
    expect(addedMs.estimate).toBeCloseTo(0.6, 9);
    expect(noisePercent).toBe(0);
    expect(status).toBe("met");
  });

  test("is missed when the whole interval lies below the target", () => {
    expect(judgeSaving([round(100, 90), round(100, 91), round(100, 89)], 50).status).toBe("missed");
  });

  test("is inconclusive when the interval straddles the target", () => {
    expect(judgeSaving([round(100, 20), round(100, 80), round(100, 50)], 50).status).toBe("inconclusive");
  });

  test("is inconclusive after one round, however large", () => {
    expect(judgeSaving([round(100, 1)], 50).status).toBe("inconclusive");
  });

  test("is inconclusive when halves of one arm differ as much", () => {
    const noisy: Comparison = {
      baseline: [[100], [200], [200], [100]],
      candidate: [[100], [190], [190], [100]],
    };
    const { noisePercent, status } = judgeSaving([noisy, noisy, noisy], 0);
    expect(noisePercent).toBeGreaterThan(70);
    expect(status).toBe("inconclusive");
  });

  test("of a path against itself is found in no more than 1 of 20 runs", () => {
    const noise = fc.double({ min: 80, max: 125, noNaN: true });
    const block = fc.array(noise, { minLength: 10, maxLength: 10 });
    const arm = fc.array(block, { minLength: 4, maxLength: 4 });
    const rounds = fc.array(fc.record({ baseline: arm, candidate: arm }), { minLength: 5, maxLength: 5 });
    const verdicts = fc.sample(rounds, { numRuns: 400, seed: 7 }).map((run) => judgeSaving(run, 0).status);
    expect(verdicts.filter((status) => status === "met").length).toBeLessThanOrEqual(20);
  });
});

test("the overall saving is that of the geometric mean, so that no tool weighs more for being slow", () => {
  const tools = [round(1e9, 1e9), round(100, 25)];
  expect(judgeOverall([tools, tools], 50)?.percent.estimate).toBeCloseTo(50, 9);
  expect(judgeOverall([], 50)).toBeNull();
});

test("the overall saving is inconclusive too when halves of the arms differ as much, or none can be compared", () => {
  const noisy: Comparison = { baseline: [[100], [300], [300], [100]], candidate: [[40], [120], [120], [40]] };
  const single: Comparison = { baseline: [[100], [], [], []], candidate: [[10], [], [], []] };
  for (const tool of [noisy, single])
    expect(judgeOverall([[tool], [tool], [tool]], 50)?.status).toBe("inconclusive");
});

test.each([
  [{ estimate: 60, low: 50, high: 70 }, "met"],
  [{ estimate: 60, low: 49.9, high: 70 }, "inconclusive"],
  [{ estimate: 40, low: 30, high: 49.9 }, "missed"],
  [{ estimate: 40, low: 30, high: 50 }, "inconclusive"],
  [{ estimate: 99, low: null, high: null }, "inconclusive"],
])("%j against a target of 50 is %s", (figure, status) => {
  expect(judge(figure, 50)).toBe(status as never);
});

test("a result is as valid as its worst check", () => {
  const [passed, failed] = [audit("a", "detail", []), audit("b", "detail", ["x"])];
  const suspect = { ...passed, status: "suspect" as const };
  expect(failed.detail).toBe("detail; not so: x");
  expect([[passed], [passed, suspect], [suspect, failed]].map(validity)).toEqual([
    "valid",
    "suspect",
    "invalid",
  ]);
});

test("percentiles that fall are noticed", () => {
  const latency = summarize(Array.from({ length: 300 }, (_, i) => i));
  expect(isMonotone(latency)).toBe(true);
  expect(isMonotone({ ...latency, p50_ms: latency.max_ms + 1 })).toBe(false);
});
