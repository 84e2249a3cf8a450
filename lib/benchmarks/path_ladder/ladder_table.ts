import { allCases, toolsOf } from "../../cases.ts";
import { noiseOf } from "../../judge/pairs.ts";
import { declareTable, type RowOf } from "../../result/table.ts";
import { type Climbed, nameOf } from "./climbed.ts";
import { type Finds, select } from "./said.ts";
import { rungColumns } from "./summary.ts";

export const ladderTable = declareTable(
  "ladder",
  "What a call of each tool takes by each way, and what that adds to the way it is built upon",
  {
    tool_name: { kind: "label", title: "tool", values: toolsOf(allCases) },
    ...rungColumns,
    sent_bytes: {
      ...{ kind: "count", title: "sends", unit: "bytes", better: "lower", optional: true },
      description: "on its wire, without the heads of packets",
    },
    received_bytes: {
      ...{ kind: "count", title: "receives", unit: "bytes", better: "lower", optional: true },
    },
    calls_per_s: {
      ...{ kind: "estimate", title: "calls", unit: "per_s", scale: "ratio" },
      description: "one at a time, by the mean of what they take",
    },
    branch: { kind: "text", title: "what was timed", detail: true },
  },
  {
    description:
      "One successful call at a time after both ends are warm, its answer read whole and checked. What a way takes hangs on " +
      "what else takes turns with it: figures compare with those of the same set of ways.",
    empty: "No tool was measured.",
    charts: [
      {
        type: "waterfall",
        title: "What each way adds to a call",
        each: ["tool_name"],
        step: "runtime",
        base: "base",
        level: "p50_ms",
        value: "added_ms",
      },
      {
        type: "percentiles",
        title: "Latency of each way",
        rows: ["runtime"],
        series: "tool_name",
        value: "latency",
      },
    ],
  },
);

export type LadderRow = RowOf<typeof ladderTable>;

/** A row for each tool on each way. */
export function ladderRows(climbed: readonly Climbed[], found: Finds): LadderRow[] {
  const wired = select(found, "wired", "tools");
  return climbed.flatMap(({ kind, of: tool_name, rounds, rungs }) =>
    (kind === "tools" ? rungs : []).map((rung): LadderRow => {
      const wire = wired.find(({ of, runtime }) => of === tool_name && runtime === rung.runtime);
      return {
        ...{ tool_name, branch: rounds[0]?.branch ?? "", ...rung },
        ...{ sent_bytes: wire?.sentBytes ?? null, received_bytes: wire?.receivedBytes ?? null },
      };
    }),
  );
}

/** Which steps are not told from nothing, by their interval or by their A/A control; nothing where all are. */
export function notesOnLadder(rows: readonly LadderRow[]): string[] {
  const unseen = rows.filter(({ added_ms, p50_ms, control_percent }) => {
    if (!added_ms || added_ms.low === null || added_ms.high === null) return false;
    const noise = noiseOf(control_percent, "excess") ?? Number.POSITIVE_INFINITY;
    const effect = Math.log(p50_ms.estimate / (p50_ms.estimate - added_ms.estimate));
    return (added_ms.low <= 0 && added_ms.high >= 0) || Math.abs(effect) <= noise;
  });
  if (unseen.length === 0) return [];
  const names = unseen.map((row) => nameOf(row.tool_name, row));
  return [`No more than an A/A control shows is what these add: ${names.join(", ")}.`];
}
