import type { Latency } from "../judge/shapes.ts";
import { cells } from "../result/cell.ts";
import type { Column, Table } from "../result/table.ts";
import { showEstimate, showFigure, showTime, suffixes } from "./format.ts";
import { sparkline } from "./sparkline.ts";

/** What stands in for a figure that a run could not know. */
export const unknown = "–";

/** How much of a table there is room for: what sums it up, what most look for, or all. Labels are always there. */
export type Room = "headline" | "usual" | "all";

export interface Head {
  readonly title: string;
  /** Labels stand before all others. */
  readonly kind: "label" | "text" | "number" | "status";
}

/** A table as a person reads it. */
export interface Sheet {
  readonly head: readonly Head[];
  readonly rows: readonly (readonly string[])[];
}

/** A table in words: labels, then the rest, then details; without what there is no room for, and columns that hold nothing. */
export function toSheet({ columns, rows }: Table, room: Room): Sheet {
  const all = columns
    .filter(({ name }) => rows.length === 0 || rows.some((row) => (row[name] ?? null) !== null))
    .flatMap((column) => partsOf(column).map((part) => ({ detail: column.detail, ...part, column })));
  const chosen = all.filter(({ kind, detail, column }) => {
    if (kind === "label" || room === "all") return true;
    return detail !== true && (room === "usual" || column.headline === true);
  });
  const place = ({ kind, detail }: Part) => (kind === "label" ? 0 : detail ? 2 : 1);
  const parts = chosen.toSorted((a, b) => place(a) - place(b));
  return {
    head: parts.map(({ title, kind }) => ({ title, kind })),
    rows: rows.map((row) =>
      parts.map(({ column, show }) => {
        const cell = row[column.name] ?? null;
        return cell === null ? unknown : show(cell);
      }),
    ),
  };
}

/** The title of a column, with the unit that its cells leave out. */
export function titleOf({ title, unit }: Column): string {
  const suffix = (unit && suffixes[unit]) ?? "";
  if (title === "" || title.endsWith(suffix.trim())) return title || suffix.trim();
  return unit === "bytes_per_call" ? `${title},${suffix}` : `${title}${suffix}`;
}

/** By how much numbers must differ to be drawn as different: a heap grows by pages. */
export function levelOf({ unit }: Column): number {
  return unit === "bytes" ? 64 * 1024 : 0;
}

/** One of the columns in which a column is shown. */
interface Part extends Head {
  readonly detail?: true | undefined;
  show(cell: unknown): string;
}

function partsOf(column: Column): Part[] {
  const { kind, unit } = column;
  const as = (shown: Head["kind"], show: Part["show"]): Part[] => [
    { title: titleOf(column), kind: shown, show },
  ];
  switch (kind) {
    case "label":
    case "text":
    case "status":
      return as(kind, (cell) => cells[kind].parse(cell));
    case "texts":
      return as("text", (cell) => cells.texts.parse(cell).join(", ") || "none");
    case "flag":
      return as("text", (cell) => (cells.flag.parse(cell) ? "yes" : "no"));
    case "numbers":
      return as("text", (cell) => sparkline(cells.numbers.parse(cell), { noise: levelOf(column) }));
    case "count":
    case "number":
      return as("number", (cell) => withoutUnit(showFigure(cells[kind].parse(cell), unit), column));
    case "estimate":
      return as("number", (cell) => {
        const value = cells.estimate.parse(cell);
        // A table of one round would say so in every cell.
        const isAlone = value.low === null || value.high === null;
        return withoutUnit(isAlone ? showFigure(value.estimate, unit) : showEstimate(value, unit), column);
      });
    case "latency":
      return partsOfLatency(column);
    case "histogram":
      return [];
  }
}

function partsOfLatency({ title }: Column): Part[] {
  const named = (name: string) => `${title} ${name}`.trim();
  const time = (title: string, key: Exclude<keyof Latency, "n">): Part => ({
    ...{ title, kind: "number" },
    show: (cell) => {
      const ms = cells.latency.parse(cell)[key];
      return ms === null ? unknown : showTime(ms);
    },
  });
  const spread: Part[] = [
    time(named("mean"), "avg_ms"),
    time("deviation", "stdev_ms"),
    time("least", "min_ms"),
    time("most", "max_ms"),
    { title: "samples", kind: "number", show: (cell) => String(cells.latency.parse(cell).n) },
  ];
  return [
    ...[time(named("p50"), "p50_ms"), time("p95", "p95_ms"), time("p99", "p99_ms")],
    ...spread.map((part) => ({ ...part, detail: true as const })),
  ];
}

function withoutUnit(figure: string, { unit }: Column): string {
  const suffix = (unit && suffixes[unit]) ?? "";
  return figure.endsWith(suffix) ? figure.slice(0, figure.length - suffix.length) : figure;
}
