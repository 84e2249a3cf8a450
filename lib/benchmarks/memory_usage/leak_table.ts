import type { Criterion } from "../../judge/shapes.ts";
import { declareTable, type RowOf } from "../../result/table.ts";
import { perCallColumn, runtimeColumn } from "./columns.ts";
import type { Given, Turn } from "./plan.ts";
import { type MemoryFound, ofRuntime, select, subjects } from "./said.ts";

export const leakTable = declareTable(
  "leak_detection",
  "Whether calls leave memory behind",
  {
    subject: {
      kind: "label",
      title: "of",
      description: "a tool; a connection that is suddenly gone; the canary, a leak that is made to be found",
      values: subjects,
    },
    tool_name: { kind: "label", title: "what is called" },
    runtime: runtimeColumn,
    iterations: {
      kind: "count",
      title: "calls",
      description: "over which the heap was read; those before it are not counted",
    },
    bytes_per_call: {
      ...perCallColumn,
      title: "left behind",
      description: "slope of the heap over calls within one process, less the control's",
      headline: true,
      optional: true,
    },
    verdict: { kind: "status", title: "verdict", headline: true },
    growing_types: { kind: "texts", title: "growing types", description: "with their objects per call" },
    needed_calls: {
      kind: "count",
      title: "enough may be",
      description: "calls, where these were too few",
      optional: true,
    },
    objects_per_call: {
      kind: "estimate",
      title: "objects left per call",
      scale: "linear",
      detail: true,
      optional: true,
    },
    branch: { kind: "text", title: "what was called", detail: true },
    calls: { kind: "numbers", title: "calls before each reading", detail: true },
    heap_bytes: { kind: "numbers", title: "heap at each reading", unit: "bytes", detail: true },
  },
  {
    description:
      "A leak takes that the bytes per call exceed the threshold with their lower bound, that the number of objects " +
      "grows, that types which grew all the time make up half of that, and that more calls show it again.",
    empty: "This run looked for no leaks.",
    charts: [
      {
        type: "growth",
        title: "Heap over the calls of a leak test",
        rows: ["subject", "tool_name"],
        series: "runtime",
        x: "calls",
        y: "heap_bytes",
        slope: "bytes_per_call",
      },
    ],
  },
);

type LeakRow = RowOf<typeof leakTable>;

/** What was found in each leak test, in the order of these turns. */
export function sumUpLeaks(found: readonly MemoryFound[], turns: readonly Turn[]): LeakRow[] {
  const all = select(found, "leak");
  return turns.flatMap(({ arm, subjects: [name] }) =>
    ofRuntime(all, arm.name)
      .filter((leak) => leak.name === name)
      .map(({ subject, branch, calls, heapBytes, growing_types, ...leak }): LeakRow => {
        const { verdict, bytes_per_call, objects_per_call, needed_calls } = leak;
        return {
          ...{ subject, tool_name: leak.name, runtime: arm.name, branch },
          ...{ verdict, bytes_per_call, objects_per_call, needed_calls },
          growing_types: growing_types.map(({ type, per_call }) => `${type} ${per_call.toFixed(2)}`),
          iterations: calls.at(-1) ?? 0,
          calls: [...calls],
          heap_bytes: [...heapBytes],
        };
      }),
  );
}

const kinds = [
  { id: "leak", of: "tool", name: "memory that a call leaves behind" },
  {
    id: "connection_leak",
    of: "connection",
    name: "memory that a client leaves behind that is suddenly gone",
  },
] as const;

/** One criterion for all tools of a runtime: what would leak unseen in one of them is not met by the others. */
export function judgeLeaks(
  leaks: readonly LeakRow[],
  tests: readonly Turn[],
  { runtimes, threshold }: Given,
): Criterion[] {
  return runtimes.flatMap(({ name: runtime }) => {
    const here = leaks.filter((leak) => leak.runtime === runtime);
    const all = here.length === tests.filter(({ arm }) => arm.name === runtime).length;
    // Who missed a known leak cannot say that there is no other.
    const blind = here.some(({ subject, verdict }) => subject === "canary" && verdict !== "leak");
    return kinds.flatMap(({ id, of, name }): Criterion[] => {
      const found = here.filter(({ subject }) => subject === of);
      const [worst] = found.toSorted(byGravity);
      if (!worst) return [];
      const has = (verdict: string) => found.some((leak) => leak.verdict === verdict);
      const unsure = blind || !all || has("insufficient data");
      return [
        {
          id,
          about: { runtime },
          name: `${name}, the most of ${found.length} (${worst.tool_name})`,
          bound: "at_most",
          target: threshold,
          ...(worst.bytes_per_call ?? { estimate: growth(worst), low: null, high: null }),
          unit: "bytes_per_call",
          scale: "linear",
          smallest_effect: null,
          status: has("leak") ? "missed" : unsure ? "inconclusive" : "met",
          rule: "Theil-Sen slope within one process by the variance of Kendall's S, less that of a loop without calls",
        },
      ];
    });
  });
}

const gravity: Readonly<Record<string, number>> = { "no leak": 0, "insufficient data": 1, leak: 2 };

/** A leak is worse than a doubt, and among the same the larger one is. */
function byGravity(a: LeakRow, b: LeakRow): number {
  const high = ({ bytes_per_call }: LeakRow) => bytes_per_call?.high ?? Number.MAX_VALUE;
  const of = ({ verdict }: LeakRow) => gravity[verdict] ?? 0;
  return of(b) - of(a) || high(b) - high(a);
}

/** All that too few readings can tell: the last less the first. */
function growth({ calls, heap_bytes: heap }: LeakRow): number {
  const over = (values: readonly number[]) => (values.at(-1) ?? Number.NaN) - (values[0] ?? Number.NaN);
  return over(heap) / over(calls);
}
