import { expect, test } from "bun:test";
import fc from "fast-check";
import { z } from "zod";
import { cells } from "../lib/result/cell.ts";
import { chart } from "../lib/result/chart.ts";
import { faultOfResult } from "../lib/result/result.ts";
import { anyResult } from "./any_result.ts";
import { anyToken, textPerToken, withTexts } from "./result_tokens.ts";
import { incomplete, invalid, sampleResults, suspect } from "./sample_results.ts";

const results = fc.sample(anyResult(), { numRuns: 400, seed: 1 });
const tables = results.flatMap((result) => result.tables);
const seen = <T>(values: readonly T[]) => new Set(values);

test("makes results that a file can hold, and no others", () => {
  for (const result of results) {
    expect(faultOfResult(result)).toBeNull();
    expect(JSON.parse(JSON.stringify(result))).toEqual(result);
  }
});

test("makes columns of every kind, and rows with and without them", () => {
  const kinds = z.strictObject(cells).keyof().options;
  const filled = tables.flatMap(({ columns, rows }) =>
    columns.flatMap(({ name, kind }) => rows.map((row) => `${kind} ${(row[name] ?? null) !== null}`)),
  );
  expect(seen(filled)).toEqual(new Set(kinds.flatMap((kind) => [`${kind} true`, `${kind} false`])));
  expect(seen(tables.map(({ rows }) => Math.min(rows.length, 2)))).toEqual(new Set([0, 1, 2]));
});

test("makes columns that say what their cells are beside others, and some that do not", () => {
  const columns = tables.flatMap((table) => table.columns);
  for (const key of ["at_least", "counts_rounds", "criterion"] as const)
    expect(seen(columns.map((column) => column[key] !== undefined))).toEqual(new Set([true, false]));
  expect(seen(columns.map(({ constraints }) => constraints.minimum !== undefined))).toEqual(
    new Set([true, false]),
  );
});

test("makes charts of every kind, and lines with and without a law", () => {
  const charts = tables.flatMap((table) => table.charts);
  expect(seen(charts.map(({ type }) => type))).toEqual(
    new Set(chart.options.map(({ shape }) => shape.type.value)),
  );
  const laws = charts.map((one) => one.type === "lines" && one.law !== undefined);
  expect(seen(laws)).toEqual(new Set([true, false]));
});

test("makes results of every validity, whole and not, with verdicts over rows, of one thing, and none", () => {
  expect(seen(results.map(({ validity, complete }) => `${validity} ${complete}`)).size).toBe(6);
  expect(seen(results.map(({ criteria }) => criteria.length > 0))).toEqual(new Set([true, false]));
  const over = results.flatMap(({ criteria }) => criteria.map((one) => one.over !== undefined));
  expect(seen(over)).toEqual(new Set([true, false]));
});

test("puts any text in the place of its tokens, and the result is still one", () => {
  fc.assert(
    fc.property(anyResult({ texts: anyToken }), textPerToken(fc.string()), (result, texts) => {
      expect(faultOfResult(withTexts(result, texts))).toBeNull();
    }),
    { numRuns: 100 },
  );
});

test.each(
  [...sampleResults, incomplete, suspect, invalid].map((result) => [result.benchmark, result] as const),
)("the hand-made result of %s is one", (_, result) => expect(faultOfResult(result)).toBeNull());
