import { describe, expect, test } from "bun:test";
import { audit, auditControl, validity } from "../lib/judge/audit.ts";
import type { Estimate } from "../lib/judge/shapes.ts";
import { decide, verdict } from "../lib/judge/verdicts.ts";

const between = (
  low: number | null,
  high: number | null,
  estimate = ((low ?? 0) + (high ?? 0)) / 2,
): Estimate => ({
  estimate,
  low,
  high,
});
const atLeast = { bound: "at_least", target: 50, scale: "saving" } as const;
const atMost = { bound: "at_most", target: 5, scale: "excess" } as const;

describe("a verdict", () => {
  test.each([
    [atLeast, between(50, 70), "met"],
    [atLeast, between(49.9, 70), "inconclusive"],
    [atLeast, between(30, 49.9), "missed"],
    [atLeast, between(30, 50), "inconclusive"],
    [atLeast, between(null, null, 99), "inconclusive"],
    [atMost, between(-3, 4.9), "met"],
    [atMost, between(-3, 5), "inconclusive"],
    [atMost, between(5, 9), "missed"],
    [atMost, between(4.9, 9), "inconclusive"],
    [atMost, between(null, null, 0), "inconclusive"],
  ] as const)("on %j with %j is that it is %p", (asked, found, status) => {
    expect(verdict(asked, found)).toBe(status);
  });

  // 60 % less time is a ratio of 0.4, whose logarithm is -0.916.
  test.each([
    [0.9, "met"],
    [0.92, "inconclusive"],
    [null, "inconclusive"],
  ] as const)("claims no effect within the noise of a control that shows %p", (noise, status) => {
    expect(verdict(atLeast, between(50, 70, 60), noise)).toBe(status);
  });

  test("calls a target missed whatever the noise: that claims no effect", () => {
    expect(verdict(atLeast, between(-32, 30, 4), 10)).toBe("missed");
    expect(verdict(atLeast, between(-32, 30, 4), null)).toBe("missed");
  });

  test.each([
    ["something is not worse", { ...atMost, target: 5 }, between(-3, 4)],
    ["something is not fewer", { bound: "at_least", target: -5, scale: "excess" }, between(-4, 3)],
  ] as const)("that %s needs no effect, so that noise does not hide it", (_, asked, found) => {
    expect(verdict(asked, found, 10)).toBe("met");
    expect(verdict(asked, found, null)).toBe("met");
  });
});

describe("a criterion", () => {
  const asked = { id: "saving", about: { runtime: "one" }, name: "what it saves", unit: "percent" } as const;

  test("holds what was asked, what was found, by which rule, and the verdict", () => {
    const found = { ...between(55, 65), per_round: [58, 62] };
    expect(decide({ ...asked, ...atLeast }, found, { noise: 0.1, rule: "any" })).toEqual({
      ...asked,
      ...atLeast,
      ...found,
      smallest_effect: null,
      status: "met",
      rule: "any",
    });
  });

  // Half the interval of 4 points is 1.96 standard errors; 3.605 of them keep both errors, of 2.5 and of 5 %.
  test("that something is not worse says the smallest effect it could have seen", () => {
    const { smallest_effect } = decide({ ...asked, ...atMost }, between(-2, 2), { rule: "any" });
    expect(smallest_effect).toBeCloseTo(5 + (2 / 1.96) * (1.96 + 1.645), 2);
    expect(
      decide({ ...asked, ...atMost }, between(null, null, 1), { rule: "any" }).smallest_effect,
    ).toBeNull();
  });
});

test("a result is as valid as its worst check", () => {
  const [passed, failed] = [audit("a", "detail", []), audit("b", "detail", ["x", "y"])];
  const suspect = { ...passed, status: "suspect" as const };
  expect(failed).toEqual({ check: "b", status: "failed", detail: "detail; not so: x, y" });
  expect([[passed], [passed, suspect], [suspect, failed]].map(validity)).toEqual([
    "valid",
    "suspect",
    "invalid",
  ]);
});

test("a result that nobody checked is suspect", () => expect(validity([])).toBe("suspect"));

describe("the audit of an A/A control", () => {
  // The logarithm of what halves differ by: 2, 10 and 50 %.
  const noises = [Math.log(1.02), Math.log(1.5), Math.log(1.1)];

  test.each([
    [11, "passed"],
    [-11, "passed"],
    [9, "suspect"],
    [-9, "suspect"],
  ] as const)(
    "of paths that differ by %d %% is %s where halves do by 10 at the median",
    (percent, status) => {
      expect(auditControl(noises, percent, "tool")).toEqual({
        check: "A/A control",
        status,
        detail: `two halves of one path differ by up to 10.0 % (median tool), the paths by ${percent.toFixed(1)} %`,
      });
    },
  );

  test("is suspect where there is none", () => {
    expect(auditControl([], 60, "tool")).toMatchObject({
      status: "suspect",
      detail: "too few samples or rounds to run one",
    });
  });
});
