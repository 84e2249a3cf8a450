import { Histogram, type StoredHistogram } from "../judge/histogram.ts";
import { figure } from "../judge/scale.ts";
import { type Estimate, isAtMost, type Latency } from "../judge/shapes.ts";
import { summarize } from "../judge/stats.ts";
import { cells } from "./cell.ts";
import { placeOf } from "./check_row.ts";
import { judgeFamily } from "./family.ts";
import { decideOver } from "./over.ts";
import type { Result } from "./result.ts";
import type { Column, Row, Table } from "./table.ts";

/**
 * What does not follow in a result from the samples, distributions and rounds that it holds, a sentence for each, which
 * names the table, row and column: the figures, their intervals and the verdicts are all taken again.
 */
export function recompute({ tables, criteria }: Result): string[] {
  const ofTables = tables.flatMap((table) => {
    const judged = judgeFamily(table).rows;
    return table.rows.flatMap((row, n) =>
      table.columns.flatMap((column) => {
        const fault = faultOfCell(table, column, row, judged[n] ?? row);
        return fault === null
          ? []
          : [`table "${table.name}", ${placeOf(table.columns, row, n)}, column "${column.name}": ${fault}`];
      }),
    );
  });
  const ofCriteria = criteria.flatMap((criterion, n) => {
    const { over, per_round } = criterion;
    const due = over
      ? decideOver({ ...criterion, over }, tables, criterion.rule)
      : per_round && { ...figure(criterion.scale, per_round), status: criterion.status };
    if (!due) return [];
    const fault = differs(criterion, due) ?? (criterion.status === due.status ? null : `it is ${due.status}`);
    return fault === null ? [] : [`criteria[${n}] (${criterion.name}): ${fault}`];
  });
  return [...ofTables, ...ofCriteria];
}

function faultOfCell({ family }: Table, column: Column, row: Row, judged: Row): string | null {
  const cell = row[column.name] ?? null;
  if (cell === null) return null;
  if (family?.status === column.name)
    return cell === judged[column.name] ? null : `it is ${cell}, and follows as ${judged[column.name]}`;
  if (column.kind === "estimate") {
    const found = cells.estimate.parse(cell);
    if (!found.per_round) return null;
    const isJudged = family?.value === column.name;
    const due = isJudged
      ? cells.estimate.parse(judged[column.name])
      : figure(column.scale ?? "linear", found.per_round);
    return differs(found, due);
  }
  if (column.kind !== "latency") return null;
  const found = cells.latency.parse(cell);
  for (const name of column.sums_up ?? []) {
    const { data: samples } = cells.numbers.safeParse(row[name]);
    const { data: histogram } = cells.histogram.safeParse(row[name]);
    const fault = samples
      ? differsBy(found, summarize(samples.map((ms) => ms * 1e6)), 1e-6)
      : histogram && differsBy(found, toLatency(histogram), bucketWidth);
    if (fault) return `${fault} by "${name}"`;
  }
  return null;
}

/** A percentile of a histogram is known to within its buckets. */
const bucketWidth = 0.02;

function toLatency(stored: StoredHistogram): Latency {
  return Histogram.parse(stored).latency();
}

/** What is told otherwise than it follows; `null` when nothing is. */
function differs(told: Estimate, due: Estimate): string | null {
  for (const key of ["estimate", "low", "high"] as const) {
    const [a, b] = [told[key], due[key]];
    const isSame = a === null || b === null ? a === b : isAtMost(a, b) && isAtMost(b, a);
    if (!isSame) return `${key} is ${a}, and follows as ${b} from its rounds`;
  }
  return null;
}

function differsBy(told: Latency, due: Latency, tolerance: number): string | null {
  for (const key of ["n", "avg_ms", "min_ms", "p50_ms", "p95_ms", "p99_ms", "max_ms"] as const) {
    const [a, b] = [told[key], due[key]];
    const isSame = a === null || b === null ? a === b : Math.abs(a - b) <= tolerance * Math.abs(b);
    if (!isSame) return `${key} is ${a}, and follows as ${b}`;
  }
  return null;
}
