import type { UsageError } from "../errors.ts";
import type { Criterion } from "../judge/shapes.ts";
import { canaryTable, joinCanaries } from "./canary_table.ts";
import { labelsOf } from "./check_row.ts";
import { judgeFamily } from "./family.ts";
import { decideOver, keyOf, rowsOver } from "./over.ts";
import { faulty } from "./read_json.ts";
import type { Result } from "./result.ts";
import type { Column, Row, Table } from "./table.ts";

/** One of the results to join, and the name to speak of it by. */
export interface Part {
  readonly name: string;
  readonly result: Result;
}

/** Why two parts do not belong together. */
export function unmergeable(part: string, other: string, state: string): UsageError {
  return faulty(`Cannot merge "${part}" with "${other}": `, state);
}

interface PartTable {
  readonly part: string;
  readonly table: Table;
}

/**
 * The tables of all parts, by name. Rows come in the order of the parts, or where a label knows its values, in that of
 * one run. Throws a `UsageError` for tables of unequal columns, and for a row that two parts have.
 */
export function mergeTables(parts: readonly Part[]): Table[] {
  const all = parts.flatMap(({ name, result }) => result.tables.map((table) => ({ part: name, table })));
  return [...Map.groupBy(all, ({ table }) => table.name).values()].flatMap((same) => {
    const [first] = same;
    if (!first) return [];
    for (const { part, table } of same)
      if (!Bun.deepEquals(table.columns, first.table.columns))
        throw unmergeable(part, first.part, `table "${table.name}" has other columns there`);
    if (first.table.name === canaryTable.name)
      return [{ ...first.table, rows: joinCanaries(same.flatMap(({ table }) => table.rows)) }];
    refuseTwice(same);
    const filled = same.filter(({ table }) => table.rows.length > 0);
    const rows = same.flatMap(({ table }) => table.rows);
    const joined = { ...first.table, notes: notesOf(filled.length > 0 ? filled : same) };
    return [judgeFamily({ ...joined, rows: filled.length > 1 ? inOrder(first.table.columns, rows) : rows })];
  });
}

function refuseTwice(same: readonly PartTable[]): void {
  const owners = new Map<string, string>();
  for (const { part, table } of same)
    for (const row of table.rows) {
      const labels = labelsOf(table.columns, row);
      const key = JSON.stringify(labels);
      const owner = owners.get(key);
      if (owner !== undefined)
        throw unmergeable(part, owner, `both have the row (${labels.join(", ")}) of table "${table.name}"`);
      owners.set(key, part);
    }
}

/** What several parts say counts their own rows only, unless all of them say it. */
function notesOf(same: readonly PartTable[]): string[] {
  const notes = same.flatMap(({ part, table }) => table.notes.map((note) => ({ part, note })));
  const isShared = (note: string) => same.every(({ table }) => table.notes.includes(note));
  return [...new Set(notes.map(({ part, note }) => (isShared(note) ? note : `${part}: ${note}`)))];
}

/** As labels that know their values would have it, the first of them before the next; other rows stay as they come. */
function inOrder(columns: readonly Column[], rows: readonly Row[]): Row[] {
  const known = columns.flatMap(({ name, constraints: { enum: values } }) =>
    values ? [{ name, values }] : [],
  );
  return rows.toSorted((a, b) => {
    for (const { name, values } of known) {
      const [first, second] = [a, b].map((row) => values.indexOf(String(row[name])));
      if (first !== second) return (first ?? 0) - (second ?? 0);
    }
    return 0;
  });
}

/**
 * What was judged over rows is judged anew over those of all parts, if each part that has such rows, or is not done, has
 * judged it too; other criteria are as they were. Throws a `UsageError` where two parts ask the same otherwise.
 */
export function mergeCriteria(parts: readonly Part[], tables: readonly Table[]): Criterion[] {
  const all = parts.flatMap((part) => part.result.criteria.map((criterion) => ({ part, criterion })));
  const same = Map.groupBy(all, ({ criterion }) => keyOf(criterion));
  return [...same.values()].flatMap((asked): Criterion[] => {
    const [first, ...again] = asked;
    if (!first) return [];
    const { id, about, over, rule } = first.criterion;
    const other = again.find(
      ({ criterion }) => !over || !Bun.deepEquals(questionOf(criterion), questionOf(first.criterion)),
    );
    if (other)
      throw unmergeable(other.part.name, first.part.name, `both judge "${id}" of ${JSON.stringify(about)}`);
    if (!over) return [first.criterion];
    const lacking = parts.some(
      (part) =>
        !asked.some((one) => one.part === part) &&
        (!part.result.complete || rowsOver(part.result.tables, over).length > 0),
    );
    const judged = lacking ? null : decideOver({ ...questionOf(first.criterion), over }, tables, rule);
    return judged ? [judged] : [];
  });
}

/** What a criterion asks, without what was found. */
function questionOf({ id, about, name, bound, target, unit, scale, over }: Criterion) {
  return { id, about, name, bound, target, unit, scale, over };
}
