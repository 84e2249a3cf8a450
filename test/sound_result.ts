import { validity } from "../lib/judge/audit.ts";
import { histogramSchema } from "../lib/judge/histogram.ts";
import {
  type Criterion,
  type Estimate,
  fewestFor,
  latencySchema,
  type ScaleName,
} from "../lib/judge/shapes.ts";
import { verdict } from "../lib/judge/verdicts.ts";
import { sealed } from "../lib/result/comparable.ts";
import { decideOver } from "../lib/result/over.ts";
import { type Result, resultSchema } from "../lib/result/result.ts";
import type { Column, Row, Table } from "../lib/result/table.ts";

const byValue = (a: number, b: number) => a - b;
const clamp = (least: number, value: number, most: number) => Math.min(most, Math.max(least, value));

/** A result with the same texts and about the same figures, which now say what it says of them. */
export function soundResult(result: Result): Result {
  const tables = result.tables.map(soundTable);
  const criteria = result.criteria.map((criterion) => soundCriterion(criterion, tables));
  return resultSchema.parse({ ...sealed(result), validity: validity(result.audit), tables, criteria });
}

function soundTable(table: Table): Table {
  const { columns, family } = table;
  const rows = table.rows.map((row) => soundRow(columns, row));
  const judged = family
    ? rows.map((row) => {
        const found = row[family.value] ?? null;
        if (found === null || (row[family.status] ?? null) === null) return row;
        const { estimate, low, high } = Object(found);
        if (family.doubt !== undefined) return { ...row, [family.status]: "inconclusive" };
        const status = verdict({ ...family, scale: "linear" }, { estimate, low, high });
        const isAbove = status === "met" && family.above !== undefined && low !== null && low > family.above;
        return { ...row, [family.status]: isAbove ? "met (above the range)" : status };
      })
    : rows;
  return { ...table, rows: judged };
}

function soundRow(columns: readonly Column[], row: Row): Row {
  const cells = new Map(
    Object.entries(row).map(([name, cell]) => {
      const column = columns.find((one) => one.name === name);
      return [name, column && cell !== null ? soundCell(column, cell) : cell];
    }),
  );
  for (const { name, at_least: least } of columns) {
    const [own, other] = [cells.get(name), least === undefined ? undefined : cells.get(least)];
    if (typeof own === "number" && typeof other === "number") cells.set(name, Math.max(own, other));
  }
  return Object.fromEntries(cells);
}

function soundCell({ kind, scale, criterion, counts_rounds, constraints }: Column, cell: unknown): unknown {
  if (kind === "estimate") return soundEstimate(Object(cell), scale);
  if (kind === "latency") return soundLatency(cell);
  if (kind === "histogram") return soundHistogram(cell);
  if (kind === "status" && criterion !== undefined) return null;
  if (typeof cell !== "number") return cell;
  return Math.max(cell, constraints.minimum ?? cell, counts_rounds ? 3 : cell);
}

/** What a figure on each scale can be. */
const within: Readonly<Record<ScaleName, (value: number) => number>> = {
  linear: (value) => value,
  ratio: Math.abs,
  saving: (value) => Math.min(100, value),
  excess: (value) => Math.max(-100, value),
};

export function soundEstimate(found: Estimate, scale: ScaleName = "linear"): Estimate {
  const { estimate, low, high, per_round } = found;
  const rounds = per_round?.map(within[scale]);
  const own = within[scale](estimate);
  const middle = rounds ? clamp(Math.min(...rounds), own, Math.max(...rounds)) : own;
  const isKnown = low !== null && high !== null && rounds?.length !== 1;
  const [a = 0, b = 0] = isKnown ? [low, high].map(within[scale]).sort(byValue) : [];
  const ends = isKnown ? { low: Math.min(a, middle), high: Math.max(b, middle) } : { low: null, high: null };
  return { estimate: middle, ...ends, ...(rounds && { per_round: rounds }) };
}

function soundLatency(cell: unknown): unknown {
  const { n, avg_ms, stdev_ms, ...times } = Object(cell);
  const known = Object.values(times).filter((ms) => typeof ms === "number");
  const [min_ms = 0, p50_ms = 0, p95 = 0, p99 = 0, max_ms = 0] = [...known, 0, 0].slice(0, 5).sort(byValue);
  const [p95_ms, p99_ms] = [n < fewestFor.p95 ? null : p95, n < fewestFor.p99 ? null : p99];
  return latencySchema.parse({
    ...{ n, avg_ms: clamp(min_ms, avg_ms, max_ms), stdev_ms, min_ms, p50_ms, p95_ms, p99_ms, max_ms },
  });
}

function soundHistogram(cell: unknown): unknown {
  const { min_ns, max_ns, ...histogram } = Object(cell);
  const buckets: [number, number][] = Object(cell).buckets.map(([index, count]: [number, number]) => [
    index,
    clamp(1, count, 1e6),
  ]);
  const n = buckets.reduce((sum, [, count]) => sum + count, 0);
  const [least = null, most = null] =
    min_ns === null || max_ns === null ? [] : [min_ns, max_ns].sort(byValue);
  return histogramSchema.parse({ ...histogram, n, buckets, min_ns: least, max_ns: most });
}

function soundCriterion({ over, ...criterion }: Criterion, tables: readonly Table[]): Criterion {
  const { id, about, name, bound, target, unit, scale, rule } = criterion;
  const asked = { id, about, name, bound, target, unit, scale };
  const judged = over && decideOver({ ...asked, over }, tables, rule);
  const { success } = resultSchema.shape.criteria.element.safeParse(judged);
  if (judged && success) return judged;
  const isInDoubt = criterion.doubt !== undefined;
  return { ...criterion, status: isInDoubt ? "inconclusive" : verdict(asked, criterion) };
}
