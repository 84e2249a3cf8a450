import { declareTable } from "../result/table.ts";
import type { CallPlan } from "./plan.ts";

const table = declareTable("left_out", "Tools that were not measured", {
  tool_name: { kind: "label", title: "tool" },
  reason: { kind: "text", title: "why" },
});

const howToAsk = "One of them is called all the same where --call or --calls asks for it.";

/** Which tools were not measured, of ours or of what was brought, with the reasons; no table where all were. */
export function leftOutTable({ left_out, called }: CallPlan) {
  return left_out.length === 0
    ? []
    : [
        table.of(
          left_out.map(({ tool, reason }) => ({ tool_name: tool, reason })),
          called.length === 0 ? [] : [howToAsk],
        ),
      ];
}
