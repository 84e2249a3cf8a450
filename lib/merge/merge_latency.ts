import { z } from "zod";
import { overallCriterion } from "../benchmarks/p2p_latency.ts";
import { p2pCases } from "../cases.ts";
import { UsageError } from "../errors.ts";
import { Histogram } from "../measure/histogram.ts";
import { judgeOverall, type RoundRatio } from "../measure/judge.ts";
import type { P2pLatency } from "../result.ts";
import { inOrder } from "./in_order.ts";
import type { Part } from "./merge_results.ts";

type Tool = P2pLatency["tools"][number];

const targetSchema = z.object({ target: z.number() });

/** The tools of all parts, judged together from what each round found of each tool. */
export function mergeLatency(parts: readonly Part<P2pLatency>[]) {
  const known = p2pCases.map(({ tool }) => tool);
  const tools = inOrder(
    parts,
    ({ tools }) => tools,
    ({ tool_name }) => tool_name,
    known,
  );
  const overall = parts.every(({ result }) => result.aggregate) ? judgeTools(parts, tools) : null;
  return {
    benchmark: "p2p_latency" as const,
    criteria: overall ? [overall.criterion] : [],
    tools,
    aggregate: overall && {
      improvement_percent: overall.percent,
      runtimes: { direct: pool(parts, tools, "direct"), http: pool(parts, tools, "http") },
    },
  };
}

function judgeTools(parts: readonly Part<P2pLatency>[], tools: readonly Tool[]) {
  const target = targetSchema.safeParse(parts[0]?.result.options);
  if (!target.success) throw new UsageError(`Cannot merge "${parts[0]?.name}": options.target is no number`);
  const whole = Math.min(...tools.map(({ per_round }) => per_round.length));
  if (!Number.isFinite(whole)) return null;
  const rounds = Array.from({ length: whole }, (_, round) =>
    tools.flatMap(({ per_round }) => (per_round[round] ? [toRatio(per_round[round])] : [])),
  );
  const overall = judgeOverall(rounds, target.data.target);
  return overall && { percent: overall.percent, criterion: overallCriterion(overall, target.data.target) };
}

function toRatio({ p50_ms, control }: Tool["per_round"][number]): RoundRatio {
  return {
    logRatio: Math.log(p50_ms.direct / p50_ms.http),
    control: { baseline: control.http, candidate: control.direct },
  };
}

function pool(parts: readonly Part[], tools: readonly Tool[], runtime: "direct" | "http") {
  const all = new Histogram();
  for (const { histograms } of tools) all.merge(Histogram.parse(histograms[runtime]));
  if (all.n > 0) return all.latency();
  throw new UsageError(`Cannot merge "${parts[0]?.name}": its histograms hold no samples`);
}
