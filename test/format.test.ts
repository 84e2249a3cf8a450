import { expect, test } from "bun:test";
import { showEstimate, showTime } from "../lib/report/format.ts";

test.each([
  [{ estimate: 12.34, low: -0.04, high: 100.6 }, "12.3 (0.0 to 101)"],
  [{ estimate: -0.05, low: -250, high: -0.01 }, "-0.1 (-250 to 0.0)"],
  [{ estimate: 3, low: null, high: null }, "3.0 (one round)"],
])("the estimate %j is shown as %s", (estimate, shown) => {
  expect(showEstimate(estimate)).toBe(shown);
});

test.each([
  [0.0000421, "42.1 ns"],
  [0.0421, "42.1 µs"],
  [421, "421 ms"],
  [-0.5, "-500 µs"],
])("%f ms is shown as %s", (ms, shown) => {
  expect(showTime(ms)).toBe(shown);
});
