import { curveOf, steadyFrom } from "../../judge/payback.ts";
import { median } from "../../judge/stats.ts";
import { declareTable, type Table } from "../../result/table.ts";
import type { Starts } from "./start_table.ts";

/** Where parts of the curve begin, by the number of the call. */
const from = [1, 2, 11, 101, 501, 1_001, 2_001];

const part = { kind: "number", unit: "ms", optional: true } as const;

const warmUpTable = declareTable(
  "warm_up",
  "What a call of it takes by its number, from the first one on",
  {
    runtime: { kind: "label", title: "way" },
    call_1_ms: { ...part, title: "1st" },
    call_2_ms: { ...part, title: "from 2nd" },
    call_11_ms: { ...part, title: "11th" },
    call_101_ms: { ...part, title: "101st" },
    call_501_ms: { ...part, title: "501st" },
    call_1001_ms: { ...part, title: "1,001st" },
    call_2001_ms: { ...part, title: "2,001st" },
    steady_from: {
      kind: "count",
      title: "steady from",
      description: "the call from which on all medians are within 10 % of the last; – where only that one is",
      optional: true,
    },
  },
  { description: "Medians of the calls up to the next column, and of those over the starts." },
);

/** How calls of each way get faster. */
export function tableOfWarmUps(starts: readonly Starts[]): Table {
  return warmUpTable.of(
    starts.map(({ runtime, own }) => {
      const curves = own.map(({ callsNs }) => curveOf(callsNs, from));
      const curve = from.map((_, n) => {
        const known = curves.flatMap((one) => one[n] ?? []);
        return known.length === 0 ? null : median(known) / 1e6;
      });
      const at = (call: number) => curve[from.indexOf(call)] ?? null;
      const steady = steadyFrom(curve);
      return {
        ...{ runtime, call_1_ms: at(1), call_2_ms: at(2), call_11_ms: at(11), call_101_ms: at(101) },
        ...{ call_501_ms: at(501), call_1001_ms: at(1_001), call_2001_ms: at(2_001) },
        steady_from: steady === null ? null : (from[steady] ?? null),
      };
    }),
  );
}
