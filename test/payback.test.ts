import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { curveOf, paybackOf, type Start, steadyFrom } from "../lib/judge/payback.ts";

/** Something that takes as long by each of so many calls. */
const evenly = (startMs: number, callNs: number, calls = 300): Start => ({
  startMs,
  callsNs: new Array(calls).fill(callNs),
});

/** What it takes until so many calls are made, in nanoseconds; each further one as long as the last. */
const untilCall = ({ startMs, callsNs }: Start, n: number) =>
  startMs * 1e6 +
  callsNs.slice(0, n).reduce((sum, ns) => sum + ns, 0) +
  Math.max(0, n - callsNs.length) * (callsNs.at(-1) ?? 0);

describe("a later start", () => {
  test.each([
    ["within the calls made", evenly(11, 10_000), evenly(10, 20_000), 100],
    ["long after them", evenly(110, 10_000), evenly(10, 11_000), 100_000],
    ["by the first call already", evenly(10.001, 10_000), evenly(10, 20_000), 1],
  ])("is made up for %s", (_, one, other, calls) => {
    expect(paybackOf(one, other)).toBe(calls);
  });

  test.each([
    ["starts sooner", evenly(10, 10_000), evenly(11, 20_000)],
    ["starts at the same time", evenly(10, 10_000), evenly(10, 20_000)],
    ["takes longer by the call", evenly(11, 20_000), evenly(10, 10_000)],
    ["takes as long by the call", evenly(11, 10_000), evenly(10, 10_000)],
    ["was never called", evenly(11, 10_000, 0), evenly(10, 20_000, 0)],
  ])("is no question for what %s", (_, one, other) => {
    expect(paybackOf(one, other)).toBeNull();
  });

  test("counts the calls that take longer while it gets warm", () => {
    const cold = { startMs: 11, callsNs: [...new Array(100).fill(30_000), ...new Array(200).fill(10_000)] };
    // 1 ms, and 100 calls of 10 µs more each, take 200 calls of 10 µs less.
    expect(paybackOf(cold, evenly(10, 20_000))).toBe(300);
  });

  test("is made up for from that call on, and not before", () => {
    const start = fc.record({
      startMs: fc.double({ min: 0, max: 10, noNaN: true }),
      callNs: fc.integer({ min: 1_000, max: 100_000 }),
    });
    fc.assert(
      fc.property(start, start, (a, b) => {
        const [one, other] = [evenly(a.startMs, a.callNs), evenly(b.startMs, b.callNs)];
        const calls = paybackOf(one, other);
        if (calls === null) return expect(a.startMs <= b.startMs || a.callNs >= b.callNs).toBe(true);
        // A nanosecond is as fine as a clock tells.
        expect(untilCall(one, calls)).toBeLessThanOrEqual(untilCall(other, calls) + 1);
        if (calls > 1) expect(untilCall(one, calls - 1)).toBeGreaterThan(untilCall(other, calls - 1) - 1);
      }),
    );
  });
});

describe("a curve of calls", () => {
  const from = [1, 2, 4, 8];

  test("has the median of each part, and none of one that was not reached", () => {
    expect(curveOf([90, 10, 30, 5, 6, 7, 8, 1, 2, 3], from)).toEqual([90, 10, 6, 2]);
    expect(curveOf([90, 10], from)).toEqual([90, 10, null, null]);
    expect(curveOf([], from)).toEqual([null, null, null, null]);
  });

  test.each([
    [[100, 50, 10, 10], 2],
    [[100, 11, 10, 10], 2],
    [[100, 10.9, 9.2, 10], 1],
    [[10, 10, 10, 10], 0],
    [[100, 50, 20, 10], null],
    [[100, 10, 50, 10], null],
    [[100, 10, 10, null], 1],
    [[100, null, null, null], null],
    [[null, null, null, null], null],
  ])("%j is steady from part %p on", (curve, part) => {
    expect(steadyFrom(curve)).toBe(part);
  });
});
