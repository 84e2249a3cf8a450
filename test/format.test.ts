import { expect, test } from "bun:test";
import type { Estimate, Unit } from "../lib/judge/shapes.ts";
import { showEstimate, showFigure, showTime } from "../lib/report/format.ts";

test.each<[Estimate, Unit | undefined, string]>([
  [{ estimate: 66.04, low: 62.7, high: 169.3 }, "percent", "66.0 (62.7 to 169) %"],
  [{ estimate: -0.05, low: -250, high: -0.01 }, "percent", "-0.1 (-250 to 0.0) %"],
  [{ estimate: 3, low: null, high: null }, "percent", "3.0 % (one round)"],
  [{ estimate: 0.051, low: 0.0485, high: 0.0523 }, "ms", "51.0 (48.5 to 52.3) µs"],
  [{ estimate: 0.9, low: 0.85, high: 1.1 }, "ms", "900 µs (850 µs to 1.10 ms)"],
  [{ estimate: 20e6, low: 19e6, high: 21e6 }, "bytes", "19.1 (18.1 to 20) MiB"],
  [{ estimate: 1234.5, low: 9.44, high: 2000 }, "per_s", "1235 (9.4 to 2000)/s"],
  [{ estimate: 16.2, low: 12, high: 20 }, "bytes_per_call", "16.2 (12.0 to 20.0) B per call"],
  [{ estimate: 0.00042, low: 0, high: 0.1 }, undefined, "0.000420 (0 to 0.100)"],
])("the estimate %j in %p is shown as %s", (estimate, unit, shown) => {
  expect(showEstimate(estimate, unit)).toBe(shown);
});

test.each<[number, Unit | undefined, string]>([
  [0, "per_s", "0/s"],
  [-0.04, "percent", "0.0 %"],
  [99.96, "percent", "100 %"],
  [12, undefined, "12"],
  [1 / 3, undefined, "0.333"],
  [5_679_480_203, "percent", "5.7e+9 %"],
])("the figure %f in %p is shown as %s", (value, unit, shown) => {
  expect(showFigure(value, unit)).toBe(shown);
});

test.each([
  [0, "0 ns"],
  [0.0000421, "42.1 ns"],
  [0.0421, "42.1 µs"],
  [421, "421 ms"],
  [-0.5, "-500 µs"],
  [0.9999, "1.00 ms"],
  [999.9, "1.00 s"],
])("%f ms is shown as %s", (ms, shown) => {
  expect(showTime(ms)).toBe(shown);
});
