import fc from "fast-check";
import { z } from "zod";
import type { Criterion } from "../lib/judge/shapes.ts";
import { cells, type Kind, types } from "../lib/result/cell.ts";
import { labelsOf } from "../lib/result/check_row.ts";
import { sealed } from "../lib/result/comparable.ts";
import { keyOf } from "../lib/result/over.ts";
import { type Result, resultSchema } from "../lib/result/result.ts";
import { type Column, type Row, type Table, tableSchema } from "../lib/result/table.ts";
import { anyCharts, withLaw } from "./any_chart.ts";
import { anyJson, type Texts } from "./any_json.ts";
import { soundEstimate, soundResult } from "./sound_result.ts";

/** What breaks out of HTML, Markdown, CSV, JSON and label values when it is not escaped, and any text at all. */
const anyText = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.string({ unit: "binary", maxLength: 8 }),
  fc.constantFrom(
    "<script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    '"><svg/onload=alert(1)>',
    "| a | b |\n[x](javascript:alert(1))",
    '=HYPERLINK("http://example.com")',
    "@SUM(A1)\r\n+1,-1",
    '\\"\n} 1\n# HELP x',
    "__proto__",
    "constructor",
    "\ud800",
    "a, b",
    "",
  ),
);

const names = fc.oneof(
  fc.constantFrom("tool_name", "runtime", "latency", "status", "length", "name", "then", "x".repeat(64)),
  fc.stringMatching(/^[a-z][a-z0-9_]{0,9}$/),
);

/** Some of each kind, and now and then all that a chart needs. */
const kinds = fc
  .tuple(
    fc.array(fc.constantFrom(...z.strictObject(cells).keyof().options), { minLength: 1, maxLength: 6 }),
    fc.constantFrom<Kind[]>(
      [],
      ["label", "label", "latency", "histogram"],
      ["label", "estimate", "status"],
      ["label", "count", "estimate"],
      ["label", "label", "text", "estimate", "estimate"],
      ["label", "numbers", "numbers", "estimate"],
      ["label", "label", "texts", "number", "number"],
    ),
  )
  .map((both) => both.flat());

/**
 * Whatever a result may hold: tables of any columns, rows that fit them, charts that fit both, hostile texts and absurd
 * figures included. `texts` stand everywhere but in the names of tables and columns, and are of up to 50 characters.
 */
export function anyResult({ texts = anyText }: Partial<Texts> = {}): fc.Arbitrary<Result> {
  const any = { texts, names };
  const { tables: _, ...shape } = resultSchema.shape;
  const common = anyJson(z.strictObject(shape), any);
  const tables = fc.uniqueArray(anyTable(any), { selector: ({ name }) => name, maxLength: 3 });
  return fc.tuple(common, tables, fc.boolean()).map(([fields, plain, lawful]) => {
    const tables = lawful ? withLaw(plain) : plain;
    const sound = Object(fields).criteria.map((one: Criterion) => ({ ...one, ...soundEstimate(one) }));
    const whole = toJson({ ...Object(fields), tables, criteria: sound });
    const result = resultSchema.parse(sealed(Object(whole)));
    const keys = result.criteria.map(keyOf);
    const asked = result.criteria.filter((_, n) => keys.indexOf(keys[n] ?? "") === n);
    const criteria = asked.map(({ over, ...one }, n) => ({
      ...one,
      ...(over && overOf(tables, n)),
    }));
    return soundResult(resultSchema.parse({ ...result, criteria }));
  });
}

/** A criterion over the rows of some table, or over those with the labels of its first row. */
function overOf(tables: readonly Table[], n: number): Pick<Partial<Criterion>, "over"> {
  const found = tables.find(({ columns }) => columns.some(({ kind }) => kind === "estimate"));
  if (!found) return {};
  const names = found.columns.flatMap(({ name, kind }) => (kind === "estimate" ? [name] : []));
  const [column = "", control = column] = names;
  const labels = found.columns.flatMap(({ name, kind }) => (kind === "label" ? [name] : []));
  const own = labels.flatMap((name) => {
    const label = found.rows[0]?.[name];
    return typeof label === "string" && name.length <= 64 ? [[name, label] as const] : [];
  });
  const where = Object.fromEntries(n % 2 === 0 ? own : []);
  return { over: { table: found.name, column, where, ...(n % 3 > 0 && { control }) } };
}

