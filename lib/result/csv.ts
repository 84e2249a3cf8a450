import { stringify } from "csv-stringify/sync";
import { z } from "zod";
import { latencySchema } from "../judge/shapes.ts";
import { cells } from "./cell.ts";
import type { Column, Table } from "./table.ts";

type Value = string | number | boolean | null;

/** A head and lines as RFC 4180 has them, with what a spreadsheet would take for a formula as text. */
export function toCsv(head: readonly string[], lines: readonly (readonly Value[])[]): string {
  return stringify([head, ...lines], {
    record_delimiter: "windows",
    // csv-stringify quotes no half of its line end; spreadsheets take other separators too.
    quoted_match: /[\r\n;\t]/,
    cast: { string: asText, boolean: String },
  });
}

/** A table's labels and cells in full, but for distributions. */
export function tableCsv({ columns, rows }: Table): string {
  const fields = columns.flatMap((column) =>
    fieldsOf(column).map((field) => ({ ...field, from: column.name })),
  );
  const lines = rows.map((row) =>
    fields.map(({ from, read }) => {
      const cell = row[from] ?? null;
      return cell === null ? null : read(cell);
    }),
  );
  return toCsv(
    fields.map(({ name }) => name),
    lines,
  );
}

interface Field {
  readonly name: string;
  readonly read: (cell: unknown) => Value;
}

const plain = z.union([z.string(), z.number(), z.boolean()]);
const ends = { "": "estimate", _low: "low", _high: "high" } as const;

/** What a column is in a CSV, where a cell holds one value. */
function fieldsOf({ name, kind }: Column): Field[] {
  switch (kind) {
    case "estimate":
      return Object.entries(ends).map(([end, key]) => ({
        name: `${name}${end}`,
        read: (cell) => cells.estimate.parse(cell)[key],
      }));
    case "latency":
      return latencySchema.keyof().options.map((key) => ({
        name: `${name}_${key}`,
        read: (cell) => cells.latency.parse(cell)[key],
      }));
    case "texts":
    case "numbers":
      return [{ name, read: JSON.stringify }];
    case "histogram":
      return [];
    default:
      return [{ name, read: (cell) => plain.parse(cell) }];
  }
}

/** A spreadsheet runs a text that begins like a formula, unless an apostrophe stands before it (OWASP, CSV injection). */
function asText(text: string): string {
  return /^[\s\p{Cc}]*[=+\-@|＝＋－＠]|^[\t\r\n]/u.test(text) ? `'${text}` : text;
}
