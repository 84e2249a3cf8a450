import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { crossingsOf, meet } from "../lib/judge/crossing.ts";

const sizes = [100, 1_000, 10_000, 100_000];
/** Rounds that differ by a hundredth, alike for both and not. */
const swings = [0.99, 1, 1.01, 1];
const rounds = (value: number, shift = 0) => swings.map((_, n) => value * (swings[(n + shift) % 4] ?? 1));

/** Two that take so long at a size. */
const meetings = (one: (size: number) => number, other: (size: number) => number) =>
  sizes.map((size) => meet(size, rounds(one(size)), rounds(other(size), 1)));

describe("two that are called with more and more", () => {
  test("cross where they take as long, the one that was faster first", () => {
    // 50 + size / 100 and 20 + size / 50 meet at 3,000.
    const found = crossingsOf(
      meetings(
        (size) => 50 + size / 100,
        (size) => 20 + size / 50,
      ),
    );
    expect(found).toMatchObject([{ from: 1_000, to: 10_000, first: "other" }]);
    const [{ at } = { at: { estimate: 0, low: 0, high: 0 } }] = found;
    expect(at.estimate).toBeWithin(2_500, 3_500);
    expect(at.low).toBeLessThan(at.estimate);
    expect(at.high).toBeGreaterThan(at.estimate);
  });

  test("cross exactly where powers of the size do", () => {
    fc.assert(
      fc.property(fc.double({ min: 150, max: 90_000, noNaN: true }), (where) => {
        const one = (size: number) => (size / where) ** 0.9;
        const exact = sizes.map((size) => meet(size, [one(size), one(size)], [1, 1]));
        fc.pre(sizes.every((size) => Math.abs(one(size) - 1) > 1e-6));
        const [crossing, ...others] = crossingsOf(exact);
        expect(others).toEqual([]);
        expect(crossing?.first).toBe("one");
        expect((crossing?.at.estimate ?? 0) / where).toBeCloseTo(1, 6);
      }),
    );
  });

  test("cross twice where they change places twice", () => {
    const found = crossingsOf(
      meetings(
        (size) => (size === 1_000 ? 20 : 10),
        (size) => (size === 1_000 ? 10 : 20),
      ),
    );
    expect(found.map(({ from, to, first }) => [from, to, first])).toEqual([
      [100, 1_000, "one"],
      [1_000, 10_000, "other"],
    ]);
  });

  test.each([
    ["one is always faster", (size: number) => size, (size: number) => 2 * size],
    ["they take as long", (size: number) => size, (size: number) => size],
    ["they are not told apart on one side", (size: number) => (size < 5_000 ? 10 : 20), () => 10],
  ])("do not cross where %s", (_, one, other) => {
    expect(crossingsOf(meetings(one, other))).toEqual([]);
  });

  test("are passed over where it is open which is faster", () => {
    const open = (size: number) => (size === 1_000 ? 1 : size < 1_000 ? 0.5 : 2);
    expect(crossingsOf(meetings(open, () => 1))).toMatchObject([{ from: 100, to: 10_000, first: "one" }]);
  });

  test("are seen to cross by no single round", () => {
    expect(crossingsOf([meet(1, [1], [2]), meet(2, [2], [1])])).toEqual([]);
  });

  test("cross at an end in a round in which they do not", () => {
    const found = crossingsOf([meet(1, [1, 1, 1.1], [2, 2, 2]), meet(100, [4, 4, 1.9], [2, 2, 2])]);
    // The last round swings too far for it to be told.
    expect(found).toEqual([]);
    const [crossing] = crossingsOf([
      meet(1, [1, 1, 1, 1, 1], [2, 2, 2, 2, 2]),
      meet(100, [4, 4, 4, 4, 1.99], [2, 2, 2, 2, 2]),
    ]);
    expect(crossing?.at.per_round[0]).toBeCloseTo(10, 6);
    expect(crossing?.at.per_round.at(-1)).toBe(100);
  });
});
