import { scales } from "../judge/scale.ts";
import { isAtMost } from "../judge/shapes.ts";
import { cells } from "./cell.ts";
import type { Column, Row } from "./table.ts";

/** What is wrong with a row, in words that name its column; `null` when it is as the columns declare, and fits itself. */
export function faultOfRow(columns: readonly Column[], row: Row): string | null {
  const names = new Set(columns.map(({ name }) => name));
  const extra = Object.keys(row).find((key) => !names.has(key));
  if (extra !== undefined) return `: there is no column "${extra}"`;
  return firstOf(columns, (column) => {
    const cell = row[column.name] ?? null;
    const missing = column.constraints.required ? "it is missing" : null;
    const fault = cell === null ? missing : (faultOfCell(column, cell) ?? faultBeside(columns, row, column));
    return fault === null ? null : `, column "${column.name}": ${fault}`;
  });
}

/** What is wrong with a cell by itself. */
function faultOfCell({ kind, scale, constraints }: Column, cell: unknown): string | null {
  const { enum: known, minimum } = constraints;
  const { data, error } = cells[kind].safeParse(cell);
  const [issue] = error?.issues ?? [];
  if (issue) {
    const path = issue.path.length > 0 ? `${issue.path.join(".")} does not fit: ` : "";
    return `${path}${issue.message}`;
  }
  if (known !== undefined && !(typeof data === "string" && known.includes(data)))
    return `"${data}" is none of its enum`;
  if (minimum !== undefined && typeof data === "number" && data < minimum) return `it is below ${minimum}`;
  if (kind !== "estimate" || scale === undefined) return null;
  const { estimate, low, high, per_round = [] } = cells.estimate.parse(cell);
  const figures = [estimate, low ?? estimate, high ?? estimate, ...per_round];
  return figures.some((value) => Number.isNaN(scales[scale].to(value))) ? `it is beyond a ${scale}` : null;
}

/** What is wrong with a cell beside the others of its row. */
function faultBeside(columns: readonly Column[], row: Row, column: Column): string | null {
  const number = (name: string) => cells.number.safeParse(row[name]).data;
  const { name, kind, at_least: least } = column;
  const [own, other] = [number(name), least === undefined ? undefined : number(least)];
  if (own !== undefined && other !== undefined && !isAtMost(other, own)) return `it is below ${least}`;
  if (kind !== "estimate") return null;
  const { per_round: { length = 0 } = [] } = cells.estimate.parse(row[name]);
  const counter = columns.find((one) => one.counts_rounds && length > (number(one.name) ?? length));
  return counter ? `it is over ${length} rounds, and ${counter.name} is ${row[counter.name]}` : null;
}

/** What a row is called, and no other row of its table; `null` is a label that is not there. */
export function labelsOf(columns: readonly Column[], row: Row): (string | null)[] {
  const labels = columns.filter(({ kind }) => kind === "label");
  return labels.map(({ name }) => cells.label.nullable().parse(row[name] ?? null));
}

/** Where a row stands in its table, in words. */
export function placeOf(columns: readonly Column[], row: Row, n: number): string {
  const labels = columns.filter(({ kind }) => kind === "label").map(({ name }) => String(row[name]));
  return `row ${n + 1}${labels.length === 0 ? "" : ` (${labels.join(", ")})`}`;
}

export function firstOf<T>(list: readonly T[], look: (item: T, n: number) => string | null): string | null {
  for (const [n, item] of list.entries()) {
    const found = look(item, n);
    if (found !== null) return found;
  }
  return null;
}
