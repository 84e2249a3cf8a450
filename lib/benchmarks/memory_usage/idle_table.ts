import { figure } from "../../judge/scale.ts";
import type { Estimate } from "../../judge/shapes.ts";
import { median } from "../../judge/stats.ts";
import { declareTable, type RowOf } from "../../result/table.ts";
import { bytesColumn, roundsColumn, runtimeColumn } from "./columns.ts";
import type { Given } from "./plan.ts";
import { type MemoryFound, ofRuntime, select } from "./said.ts";

export const idleTable = declareTable(
  "idle",
  "Whether the heap stays while nothing is done",
  {
    runtime: runtimeColumn,
    drift_bytes: {
      ...bytesColumn,
      title: "drift",
      description: "what it grows by while the process does nothing",
    },
    margin_bytes: { kind: "number", title: "margin", description: "1 % of the heap", unit: "bytes" },
    verdict: { kind: "status", title: "verdict", headline: true },
    rounds: roundsColumn,
  },
  { empty: "This run read no baseline." },
);

/** A heap that moves by less than this share of itself is stable. */
const stableShare = 0.01;

/** Whether the heap stays while the process does nothing. */
export function sumUpIdle(found: readonly MemoryFound[], { runtimes }: Given): RowOf<typeof idleTable>[] {
  return runtimes.flatMap(({ name: runtime }) => {
    const heaps = ofRuntime(select(found, "idle"), runtime).map(({ heapBytes }) => heapBytes);
    if (heaps.length === 0) return [];
    const drift = figure(
      "linear",
      heaps.map((heap) => (heap.at(-1) ?? 0) - (heap[0] ?? 0)),
    );
    const margin = stableShare * median(heaps.flat());
    const verdict = judgeDrift(drift, margin);
    return [{ runtime, drift_bytes: drift, margin_bytes: margin, verdict, rounds: heaps.length }];
  });
}

function judgeDrift({ low, high }: Estimate, margin: number): string {
  if (low === null || high === null) return "inconclusive";
  if (low > margin) return "growing";
  if (high < -margin) return "shrinking";
  return low >= -margin && high <= margin ? "stable" : "inconclusive";
}
