import { setTimeout } from "node:timers/promises";
import { z } from "zod";
import { id, type JsonObject, jsonObject } from "../../fields.ts";
import { openRandom } from "../../random.ts";

/** A row of a table; steps that derive columns add to it. */
export interface Row {
  readonly id: number;
  readonly [column: string]: string | number;
}

/** What a step leaves to the steps behind it: a JSON object, with `rows` if it is a table. Nobody changes it afterwards. */
export interface Output {
  readonly rows?: readonly Row[];
  readonly [field: string]: unknown;
}

export interface ActionContext {
  /** Aborts when the workflow is cancelled by force or the engine closes. */
  readonly signal: AbortSignal;
  readonly store: {
    /** Keeps `text` and answers its key, the SHA-256 of it. */
    put(text: string): string;
  };
}

/** One step's work. `upstream` holds the outputs of the steps it depends on, by step id, in the order of `depends_on`. */
export type Action = (
  inputs: JsonObject,
  upstream: ReadonlyMap<string, Output>,
  context: ActionContext,
) => Output | Promise<Output>;

const maxRows = 10_000;
const maxUpstreamRows = 100_000;
const categories = ["alpha", "beta", "gamma", "delta"] as const;

const nothing = z.strictObject({});
const ofField = z.strictObject({ field: id.default("value") });
const fetching = z.strictObject({
  seed: z.int().min(0).max(0xffff_ffff).default(1),
  rows: z.int().min(0).max(maxRows).default(50),
});
const processing = z.strictObject({ factor: z.number().min(-1e6).max(1e6).default(2) });
const grouping = z.strictObject({ group_by: id.default("category"), field: id.default("value") });
const holding = z.strictObject({ ms: z.int().min(0).max(60_000) });
const failing = z.strictObject({ message: z.string().max(1_000).default("asked to fail") });

/** Every action that a step may name. */
export const actions: ReadonlyMap<string, Action> = new Map<string, Action>([
  ["init", init],
  ["fetch_data", fetchData],
  ["process", process],
  ["transform", transform],
  ["merge", merge],
  ["merge_data", merge],
  ["analyze", analyze],
  ["aggregate", aggregate],
  ["store_result", storeResult],
  ["hold", hold],
  ["fail", fail],
]);

/** Takes any configuration and puts it in one form: its keys in order, without those that are null. */
function init(inputs: JsonObject): Output {
  const entries = Object.entries(jsonObject.parse(inputs)).filter(([, value]) => value !== null);
  return { config: Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1))) };
}

/** A table that its seed determines. */
function fetchData(inputs: JsonObject): Output {
  const { seed, rows } = fetching.parse(inputs);
  const { fraction } = openRandom(seed);
  return {
    rows: Array.from({ length: rows }, (_, id) => ({
      id,
      category: categories[Math.floor(fraction() * categories.length)] ?? categories[0],
      value: Math.round(fraction() * 1e6) / 1e3,
    })),
  };
}

/** Derives the columns `scaled` and `share` from `value`. */
function process(inputs: JsonObject, upstream: ReadonlyMap<string, Output>): Output {
  const { factor } = processing.parse(inputs);
  const rows = rowsOf(upstream);
  const values = column(rows, "value");
  const total = sum(values);
  return {
    rows: rows.map((row, index) => {
      const value = values[index] ?? 0;
      return { ...row, scaled: value * factor, share: total === 0 ? 0 : value / total };
    }),
  };
}

/** Maps a field to the range from 0 to 1. */
function transform(inputs: JsonObject, upstream: ReadonlyMap<string, Output>): Output {
  const { field } = ofField.parse(inputs);
  const rows = rowsOf(upstream);
  const values = column(rows, field);
  const { min, max } = extent(values);
  const span = max - min || 1;
  return { rows: rows.map((row, index) => ({ ...row, [field]: ((values[index] ?? min) - min) / span })) };
}

/** Joins the tables by `id`, in its order; where two have the same column, the later table wins. */
function merge(inputs: JsonObject, upstream: ReadonlyMap<string, Output>): Output {
  nothing.parse(inputs);
  const joined = new Map<number, Row>();
  for (const row of rowsOf(upstream)) {
    const known = joined.get(row.id);
    joined.set(row.id, known ? { ...known, ...row } : row);
  }
  return { rows: [...joined.values()].sort((a, b) => a.id - b.id) };
}

function analyze(inputs: JsonObject, upstream: ReadonlyMap<string, Output>): Output {
  const values = column(rowsOf(upstream), ofField.parse(inputs).field);
  if (values.length === 0) return { count: 0, mean: null, stdev: null, min: null, max: null };
  const mean = sum(values) / values.length;
  const variance = sum(values.map((value) => (value - mean) ** 2)) / values.length;
  return { count: values.length, mean, stdev: Math.sqrt(variance), ...extent(values) };
}

function aggregate(inputs: JsonObject, upstream: ReadonlyMap<string, Output>): Output {
  const { group_by, field } = grouping.parse(inputs);
  const rows = rowsOf(upstream);
  const values = column(rows, field);
  const groups = new Map<string, { group: string; count: number; sum: number }>();
  for (const [index, row] of rows.entries()) {
    const group = String(row[group_by] ?? "");
    const entry = groups.get(group) ?? { group, count: 0, sum: 0 };
    entry.count++;
    entry.sum += values[index] ?? 0;
    groups.set(group, entry);
  }
  return { groups: [...groups.values()].sort((a, b) => (a.group < b.group ? -1 : 1)) };
}

function storeResult(
  inputs: JsonObject,
  upstream: ReadonlyMap<string, Output>,
  { store }: ActionContext,
): Output {
  nothing.parse(inputs);
  refuseTooMany(upstream);
  const text = JSON.stringify([...upstream]);
  return { key: store.put(text), byte_length: Buffer.byteLength(text) };
}

/** Keeps its workflow running, so that there is one to cancel. */
async function hold(
  inputs: JsonObject,
  _: ReadonlyMap<string, Output>,
  { signal }: ActionContext,
): Promise<Output> {
  const { ms } = holding.parse(inputs);
  await setTimeout(ms, undefined, { signal });
  return { held_ms: ms };
}

function fail(inputs: JsonObject): never {
  throw new Error(failing.parse(inputs).message);
}

function rowsOf(upstream: ReadonlyMap<string, Output>): readonly Row[] {
  refuseTooMany(upstream);
  return [...upstream.values()].flatMap(({ rows }) => rows ?? []);
}

/** A step runs at one go: joining 1,000 tables of 10,000 rows would stop everything else for seconds. */
function refuseTooMany(upstream: ReadonlyMap<string, Output>): void {
  const count = sum([...upstream.values()].map(({ rows }) => rows?.length ?? 0));
  if (count > maxUpstreamRows)
    throw new RangeError(`Cannot read "upstream": ${count} rows, more than ${maxUpstreamRows}`);
}

function column(rows: readonly Row[], field: string): number[] {
  return rows.map((row) => {
    const value = row[field];
    if (typeof value !== "number")
      throw new TypeError(`Cannot read "${field}": row ${row.id} has no such number`);
    return value;
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function extent(values: readonly number[]) {
  return values.reduce(({ min, max }, value) => ({ min: Math.min(min, value), max: Math.max(max, value) }), {
    min: values[0] ?? 0,
    max: values[0] ?? 0,
  });
}
