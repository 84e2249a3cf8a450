import { afterAll, expect, test } from "bun:test";
import { existsSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { UsageError } from "../lib/errors.ts";
import type { Criterion } from "../lib/judge/shapes.ts";
import { faultOfResult, type Result, readResult, writeResult } from "../lib/result/result.ts";
import { type Column, declareTable, type RowOf, type Table } from "../lib/result/table.ts";
import { anyResult } from "./any_result.ts";
import { temporaryFolder } from "./run_script.ts";
import { sampleComparison, sampleLatency, sampleResults } from "./sample_results.ts";

const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());
const latency = sampleLatency;

function file(content: string): string {
  const path = join(folder.path, "result.json");
  writeFileSync(path, content);
  return path;
}

const whole = JSON.stringify(latency);
const changed = (change: object) => JSON.stringify({ ...latency, ...change });

test.each(sampleResults)("reads what was written of $benchmark", (result) => {
  const path = join(folder.path, "written.json");
  writeResult(path, result);
  expect(readResult(path)).toEqual(result);
});

test.each<[string, string, string]>([
  ["cut off", whole.slice(0, -100), "it is no JSON, or not all of it"],
  ["empty", "", "it is no JSON, or not all of it (Unexpected EOF)"],
  ["not a result", '{"name":"package"}', "it is no result of a benchmark: schema_version does not fit: "],
  ["no more than a number", "7", "it is no result of a benchmark: the whole does not fit: "],
  ["older", changed({ schema_version: 1 }), "schema_version is 1, and this version of the suite reads 2"],
  ["newer", changed({ schema_version: 3 }), "schema_version is 3, and this version of the suite reads 2"],
  ["of a benchmark that is no name", changed({ benchmark: "../x" }), "benchmark does not fit: "],
  ["with a text for a number", changed({ seed: "1" }), "seed does not fit: Invalid input: expected number"],
  ["with a field of its own", changed({ note: "x" }), 'Unrecognized key: "note"'],
  ["with lines and escapes in a key", changed({ "a\n\u001b[31mb": 1 }), 'Unrecognized key: "a [31mb"'],
  ["nested deep", `${'{"options":'.repeat(50_000)}1${"}".repeat(50_000)}`, "it is nested more than 32 deep"],
  [
    "reaching for a prototype",
    whole.replace('"options":{', '"options":{"__proto__":{"x":1},'),
    'it has the key "__proto__"',
  ],
  ["with a key twice", whole.replace('"seed":1', '"seed":2,"seed":1'), "an object in it has a key twice"],
  ["with an infinite figure", whole.replace('"seed":1', '"seed":1e999'), "seed does not fit"],
])("refuses a file that is %s in one line", (_, content, state) => {
  const path = file(content);
  expect(() => readResult(path)).toThrow(UsageError);
  expect(() => readResult(path)).toThrow(state);
  expect(() => readResult(path)).toThrow(/^Cannot read ".*result\.json": .{1,300}$/u);
});

type Change = (table: Table, result: Result) => void;
const column = (table: Table, name: string) => table.columns.find((one) => one.name === name);

