import type { z } from "zod";
import type { Chart, Typed } from "../../../result/chart.ts";
import type { Column, Row, Table } from "../../../result/table.ts";
import { mostSeries, type Series, toSeries } from "../series.ts";

/** A chart of one type, the table that it draws, and all of its result. */
export interface ChartOf<Type extends Chart["type"]> {
  readonly chart: Typed<Type>;
  readonly table: Table;
  readonly tables: readonly Table[];
}

/** What is drawn of one row of a table: in which row of the chart, and as which series. */
export interface Lane<Value> {
  readonly row: number;
  readonly series: string;
  readonly value: Value;
}

export interface Lanes<Value> {
  /** Of the rows of the chart. */
  readonly names: readonly string[];
  readonly series: readonly Series[];
  readonly lanes: readonly Lane<Value>[];
  /** Of `sayCut`. */
  readonly cut: string;
}

interface Asked<Value> {
  readonly rows: readonly string[];
  readonly series?: string | undefined;
  /** More rows than these would be a chart that nobody reads; the table has them all. */
  readonly most: number;
  /** `undefined` where a row has nothing to draw. */
  read(row: Row): Value | undefined;
}

/** Lays the rows of a table out in those of a chart. Labels that are the same in all of them are not in their names. */
export function toLanes<Value>(
  table: Table,
  tables: readonly Table[],
  { rows: labels, series: label, most, read }: Asked<Value>,
): Lanes<Value> {
  const drawn = table.rows.flatMap((row) => {
    const value = read(row);
    const path = labels.map((name) => String(row[name] ?? "–"));
    return value === undefined ? [] : [{ path, series: nameOf(row, label), value }];
  });
  const telling = labels.flatMap((_, at) =>
    new Set(drawn.map(({ path }) => path[at])).size > 1 ? [at] : [],
  );
  const all = [...Map.groupBy(drawn, ({ path }) => JSON.stringify(path)).values()];
  const groups = all.slice(0, most);
  const names = new Set(groups.flat().map(({ series }) => series));
  const shown = new Set([...names].slice(0, mostSeries));
  return {
    names: groups.map(([first]) =>
      (telling.length > 0 ? telling : [0]).map((at) => first?.path[at] ?? "").join(", "),
    ),
    series: toSeries([...shown], orderOf(tables, label)),
    lanes: groups.flatMap((group, row) =>
      group.flatMap(({ series, value }) => (shown.has(series) ? [{ row, series, value }] : [])),
    ),
    cut: [sayCut(groups.length, all.length, "rows"), sayCut(shown.size, names.size, "series")].join(""),
  };
}

/** The values of a label in the order in which a result has them, by which they look the same in all its charts. */
export function orderOf(tables: readonly Table[], label: string | undefined): string[] {
  const columns = tables.flatMap(({ columns, rows }) =>
    columns.flatMap(({ name, kind, constraints }) =>
      kind === "label" && name === label ? [{ known: constraints.enum ?? [], rows }] : [],
    ),
  );
  return [
    ...new Set(columns.flatMap(({ known, rows }) => [...known, ...rows.map((row) => nameOf(row, label))])),
  ];
}

/** What a row is called as a series. */
export function nameOf(row: Row, label: string | undefined): string {
  return label === undefined ? "" : String(row[label] ?? "–");
}

/** The column of that name, which the table's check has found. */
export function columnOf({ columns }: Table, name: string): Column {
  const column = columns.find((one) => one.name === name);
  if (!column) throw new TypeError(`Cannot draw "${name}": there is no such column`);
  return column;
}

/** A cell as its kind has it. */
export function readCell<Cell>(kind: z.ZodType<Cell>, cell: unknown): Cell | null {
  return cell === undefined || cell === null ? null : kind.parse(cell);
}

/** What was left out, as the end of a sentence; nothing where all is there. */
export function sayCut(shown: number, all: number, what: string): string {
  return shown < all ? `; the first ${shown} of ${all} ${what} are drawn` : "";
}
