import { z } from "zod";
import { MeasurementError } from "../errors.ts";
import { audit, isMonotone } from "../measure/audit.ts";
import { Histogram } from "../measure/histogram.ts";
import { type Comparison, judgeOverall, judgeSaving, toRatio } from "../measure/judge.ts";
import { median, summarize } from "../measure/stats.ts";
import type { Check, Criterion, P2pLatency } from "../result.ts";
import type { Run } from "../run.ts";

/** The module that runs one round. */
export const roundModule = new URL("./p2p_latency_round.ts", import.meta.url).pathname;

/** What a round has to do. */
export const jobSchema = z.strictObject({
  tools: z.array(z.string()),
  iterations: z.int(),
  seed: z.int(),
  round: z.int(),
});

const blocks = z.array(z.array(z.number())).describe("samples in nanoseconds, by block in the order taken");
const measured = z.strictObject({
  event: z.literal("measured"),
  tool: z.string(),
  category: z.string(),
  branch: z.string(),
  direct: blocks,
  http: blocks,
});
const roundEvent = z.discriminatedUnion("event", [
  z.strictObject({ event: z.literal("ready"), direct_pid: z.int(), http_pid: z.int() }),
  measured,
  z.strictObject({ event: z.literal("failed"), message: z.string() }),
]);

/** What a round prints, one event a line. */
export type RoundEvent = z.infer<typeof roundEvent>;
export type Measured = z.infer<typeof measured>;

/** Reads a line that a round printed. Throws the `MeasurementError` that the round met. */
export function readEvent(line: unknown) {
  const event = roundEvent.parse(line);
  if (event.event === "failed") throw new MeasurementError(event.message);
  return event;
}

/** What an event means, in words. */
export function describeEvent(round: number, event: Exclude<RoundEvent, { event: "failed" }>): string {
  if (event.event === "ready")
    return `round ${round + 1}: direct in process ${event.direct_pid}, http in process ${event.http_pid}`;
  const [direct, http] = [event.direct, event.http].map((blocks) => (median(blocks.flat()) / 1e3).toFixed(1));
  return `round ${round + 1}: ${event.tool} direct ${direct} µs, http ${http} µs`;
}

/** What was asked for; `target` is the saving to reach, in percent. */
export interface Plan {
  readonly tools: readonly string[];
  readonly iterations: number;
  readonly rounds: number;
  readonly target: number;
  readonly samples: boolean;
}

/** The claim is a range of this width: 50 to 70 percent. */
const rangePoints = 20;

/** Sums up and judges what the rounds measured so far. */
export function judgeLatency(
  rounds: readonly (readonly Measured[])[],
  plan: Plan,
  run: Run,
  complete: boolean,
): P2pLatency {
  const tools = plan.tools.flatMap((name) => {
    const runs = rounds.flat().filter(({ tool }) => tool === name);
    return runs.length > 0 ? [judgeTool(name, runs, plan)] : [];
  });
  const whole = rounds.filter((round) => round.length === plan.tools.length);
  const overall = judgeOverall(
    whole.map((round) => round.map((run) => toRatio(toComparison(run)))),
    plan.target,
  );
  return {
    benchmark: "p2p_latency",
    ...run.fields(auditLatency(tools, overall?.percent.estimate ?? 0, plan), complete),
    criteria: overall ? [overallCriterion(overall, plan.target)] : [],
    tools,
    aggregate: overall && { improvement_percent: overall.percent, runtimes: pool(whole.flat()) },
  };
}

/** What the overall saving is held against. */
export function overallCriterion(
  { percent, status }: NonNullable<ReturnType<typeof judgeOverall>>,
  targetPercent: number,
): Criterion {
  return {
    name: "latency saved by direct calls",
    target: `at least ${targetPercent} %`,
    ...percent,
    unit: "%",
    smallest_effect: null,
    status,
  };
}

function judgeTool(name: string, runs: readonly Measured[], plan: Plan): P2pLatency["tools"][number] {
  const { percent, addedMs, noisePercent, status } = judgeSaving(runs.map(toComparison), plan.target);
  const inMs = (runtime: "direct" | "http") =>
    runs.flatMap((run) => run[runtime].flat().map((ns) => ns / 1e6));
  return {
    tool_name: name,
    category: runs[0]?.category ?? "",
    branch: runs[0]?.branch ?? "",
    iterations: plan.iterations,
    rounds: runs.length,
    runtimes: pool(runs),
    histograms: { direct: distribution(runs, "direct"), http: distribution(runs, "http") },
    per_round: runs.map((run) => {
      const { control } = toRatio(toComparison(run));
      const p50_ms = { direct: median(run.direct.flat()) / 1e6, http: median(run.http.flat()) / 1e6 };
      return { p50_ms, control: { direct: control.candidate, http: control.baseline } };
    }),
    improvement_percent: percent,
    added_ms: addedMs,
    noise_percent: noisePercent,
    status,
    above_range: percent.estimate > plan.target + rangePoints,
    ...(plan.samples && { samples_ms: { direct: inMs("direct"), http: inMs("http") } }),
  };
}

function distribution(runs: readonly Measured[], runtime: "direct" | "http") {
  const histogram = new Histogram();
  for (const run of runs) for (const ns of run[runtime].flat()) histogram.record(ns);
  return histogram.toJSON();
}

function toComparison({ direct, http }: Measured): Comparison {
  return { baseline: http, candidate: direct };
}

function pool(runs: readonly Measured[]) {
  return {
    direct: summarize(runs.flatMap(({ direct }) => direct.flat())),
    http: summarize(runs.flatMap(({ http }) => http.flat())),
  };
}

function auditLatency(tools: P2pLatency["tools"], savingPercent: number, plan: Plan): Check[] {
  const due = plan.iterations * plan.rounds;
  const counted = (name: string) => {
    const runtimes = tools.find(({ tool_name }) => tool_name === name)?.runtimes;
    return runtimes?.direct.n === due && runtimes.http.n === due;
  };
  const disordered = tools.filter(
    ({ runtimes: { direct, http } }) => !isMonotone(direct) || !isMonotone(http),
  );
  const noises = tools.flatMap(({ noise_percent }) => noise_percent ?? []);
  return [
    audit(
      "sample count",
      `${due} right answers of each tool, by the path they were asked on, on each runtime`,
      plan.tools.filter((name) => !counted(name)),
    ),
    audit(
      "percentiles rise",
      "min <= p50 <= p95 <= p99 <= max",
      disordered.map(({ tool_name }) => tool_name),
    ),
    auditControl(noises, savingPercent),
  ];
}

function auditControl(noises: readonly number[], savingPercent: number): Check {
  const check = "A/A control";
  if (noises.length === 0) return { check, status: "suspect", detail: "too few samples to run one" };
  const noise = median(noises);
  const detail = `two halves of one path differ by ${noise.toFixed(1)} % (median tool), the paths by ${savingPercent.toFixed(1)} %`;
  return { check, status: Math.abs(savingPercent) > noise ? "passed" : "suspect", detail };
}
