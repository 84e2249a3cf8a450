import type { Criterion } from "../../judge/shapes.ts";
import { theilSen } from "../../judge/theil_sen.ts";
import type { MemoryReader } from "../../measure/heap_reader.ts";
import { showEstimate } from "../../report/format.ts";
import { declareTable, type RowOf } from "../../result/table.ts";
import { amountOf, sizes } from "./amounts.ts";
import { type Answer, atMost, joined } from "./answer.ts";
import type { Given } from "./options.ts";
import { type ProbeFound, type Said, select } from "./said.ts";

const leakTable = declareTable(
  "leak",
  "Leak",
  {
    of: { kind: "label", title: "of a", values: ["call", "session"] },
    left_behind: {
      ...{ kind: "estimate", title: "left behind", unit: "bytes_per_call", scale: "linear", optional: true },
      ...{ better: "lower", headline: true },
      description: "slope of what is held over calls or sessions, after a lead-in",
    },
    read_by: { kind: "text", title: "read", description: "the heap, after collecting, or what is resident" },
    count: { kind: "count", title: "over", description: "calls or sessions" },
    counts: { kind: "numbers", title: "before each reading", detail: true },
    bytes: { kind: "numbers", title: "held at each reading", unit: "bytes", detail: true },
    verdict: { kind: "status", title: "verdict", headline: true },
  },
  {
    empty: "Its memory cannot be seen from here.",
    charts: [
      { type: "growth", title: "What is held", rows: ["of"], x: "counts", y: "bytes", slope: "left_behind" },
    ],
  },
);

/**
 * What a server may grow by that leaves nothing behind, while it is looked at: code that is compiled, and caches of an
 * engine; and what is resident, by the room that its collector takes.
 */
const allowance: Readonly<Record<MemoryReader["kind"], number>> = {
  heap: 256 * 1024,
  resident: 32 * 1024 * 1024,
};
/** Less is none that anybody would look for, however many calls there were. */
const leastLeak = 64;

const words = { heap: "heap after collecting", resident: "resident memory" } as const;
const verdicts = { met: "no leak", missed: "leak", inconclusive: "not told" } as const;

type Grown = Extract<Said, { kind: "growth" }>;

/** Whether calls leave something behind, and sessions. */
export function answerLeaks(found: readonly ProbeFound[], given: Given): Answer {
  const judged = select(found, "growth").flatMap((grown) => judge(grown, given) ?? []);
  const rows = judged.map(({ row }) => row);
  const line = joined(judged.map(({ line }) => line));
  return {
    table: leakTable.of(rows, [line || "its memory cannot be seen from here"]),
    criteria: judged.map(({ criterion }) => criterion),
  };
}

function judge(
  { of, by, points }: Grown,
  { max_leak }: Given,
): { readonly row: RowOf<typeof leakTable>; readonly line: string; readonly criterion: Criterion } | null {
  const slope = theilSen(points);
  const count = (points.at(-1)?.[0] ?? 0) - (points[0]?.[0] ?? 0);
  if (!slope || count === 0) return null;
  const target =
    max_leak === undefined
      ? Math.max(leastLeak, Math.ceil(allowance[by] / count))
      : amountOf(max_leak, sizes);
  const limit = { target, unit: "bytes_per_call", scale: "linear" } as const;
  const rule = "Theil-Sen slope within one process by the variance of Kendall's S";
  const criterion = atMost(
    { id: `${of}_leak`, name: `memory that a ${of} leaves behind`, ...limit },
    slope,
    rule,
  );
  const verdict = verdicts[criterion.status];
  const size = showEstimate(slope, "bytes_per_call").replace(/ per call$/, "");
  return {
    row: {
      ...{ of, left_behind: { ...slope }, read_by: words[by], count, verdict },
      counts: points.map(([made]) => made),
      bytes: points.map(([, bytes]) => bytes),
    },
    line: `${verdict}: ${size} a ${of} over ${count.toLocaleString("en")} (${words[by]})`,
    criterion,
  };
}