/** A file knows neither -0 nor undefined. */
function toJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function anyTable(any: Texts): fc.Arbitrary<Table> {
  const { columns: _, rows: __, charts: ___, family, ...shape } = tableSchema.shape;
  const common = anyJson(z.strictObject(shape), any);
  const asked = anyJson(family, any);
  const columns = kinds.chain((list) => fc.tuple(...list.map((kind) => anyColumn(kind, any))));
  return columns
    .map((list) => list.filter(({ name }, n) => list.findIndex((one) => one.name === name) === n))
    .map(withLeast)
    .chain((columns) =>
      fc.tuple(common, asked, fc.constant(columns), anyRows(columns, any), anyCharts(columns, any.texts)),
    )
    .map(([fields, asked, columns, rows, charts]) => {
      const family = familyOf(asked, columns);
      return tableSchema.parse(toJson({ ...Object(fields), ...family, columns, rows, charts }));
    });
}

/** The last number of several figures is at least the first. */
function withLeast(columns: readonly Column[]): Column[] {
  const [first, ...others] = columns.filter(({ kind }) => kind === "count" || kind === "number");
  const last = others.findLast(({ kind }) => kind === "number");
  return columns.map((one) => (first && one === last ? { ...one, at_least: first.name } : one));
}

/** What is asked of some estimates, where there are any and a column for verdicts. */
function familyOf(asked: unknown, columns: readonly Column[]): Pick<Partial<Table>, "family"> {
  const nameOf = (kind: Kind) => columns.find((column) => column.kind === kind)?.name;
  const { family } = tableSchema.pick({ family: true }).parse({ family: asked ?? undefined });
  const [value, status] = [nameOf("estimate"), nameOf("status")];
  if (!family || value === undefined || status === undefined) return {};
  return { family: { ...family, value, status, ...(family.control !== undefined && { control: value }) } };
}

function anyLabel({ texts }: Texts): fc.Arbitrary<string> {
  return texts.map((text) => text.toWellFormed().padEnd(1, "x"));
}

/** As `faultOfTables` would have it: only what can be a figure is better in one way, and only a label has an enum. */
function anyColumn(kind: Kind, any: Texts): fc.Arbitrary<Column> {
  const { element } = tableSchema.shape.columns;
  const isFigure = ["count", "number", "estimate", "latency"].includes(kind);
  const known = fc.uniqueArray(anyLabel(any), { minLength: 3, maxLength: 6 });
  const limits: Readonly<Partial<Record<Kind, fc.Arbitrary<Partial<Column["constraints"]>>>>> = {
    label: fc.record({ enum: known }, { requiredKeys: [] }),
    number: fc.record({ minimum: fc.integer() }, { requiredKeys: [] }),
  };
  return fc
    .tuple(anyJson(element, any), fc.boolean(), limits[kind] ?? fc.constant({}))
    .map(([json, required, limits]) => {
      const fixed = { kind, type: types[kind], constraints: { required, ...limits } };
      const made = element.parse({ ...Object(json), ...fixed });
      const { better, at_least: _, criterion, counts_rounds, ...column } = made;
      return {
        ...(isFigure && better && { unit: "ms" }),
        ...column,
        ...(isFigure && better && { better }),
        ...(kind === "status" && !required && criterion !== undefined && { criterion }),
        ...(kind === "count" && counts_rounds && { counts_rounds }),
      };
    });
}

function anyRows(columns: readonly Column[], any: Texts): fc.Arbitrary<Row[]> {
  const fields = columns.map(({ name, kind, constraints: { required, enum: known } }) => {
    const label = known ? fc.constantFrom(...known) : anyLabel(any);
    const cell = kind === "label" ? label : anyJson(cells[kind], any);
    return [name, required ? cell : fc.option(cell)] as const;
  });
  const required = columns.flatMap(({ name, constraints }) => (constraints.required ? [name] : []));
  const row = fc.record(Object.fromEntries(fields), { requiredKeys: required, noNullPrototype: true });
  return fc.uniqueArray(row, { selector: (row) => JSON.stringify(labelsOf(columns, row)), maxLength: 4 });
}
