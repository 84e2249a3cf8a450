import { z } from "zod";
import { figure } from "../judge/scale.ts";
import { type Estimate, isAtMost } from "../judge/shapes.ts";
import { cells } from "./cell.ts";
import { declareTable, type Row, type RowOf } from "./table.ts";

/** What a run was to find again, on its machine in its time, by the instruments of its figures. */
export const canaryTable = declareTable(
  "canaries",
  "What is known, found again by this run",
  {
    canary: { kind: "label", title: "known", values: ["a delay", "errors"] },
    known_percent: { kind: "number", title: "there are", unit: "percent" },
    found_percent: { kind: "estimate", title: "found", unit: "percent", scale: "excess", optional: true },
    tolerance_percent: { kind: "number", title: "within", unit: "percent", minimum: 0 },
    calls: { kind: "count", title: "calls" },
    status: { kind: "status", title: "it is" },
  },
  {
    description:
      "Where one is not found, no verdict on times or rates holds: the machine could not see it then.",
    empty: "No job came to its end, after which they are looked for.",
  },
);

export type CanaryRow = RowOf<typeof canaryTable>;
type Looked = Pick<CanaryRow, "known_percent" | "found_percent" | "tolerance_percent">;

export const found = "found";

/** A row with its verdict: found is what shows as an effect, and at its size. */
export function judgeCanary(row: Omit<CanaryRow, "status">): CanaryRow {
  return { ...row, status: isFound(row) ? found : "not found" };
}

export function isFound({ known_percent, found_percent, tolerance_percent }: Looked): boolean {
  if (!found_percent || found_percent.low === null || found_percent.low <= 0) return false;
  return isAtMost(Math.abs(found_percent.estimate - known_percent), tolerance_percent);
}

const rowSchema = z.object({
  canary: cells.label,
  known_percent: cells.number,
  found_percent: cells.estimate.nullable(),
  tolerance_percent: cells.number,
  calls: cells.count,
  status: cells.status,
});

/** A row as a file has it. */
export function readCanary(row: Row): CanaryRow {
  return rowSchema.parse({ found_percent: null, ...row });
}

/** Those of several parts as of one run; what a part did not find, the whole has not. */
export function joinCanaries(rows: readonly Row[]): CanaryRow[] {
  const same = Map.groupBy(rows.map(readCanary), ({ canary }) => canary);
  return [...same.values()].flatMap((own) => {
    const [first] = own;
    if (!first) return [];
    const calls = own.reduce((sum, one) => sum + one.calls, 0);
    const joined = judgeCanary({ ...first, calls, found_percent: joinFound(own) });
    return own.every(({ status }) => status === found) ? joined : { ...joined, status: "not found" };
  });
}

/** The interval over all of them; of what was counted, that which is furthest off. */
function joinFound(own: readonly CanaryRow[]): Estimate | null {
  const seen = own.flatMap(({ found_percent }) => found_percent ?? []);
  if (seen.length < own.length) return null;
  const rounds = seen.map(({ per_round = [] }) => per_round);
  if (rounds.every(({ length }) => length > 0)) return figure("excess", rounds.flat());
  const off = ({ estimate }: Estimate) => Math.abs(estimate - (own[0]?.known_percent ?? 0));
  return seen.toSorted((a, b) => off(a) - off(b)).at(-1) ?? null;
}
