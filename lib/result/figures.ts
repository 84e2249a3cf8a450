import type { ScaleName, Unit } from "../judge/shapes.ts";
import { cells } from "./cell.ts";
import { labelsOf } from "./check_row.ts";
import type { Result } from "./result.ts";
import type { Column } from "./table.ts";

/** A figure of a result that is worth comparing with that of another, or plotting over time. */
export interface Figure {
  /** Unique in a result, and the same in the next: benchmark, table, labels and column, as in `p2p_latency/tools/task_list/http/latency/p95`. */
  readonly name: string;
  /** What its row is called. */
  readonly labels: readonly string[];
  readonly unit: Unit;
  readonly value: number;
  /** The 95 % interval over rounds; `null` where there is none. */
  readonly low: number | null;
  readonly high: number | null;
  /** What each round gave; none where it is not known. */
  readonly perRound: readonly number[];
  readonly better: "lower" | "higher";
  readonly of: "estimate" | "number" | Percentile;
  /** Where its interval was taken. */
  readonly scale: ScaleName;
}

type Percentile = "p50" | "p95" | "p99";

/** Every figure of a result: what its tables call better in one way. */
export function figuresOf({ benchmark, tables }: Result): Figure[] {
  return tables.flatMap((table) =>
    table.rows.flatMap((row) => {
      const labels = labelsOf(table.columns, row).map((label) => label ?? "");
      return table.columns.flatMap(({ name, better, scale = "linear", ...column }) => {
        if (better === undefined) return [];
        const path = [benchmark, table.name, ...labels, name];
        return valuesOf({ ...column, name }, row[name] ?? null).map(({ part, ...value }): Figure => {
          return { name: toName([...path, ...part]), labels, ...value, better, scale };
        });
      });
    }),
  );
}

interface Value extends Pick<Figure, "unit" | "value" | "low" | "high" | "perRound" | "of"> {
  /** What stands behind the column in its name. */
  readonly part: readonly Percentile[];
}

const all: readonly Percentile[] = ["p50", "p95", "p99"];

function valuesOf({ kind, unit = "ms", percentiles = all }: Column, cell: unknown): Value[] {
  if (cell === null) return [];
  const alone = { part: [], low: null, high: null, perRound: [], unit };
  switch (kind) {
    case "estimate": {
      const { estimate: value, low, high, per_round: perRound = [] } = cells.estimate.parse(cell);
      return [{ part: [], of: "estimate", unit, value, low, high, perRound }];
    }
    case "latency": {
      const latency = cells.latency.parse(cell);
      return all.flatMap((of) => {
        const value = percentiles.includes(of) ? latency[`${of}_ms`] : null;
        return value === null ? [] : [{ ...alone, part: [of], of, unit: "ms", value }];
      });
    }
    case "number":
    case "count":
      return [{ ...alone, of: "number", value: cells.number.parse(cell) }];
    default:
      return [];
  }
}

/** Labels come from files: a slash in one must not look like two parts, and no name is without end. */
function toName(path: readonly string[]): string {
  return bounded(path.map((part) => bounded(encodeURIComponent(part), 100)).join("/"), 1_000);
}

/** What is cut is longer than what is not, so that it cannot be the same as another. */
function bounded(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most - 16)}~${new Bun.CryptoHasher("sha256").update(text).digest("hex").slice(0, 16)}`;
}
