import { figure } from "../../judge/scale.ts";
import { mean } from "../../judge/stats.ts";
import { joinLoads, pool, throughput, unpackLoad } from "../../measure/tally.ts";
import { declareTable, type RowOf } from "../../result/table.ts";
import { afterSubmission, labels, submission } from "./columns.ts";
import type { Together } from "./loads.ts";
import { completedPerSecond, latencyOf, sumOf } from "./outcomes.ts";
import type { Scenario } from "./scenarios.ts";

const rate = { kind: "estimate", unit: "per_s", scale: "ratio", better: "higher", optional: true } as const;
const cpu = { kind: "number", unit: "percent", minimum: 0 } as const;
const memory = { kind: "number", unit: "bytes", minimum: 0, detail: true } as const;

export const togetherTable = declareTable(
  "together",
  "Many submissions in flight",
  {
    ...labels,
    concurrency: { kind: "count", title: "in flight" },
    submitted_per_s: { ...rate, title: "submitted/s", headline: true },
    submission: { ...submission, optional: true },
    completed_per_s: {
      ...rate,
      title: "completed/s",
      description: "from the first submission to the end of the last workflow",
      headline: true,
    },
    ...afterSubmission,
    client_cpu_percent: { ...cpu, title: "client CPU", description: "of one core" },
    server_cpu_percent: {
      ...cpu,
      title: "server CPU",
      description: "of one core, the process of the engine",
    },
    client_rss_bytes: {
      ...memory,
      title: "client memory",
      description: "of its process, where all runtimes are open, when the last workflow has ended",
    },
    server_rss_bytes: {
      ...memory,
      title: "server memory",
      description: "of the process of the engine, when the last workflow has ended",
      better: "lower",
    },
    issued: { kind: "count", title: "submitted", at_least: "completed", detail: true },
    refused: { kind: "count", title: "refused" },
    refusals: { kind: "texts", title: "refused with", description: "how many, by code", detail: true },
    completed: { kind: "count", title: "completed" },
    failed: { kind: "count", title: "failed", detail: true },
    cancelled: { kind: "count", title: "cancelled", detail: true },
    timeout: { kind: "count", title: "timed out", detail: true },
  },
  {
    empty: "No scenario was run with several submissions in flight.",
    charts: [
      {
        ...{ type: "percentiles", title: "Submission, many in flight" },
        ...{ rows: ["scenario"], series: "runtime", value: "submission" },
      },
      {
        ...{ type: "percentiles", title: "Completion, many in flight" },
        ...{ rows: ["scenario"], series: "runtime", value: "completion" },
      },
    ],
  },
);

export const detailTable = declareTable(
  "details",
  "Where the time of steps goes, many submissions in flight",
  {
    ...labels,
    waiting: {
      kind: "latency",
      title: "waiting",
      description: "of a step, since the last that it depends on has ended, or since the submission",
    },
    running: { kind: "latency", title: "running", description: "of a step" },
    critical_path: {
      kind: "latency",
      title: "critical path",
      description: "what the longest chain of steps takes by running alone",
    },
    added: { kind: "latency", title: "the rest", description: "what the completion takes beyond that" },
    added_per_edge: {
      kind: "latency",
      title: "at each of its edges",
      description: "what a hand-over takes on that chain",
      optional: true,
    },
  },
  { empty: "No workflow was completed." },
);

export const timelineTable = declareTable(
  "timeline",
  "One workflow of each scenario, step by step",
  {
    ...labels,
    step: { kind: "label", title: "step" },
    depends_on: { kind: "texts", title: "depends on" },
    started_ms: { kind: "number", title: "started after", unit: "ms" },
    ended_ms: { kind: "number", title: "ended after", unit: "ms", at_least: "started_ms" },
  },
  {
    description: "In the middle of many, from its submission on.",
    empty: "No workflow was completed.",
    folded: true,
    charts: [
      {
        ...{ type: "timeline", title: "Timeline of one workflow", each: ["scenario", "runtime"] },
        ...{ step: "step", depends_on: "depends_on", started: "started_ms", ended: "ended_ms" },
      },
    ],
  },
);

/** A scenario on one runtime, with what each round measured of it. */
export interface Run {
  readonly scenario: Scenario;
  readonly runtime: string;
  readonly rounds: readonly [Together, ...Together[]];
}

export function togetherRow({ scenario, runtime, rounds }: Run): RowOf<typeof togetherTable> {
  const outcomes = rounds.map((round) => round.outcomes);
  const loads = rounds.map(({ load }) => unpackLoad(load));
  const { issued, tallies } = joinLoads(loads);
  const { service, failed } = pool(tallies);
  const used = (of: (run: Together) => number) => rounds.map(of);
  return {
    ...{ scenario, runtime, concurrency: rounds[0].concurrency },
    submitted_per_s: rateOf(loads.map(throughput)),
    submission: service.n === 0 ? null : service.latency(),
    completed_per_s: rateOf(outcomes.map(completedPerSecond)),
    completion: latencyOf(outcomes, "completion"),
    hand_over: latencyOf(outcomes, "hand_over"),
    client_cpu_percent: mean(used(({ client }) => client.cpuPercent)),
    server_cpu_percent: mean(used(({ server }) => server.cpuPercent)),
    client_rss_bytes: Math.max(...used(({ client }) => client.rssBytes)),
    server_rss_bytes: Math.max(...used(({ server }) => server.rssBytes)),
    issued,
    refused: issued - service.n,
    refusals: [...failed].map(([code, count]) => `${count} ${code}`),
    completed: sumOf(outcomes, "completed"),
    failed: sumOf(outcomes, "failed"),
    cancelled: sumOf(outcomes, "cancelled"),
    timeout: sumOf(outcomes, "timeout"),
  };
}

/** Over the rounds that have one above 0. */
function rateOf(perRound: readonly (number | null)[]) {
  const rates = perRound.flatMap((rate) => rate || []);
  return rates.length === 0 ? null : figure("ratio", rates);
}

/** No row when no workflow was completed. */
export function detailRows({ scenario, runtime, rounds }: Run): RowOf<typeof detailTable>[] {
  const outcomes = rounds.map((round) => round.outcomes);
  const [waiting, running] = [latencyOf(outcomes, "waiting"), latencyOf(outcomes, "running")];
  const [critical_path, added] = [latencyOf(outcomes, "critical_path"), latencyOf(outcomes, "added")];
  if (!waiting || !running || !critical_path || !added) return [];
  const added_per_edge = latencyOf(outcomes, "per_edge");
  return [{ scenario, runtime, waiting, running, critical_path, added, added_per_edge }];
}

/** Of the first round. */
export function timelineRows({ scenario, runtime, rounds }: Run): RowOf<typeof timelineTable>[] {
  return rounds[0].outcomes.timeline.map(({ step, dependsOn, startedMs, endedMs }) => ({
    ...{ scenario, runtime, step, depends_on: [...dependsOn], started_ms: startedMs, ended_ms: endedMs },
  }));
}