test.each<[string, Change, string | RegExp]>([
  [
    "a cell that is no latency",
    ({ rows }) => Object.assign(Object(rows[4]?.latency), { p50_ms: "fast" }),
    'table "tools", row 5 (task_submit, http), column "latency": p50_ms does not fit: Invalid input: expected number',
  ],
  [
    "a cell that is not there",
    ({ rows }) => delete rows[0]?.p50_ms,
    'table "tools", row 1 (workflow_submit, direct), column "p50_ms": it is missing',
  ],
  [
    "a cell of no column",
    ({ rows }) => Object.assign(rows[0] ?? {}, { more: 1 }),
    'table "tools", row 1 (workflow_submit, direct): there is no column "more"',
  ],
  [
    "a label that is not known",
    ({ rows }) => Object.assign(rows[0] ?? {}, { tool_name: "task_list" }),
    'row 1 (task_list, direct), column "tool_name": "task_list" is none of its enum',
  ],
  [
    "half a character in a label",
    ({ rows }) => Object.assign(rows[0] ?? {}, { runtime: "a\ud800" }),
    'column "runtime": it holds half a character',
  ],
  [
    "a row that is there twice",
    ({ rows }) => rows.push(...rows.slice(1, 2)),
    "row 10 (workflow_submit, http): row 2 has the same labels",
  ],
  [
    "a column that is there twice",
    ({ columns }) => columns.push(...columns.slice(0, 1)),
    'column "tool_name" is there twice',
  ],
  [
    "a column called constructor",
    ({ columns }) => Object.assign(columns[7] ?? {}, { name: "constructor" }),
    "columns[7].name does not fit",
  ],
  [
    "a type that its kind has not",
    (table) => Object.assign(column(table, "latency") ?? {}, { type: "string" }),
    'column "latency": a latency is no string',
  ],
  [
    "a text that is better",
    (table) => Object.assign(column(table, "branch") ?? {}, { better: "lower" }),
    'column "branch": a text is no better lower',
  ],
  [
    "a figure without a unit",
    (table) => delete column(table, "p50_ms")?.unit,
    'column "p50_ms": it has no unit',
  ],
  [
    "known values of a text",
    (table) => Object.assign(column(table, "branch")?.constraints ?? {}, { enum: ["a"] }),
    'column "branch": a text has no enum',
  ],
  [
    "a chart of no column",
    ({ charts }) => Object.assign(charts[0] ?? {}, { value: "time" }),
    'chart "Latency": there is no column "time"',
  ],
  [
    "a chart of another kind",
    ({ charts }) => Object.assign(charts[0] ?? {}, { value: "status" }),
    'chart "Latency": column "status" is a status',
  ],
  ["a table that is there twice", (table, { tables }) => tables.push(table), 'table "tools" is there twice'],
  [
    "a criterion that is there twice",
    (_, { criteria }) => criteria.push(...criteria.slice(0, 1)),
    "criteria[2] has the id and labels of criteria[0]",
  ],
  [
    "a criterion over no figures",
    (_, { criteria }) => Object.assign(criteria[1]?.over ?? {}, { column: "status" }),
    'criteria[1].over: table "tools" has no estimate "status"',
  ],
  [
    "a criterion over rows of no label",
    (_, { criteria }) => Object.assign(criteria[0]?.over ?? {}, { where: { arm: "direct" } }),
    'criteria[0].over: table "tools" has no label "arm"',
  ],
  [
    "a percentile below one that it is above",
    ({ rows }) => Object.assign(Object(rows[4]?.latency), { p95_ms: 0.001 }),
    'row 5 (task_submit, http), column "latency": p95_ms does not fit: it is below p50_ms',
  ],
  [
    "a mean beyond the maximum",
    ({ rows }) => Object.assign(Object(rows[0]?.latency), { avg_ms: 1e6 }),
    'row 1 (workflow_submit, direct), column "latency": max_ms does not fit: it is below avg_ms',
  ],
  [
    "a time below 0",
    ({ rows }) => Object.assign(Object(rows[0]?.latency), { min_ms: -1 }),
    'column "latency": min_ms does not fit: Too small',
  ],
  [
    "a percentile that so few samples cannot show",
    ({ rows }) => Object.assign(Object(rows[0]?.latency), { n: 298 }),
    'column "latency": p99_ms does not fit: n is too few for it',
  ],
  [
    "a latency of nothing",
    ({ rows }) => Object.assign(Object(rows[0]?.latency), { n: 0 }),
    'column "latency": n does not fit: Too small',
  ],
  [
    "an estimate that its interval does not hold",
    ({ rows }) => Object.assign(Object(rows[0]?.p50_ms), { low: 1 }),
    'column "p50_ms": estimate does not fit: it is below low',
  ],
  [
    "half an interval",
    ({ rows }) => Object.assign(Object(rows[0]?.p50_ms), { low: null }),
    'column "p50_ms": high does not fit: it has one bound',
  ],
  [
    "an interval over one round",
    ({ rows }) => Object.assign(Object(rows[0]?.p50_ms), { per_round: [0.08] }),
    'column "p50_ms": low does not fit: one round has no interval',
  ],
  [
    "an estimate that no round is near",
    ({ rows }) => Object.assign(Object(rows[0]?.p50_ms), { per_round: [7, 8, 9] }),
    'column "p50_ms": estimate does not fit: it is beyond what each round gave',
  ],
  [
    "a saving of more than all",
    ({ rows }) => Object.assign(Object(rows[0]?.improvement_percent), { high: 101 }),
    'column "improvement_percent": it is beyond a saving',
  ],
  [
    "a distribution of more than it counts",
    ({ rows }) => Object.assign(Object(rows[0]?.histogram), { n: 299 }),
    'column "histogram": buckets does not fit: they do not add up to n',
  ],
  [
    "a verdict that its interval does not give",
    ({ rows }) => Object.assign(rows[0] ?? {}, { status: "missed" }),
    /row 1 \(workflow_submit, direct\), column "status": it is missed, and its interval is 5[\d.]+ to 6[\d.]+, where at least 50 was asked/,
  ],
  [
    "a verdict above the range that is not",
    ({ rows }) => Object.assign(rows[0] ?? {}, { status: "met (above the range)" }),
    'column "status": it is met (above the range), and its interval is',
  ],
  [
    "a criterion whose verdict is another",
    (_, { criteria }) => Object.assign(criteria[0] ?? {}, { status: "missed" }),
    "criteria[0].status is missed, and its interval is",
  ],
  [
    "a criterion in doubt that is not",
    (_, { criteria }) => Object.assign(criteria[1] ?? {}, { status: "inconclusive" }),
    "criteria[1].status is inconclusive, and its interval is",
  ],
  [
    "a criterion whose interval is not about its estimate",
    (_, { criteria }) => Object.assign(criteria[0] ?? {}, { estimate: 99 }),
    "criteria[0].high does not fit: it is below estimate",
  ],
  [
    "a criterion over other figures",
    ({ rows }) => Object.assign(Object(rows[0]?.improvement_percent).per_round, { 0: 60 }),
    'criteria[0].per_round is not the mean of "improvement_percent" of table "tools"',
  ],
  [
    "another validity than that of its audit",
    (_, result) => Object.assign(result, { validity: "suspect" }),
    "validity is suspect, and by its audit the run is valid",
  ],
  [
    "a label known twice",
    (table) => column(table, "tool_name")?.constraints.enum?.push("task_submit"),
    'column "tool_name": its enum has a value twice',
  ],
])("refuses a file with %s, in words that name the place", (_, change, message) => {
  const broken = structuredClone(latency);
  const [table] = broken.tables;
  if (table) change(table, broken);
  const path = file(JSON.stringify(broken));
  expect(() => readResult(path)).toThrow(UsageError);
  expect(() => readResult(path)).toThrow(message);
});

