import { paybackOf } from "../../judge/payback.ts";
import { figure } from "../../judge/scale.ts";
import { declareTable, type Table } from "../../result/table.ts";
import type { Starts } from "./start_table.ts";

const paybackTable = declareTable(
  "paybacks",
  "After how many calls a way has made up for its later start",
  {
    runtime: { kind: "label", title: "way" },
    against: { kind: "label", title: "against" },
    after_calls: { kind: "estimate", title: "after calls", scale: "ratio" },
  },
  {
    description:
      "Two ways one of which starts later and takes less time by the call, in every start. Of any others the one that starts " +
      "sooner stays ahead, or starts did not agree.",
    empty: "Of any two ways, the one that starts sooner stays ahead.",
  },
);

/** Which ways make up for what, against which others. */
export function tableOfPaybacks(starts: readonly Starts[]): Table {
  return paybackTable.of(
    starts.flatMap((one) =>
      starts.flatMap((other) => {
        const perStart = one.own.flatMap((start) => {
          const beside = other.own.find(({ round }) => round === start.round);
          return beside ? [paybackOf(start, beside)] : [];
        });
        const known = perStart.filter((calls) => calls !== null);
        if (known.length === 0 || known.length < perStart.length) return [];
        return [{ runtime: one.runtime, against: other.runtime, after_calls: figure("ratio", known) }];
      }),
    ),
  );
}
