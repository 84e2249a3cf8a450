import { middle } from "../../judge/pairs.ts";
import { figure } from "../../judge/scale.ts";
import { declareTable, type RowOf } from "../../result/table.ts";
import type { Climbed } from "./climbed.ts";
import type { Given } from "./options.ts";

export const registeredTable = declareTable("registered", "What each registered tool adds to every call", {
  runtime: { kind: "label", title: "way" },
  per_tool_ms: {
    kind: "estimate",
    title: "each tool adds",
    description:
      "the difference of the medians with the most and with the fewest tools, for each tool between",
    unit: "ms",
    scale: "linear",
    headline: true,
  },
  fewest_ms: { kind: "estimate", title: "with the fewest", unit: "ms", scale: "ratio" },
  most_ms: { kind: "estimate", title: "with the most", unit: "ms", scale: "ratio" },
  tools: { kind: "numbers", title: "registered", detail: true },
  p50_ms: { kind: "numbers", title: "with each of them", unit: "ms", detail: true },
  rounds: { kind: "count", title: "rounds", description: "fresh sets of processes", counts_rounds: true },
});

export type RegisteredRow = RowOf<typeof registeredTable>;

/** A row for each way. */
export function registeredRows(climbed: readonly Climbed[], { registered }: Given): RegisteredRow[] {
  const [fewest = 0, most = 0] = [registered[0], registered.at(-1)];
  return climbed.flatMap(({ kind, of: runtime, rounds }): RegisteredRow[] => {
    if (kind !== "registered" || rounds.length === 0) return [];
    const medians = registered.map((_, n) => rounds.map(({ all }) => middle(all[n] ?? []) / 1e6));
    const [first = [], last = []] = [medians[0], medians.at(-1)];
    const perTool = last.map((ms, round) => (ms - (first[round] ?? 0)) / (most - fewest));
    return [
      {
        ...{ runtime, rounds: rounds.length, tools: [...registered] },
        ...{ per_tool_ms: figure("linear", perTool) },
        ...{ fewest_ms: figure("ratio", first), most_ms: figure("ratio", last) },
        p50_ms: medians.map((perRound) => figure("ratio", perRound).estimate),
      },
    ];
  });
}