const besides = declareTable("besides", "", {
  name: { kind: "label", title: "" },
  calls: { kind: "count", title: "", at_least: "failed" },
  failed: { kind: "count", title: "" },
  cpu_percent: { kind: "number", title: "", minimum: 0 },
  saving: { kind: "estimate", title: "", optional: true },
  status: { kind: "status", title: "", criterion: "saving", optional: true },
  rounds: { kind: "count", title: "", counts_rounds: true },
});
const beside = { name: "a", calls: 2, failed: 1, cpu_percent: 0, saving: null, status: null, rounds: 2 };
const over = (...per_round: number[]) => ({ estimate: 1, low: 1, high: 1, per_round });
const asked = {
  ...{ id: "saving", about: { name: "a" }, name: "", bound: "at_least", target: 0, unit: "percent" },
  ...{ scale: "linear", estimate: 1, low: 1, high: 1, smallest_effect: null, status: "met", rule: "" },
} as const satisfies Criterion;

test.each<[string, Partial<RowOf<typeof besides>>, string | null]>([
  ["as it says", { saving: over(1, 1), status: "met" }, null],
  ["below another column", { failed: 3 }, 'column "calls": it is below failed'],
  ["below its least", { cpu_percent: -1 }, 'column "cpu_percent": it is below 0'],
  ["over more rounds", { saving: over(1, 1, 1) }, 'column "saving": it is over 3 rounds, and rounds is 2'],
  ["of another verdict", { status: "missed" }, 'column "status": it is missed, and the criterion is met'],
  [
    "of no criterion",
    { name: "b", status: "met" },
    'column "status": it is met, and the criterion is not there',
  ],
])("holds a cell against others: %s", (_, change, fault) => {
  const table = besides.of([{ ...beside, ...change }]);
  const found = faultOfResult({ ...latency, criteria: [asked], tables: [table] });
  expect(found).toBe(fault && `table "besides", row 1 (${change.name ?? "a"}), ${fault}`);
});

