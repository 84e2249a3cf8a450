import { type Kind, types } from "./cell.ts";
import { type Chart, readsOf } from "./chart.ts";
import { faultOfRow, firstOf, labelsOf, placeOf } from "./check_row.ts";
import type { Column, Family, Table } from "./table.ts";

/** What is wrong with tables, in words that name the table, row and column; `null` when all are as they declare. */
export function faultOfTables(tables: readonly Table[]): string | null {
  const names = tables.map(({ name }) => name);
  const twice = names.find((name, n) => names.indexOf(name) < n);
  if (twice !== undefined) return `table "${twice}" is there twice`;
  return firstOf(tables, (table) => {
    const { columns, rows, charts } = table;
    const fault =
      faultOfColumns(table) ??
      firstOf(rows, (row, n) => {
        const wrong = faultOfRow(columns, row);
        return wrong === null ? null : `${placeOf(columns, row, n)}${wrong}`;
      }) ??
      faultOfLabels(table) ??
      firstOf(charts, (chart) => faultOfLaw(chart, tables));
    return fault === null ? null : `table "${table.name}", ${fault}`;
  });
}

/** The kinds of cells that can be figures. */
const figures: readonly Kind[] = ["count", "number", "estimate", "latency"];

function faultOfColumns({ columns, charts, family }: Table): string | null {
  const names = columns.map(({ name }) => name);
  const twice = names.find((name, n) => names.indexOf(name) < n);
  if (twice !== undefined) return `column "${twice}" is there twice`;
  const fault = firstOf(columns, (column) => {
    const wrong = faultOfColumn(column, columns);
    return wrong === null ? null : `column "${column.name}": ${wrong}`;
  });
  return (
    fault ??
    firstOf(charts, (chart) => faultOfChart(chart, columns)) ??
    (family ? faultOfFamily(family, columns) : null)
  );
}

const numbers: readonly Kind[] = ["count", "number"];

function faultOfColumn(column: Column, columns: readonly Column[]): string | null {
  const { kind, type, unit, better, at_least: least, constraints } = column;
  const known = constraints.enum ?? [];
  if (type !== types[kind]) return `a ${kind} is no ${type}`;
  if (constraints.enum && kind !== "label") return `a ${kind} has no enum`;
  if (column.criterion !== undefined && kind !== "status") return `a ${kind} has no criterion`;
  if (column.counts_rounds && kind !== "count") return `a ${kind} counts no rounds`;
  if (new Set(known).size < known.length) return "its enum has a value twice";
  if (least !== undefined && !columns.some((one) => one.name === least && numbers.includes(one.kind)))
    return `there is no number "${least}"`;
  if (better === undefined) return null;
  if (!figures.includes(kind)) return `a ${kind} is no better ${better}`;
  return unit === undefined && kind !== "latency" ? "it has no unit" : null;
}

/** What is judged must be estimates, and have a place for their verdicts. */
function faultOfFamily(
  { value, control = value, status }: Family,
  columns: readonly Column[],
): string | null {
  const needed: [string, Kind][] = [
    [value, "estimate"],
    [control, "estimate"],
    [status, "status"],
  ];
  const wrong = needed.find(
    ([name, kind]) => !columns.some((column) => column.name === name && column.kind === kind),
  );
  return wrong ? `its family: there is no ${wrong[1]} "${wrong[0]}"` : null;
}

/** What a chart reads must be there, and be what it draws. */
function faultOfChart(chart: Chart, columns: readonly Column[]): string | null {
  const reads = readsOf(chart);
  return firstOf(reads, ([name, kinds]) => {
    const column = columns.find((one) => one.name === name);
    if (!column) return `chart "${chart.title}": there is no column "${name}"`;
    return kinds.includes(column.kind)
      ? null
      : `chart "${chart.title}": column "${name}" is a ${column.kind}`;
  });
}

/** A table of laws has the series of its chart, and the parameters that a curve is drawn from. */
function faultOfLaw(chart: Chart, tables: readonly Table[]): string | null {
  if (chart.type !== "lines" || chart.law === undefined) return null;
  const law = tables.find(({ name }) => name === chart.law);
  if (!law) return `chart "${chart.title}": there is no table "${chart.law}"`;
  const needed: [string, Kind][] = ["lambda", "sigma", "kappa"].map((name) => [name, "estimate"]);
  if (chart.series !== undefined) needed.push([chart.series, "label"]);
  return firstOf(needed, ([name, kind]) =>
    law.columns.some((column) => column.name === name && column.kind === kind)
      ? null
      : `chart "${chart.title}": table "${law.name}" has no ${kind} "${name}"`,
  );
}

/** No two rows may have the same labels, by which figures are compared and parts merged. */
function faultOfLabels({ columns, rows }: Table): string | null {
  const seen = new Map<string, number>();
  return firstOf(rows, (row, n) => {
    const key = JSON.stringify(labelsOf(columns, row));
    const before = seen.get(key);
    seen.set(key, n);
    return before === undefined ? null : `${placeOf(columns, row, n)}: row ${before + 1} has the same labels`;
  });
}
