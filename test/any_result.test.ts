import { expect, test } from "bun:test";
import fc from "fast-check";
import { resultSchema } from "../lib/result.ts";
import { anyResult } from "./any_result.ts";

const benchmarks = resultSchema.options.map(({ shape }) => shape.benchmark.value);

test.each(benchmarks)("makes results of %s, with and without figures in them", (benchmark) => {
  const results = fc.sample(anyResult({ benchmark }), { numRuns: 50, seed: 1 });
  expect(new Set(results.map((result) => result.benchmark))).toEqual(new Set([benchmark]));
  expect(new Set(results.map(({ criteria }) => criteria.length > 0))).toEqual(new Set([true, false]));
  expect(new Set(results.map(({ complete }) => complete))).toEqual(new Set([true, false]));
  for (const result of results)
    expect(resultSchema.parse(JSON.parse(JSON.stringify(result)))).toEqual(result);
});

test("makes results of every benchmark", () => {
  const results = fc.sample(anyResult(), { numRuns: 100, seed: 1 });
  expect(new Set(results.map(({ benchmark }) => benchmark))).toEqual(new Set(benchmarks));
});