test.each<[keyof Column, unknown, string | null]>([
  ["at_least", "nothing", 'there is no number "nothing"'],
  ["at_least", "status", 'there is no number "status"'],
  ["criterion", "saving", "a count has no criterion"],
  ["counts_rounds", true, null],
])("refuses a column whose %s is %p", (key, value, fault) => {
  const table = structuredClone(besides.of([]));
  Object.assign(column(table, "calls") ?? {}, { [key]: value });
  expect(faultOfResult({ ...latency, criteria: [], tables: [table] })).toBe(
    fault && `table "besides", column "calls": ${fault}`,
  );
});

test.each<[string, (laws: Table) => void, string]>([
  ["is not there", (laws) => Object.assign(laws, { name: "other" }), 'there is no table "laws"'],
  [
    "lacks a parameter",
    ({ columns }) => Object.assign(columns[2] ?? {}, { name: "sigmas" }),
    'table "laws" has no estimate "sigma"',
  ],
  [
    "knows no series",
    ({ columns }) => Object.assign(columns[0] ?? {}, { name: "side" }),
    'table "laws" has no label "arm"',
  ],
])("refuses a chart whose table of laws %s", (_, change, message) => {
  const { tables, ...rest } = structuredClone(sampleComparison);
  const laws = tables.find(({ name }) => name === "laws");
  if (!laws) throw new RangeError("Cannot break the laws: there are none");
  laws.rows = [];
  change(laws);
  expect(() => readResult(file(JSON.stringify({ ...rest, tables })))).toThrow(message);
});

test("tells labels apart that look alike when they are joined", () => {
  const table = declareTable("t", "", { a: { kind: "label", title: "" }, b: { kind: "label", title: "" } });
  const rows = [
    { a: "x, y", b: "z" },
    { a: "x", b: "y, z" },
  ];
  expect(faultOfResult({ ...latency, criteria: [], tables: [table.of(rows)] })).toBeNull();
});

test("does not write what it would not read", () => {
  const path = join(folder.path, "unsound.json");
  const result = structuredClone(latency);
  delete result.tables[0]?.rows[0]?.p50_ms;
  const message =
    'unsound.json": table "tools", row 1 (workflow_submit, direct), column "p50_ms": it is missing';
  expect(() => writeResult(path, result)).toThrow(TypeError);
  expect(() => writeResult(path, result)).toThrow(message);
  expect(existsSync(path)).toBe(false);
});

test("whatever the schema allows comes back as it was written", () => {
  fc.assert(
    fc.property(anyResult(), (result) => {
      const path = join(folder.path, "any.json");
      writeResult(path, result);
      expect(readResult(path)).toEqual(result);
    }),
    { numRuns: 150 },
  );
});

test("refuses what is no file, is too large, or waits for a writer", () => {
  expect(() => readResult(join(folder.path, "none.json"))).toThrow("no such file");
  expect(() => readResult(folder.path)).toThrow("it is no regular file");
  const fifo = join(folder.path, "fifo.json");
  Bun.spawnSync(["mkfifo", fifo]);
  expect(() => readResult(fifo)).toThrow("it is no regular file");
  const large = file("");
  truncateSync(large, 500 * 1024 * 1024);
  expect(() => readResult(large)).toThrow("it has 500 MiB, where 64 MiB is the most");
});

test("answers any text with a UsageError of one line", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.json()), (text) => {
      try {
        readResult(file(text));
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        expect(error.message).not.toMatch(/[\p{Cc}\u2028]/u);
        return;
      }
      throw new Error("it was read");
    }),
    { numRuns: 200 },
  );
});
