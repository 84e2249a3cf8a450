import type { Estimate } from "../measure/stats.ts";
import { showEstimate, showTime } from "./format.ts";

/** What stands in for a figure that a run could not know. */
export const unknown = "–";

type Raw = string | number | null;

/** One column of a table: what a person reads in it, and what its CSV holds, which may be several columns there. */
export interface Column<Row> {
  readonly title: string;
  readonly kind: "text" | "number" | "status";
  readonly show: (row: Row) => string;
  readonly raw: readonly (readonly [name: string, read: (row: Row) => Raw])[];
}

/** A table, ready to be shown in any form. The first cell of a row names it. */
export interface Sheet {
  /** Names the table's file, without folder and ending. */
  readonly name: string;
  readonly caption: string;
  readonly head: readonly Pick<Column<never>, "title" | "kind">[];
  readonly rows: readonly (readonly string[])[];
  /** The same figures in full, as RFC 4180 has it. */
  readonly csv: string;
}

export function toSheet<Row>(
  name: string,
  caption: string,
  rows: readonly Row[],
  columns: readonly Column<Row>[],
): Sheet {
  const raw = columns.flatMap((column) => column.raw);
  const lines = [raw.map(([title]) => title), ...rows.map((row) => raw.map(([, read]) => read(row)))];
  return {
    name,
    caption,
    head: columns.map(({ title, kind }) => ({ title, kind })),
    rows: rows.map((row) => columns.map(({ show }) => show(row))),
    csv: lines.map((line) => `${line.map(quote).join(",")}\r\n`).join(""),
  };
}

export function text<Row>(title: string, name: string, read: (row: Row) => string): Column<Row> {
  return { title, kind: "text", show: read, raw: [[name, read]] };
}

export function status<Row>(
  read: (row: Row) => string,
  show: (row: Row) => string = read,
  title = "verdict",
): Column<Row> {
  return { title, kind: "status", show, raw: [["status", read]] };
}

export function number<Row>(
  title: string,
  name: string,
  read: (row: Row) => number | null | undefined,
  show: (value: number) => string = String,
): Column<Row> {
  const shown = (row: Row) => {
    const value = read(row) ?? null;
    return value === null ? unknown : show(value);
  };
  return { title, kind: "number", show: shown, raw: [[name, (row) => read(row) ?? null]] };
}

/** A time in milliseconds. */
export function time<Row>(
  title: string,
  name: string,
  read: (row: Row) => number | null | undefined,
): Column<Row> {
  return number(title, `${name}_ms`, read, showTime);
}

/** A figure with its interval, which the CSV has in three columns. */
export function interval<Row>(
  title: string,
  name: string,
  read: (row: Row) => Estimate | null | undefined,
  show: (value: Estimate) => string = showEstimate,
): Column<Row> {
  const part = (key: keyof Estimate) => (row: Row) => read(row)?.[key] ?? null;
  const shown = (row: Row) => {
    const value = read(row);
    return value ? show(value) : unknown;
  };
  return {
    title,
    kind: "number",
    show: shown,
    raw: [
      [name, part("estimate")],
      [`${name}_low`, part("low")],
      [`${name}_high`, part("high")],
    ],
  };
}

/** A spreadsheet runs a text that begins like a formula, unless an apostrophe stands before it (OWASP, CSV injection). */
function quote(value: Raw): string {
  if (typeof value !== "string") return value === null ? "" : String(value);
  const safe = /^[\s\p{Cc}]*[=+\-@|＝＋－＠]|^[\t\r\n]/u.test(value) ? `'${value}` : value;
  return /[",\r\n\t;]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
