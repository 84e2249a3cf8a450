import { estimate, transform } from "../../measure/stats.ts";
import type { P2pLatency } from "../../result.ts";
import { type Draft, figure, percentiles, toValue } from "./draft.ts";

/** The median of each tool on each runtime with its interval, its tail, and the saving. */
export function ofLatency({ tools, aggregate }: P2pLatency): Draft[] {
  return [
    ...tools.flatMap((tool) => [
      ...(["direct", "http"] as const).flatMap((runtime): Draft[] => {
        const [p50, ...tail] = percentiles([tool.tool_name, runtime], tool.runtimes[runtime]);
        return p50 ? [{ ...p50, ...centre(tool, runtime) }, ...tail] : [];
      }),
      figure([tool.tool_name, "saving"], "percent", tool.improvement_percent, "higher"),
    ]),
    ...(aggregate ? [figure(["overall", "saving"], "percent", aggregate.improvement_percent, "higher")] : []),
  ];
}

/**
 * The geometric mean of the rounds' medians with its interval, because a process differs more from the next than its
 * calls do. Nothing when the file has no median to take a logarithm of.
 */
function centre({ per_round }: P2pLatency["tools"][number], runtime: "direct" | "http") {
  const logarithms = per_round.map(({ p50_ms }) => Math.log(p50_ms[runtime]));
  const middle = transform(estimate(logarithms), Math.exp);
  return [middle.estimate, middle.low ?? 0, middle.high ?? 0].every(Number.isFinite) ? toValue(middle) : {};
}
