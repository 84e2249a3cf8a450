import { ruleFor } from "../../judge/interval.ts";
import { noiseOf } from "../../judge/pairs.ts";
import { figure } from "../../judge/scale.ts";
import type { Criterion, ScaleName } from "../../judge/shapes.ts";
import { mean } from "../../judge/stats.ts";
import { decide } from "../../judge/verdicts.ts";
import { joinLoads, pool, throughput } from "../../measure/tally.ts";
import { declareTable, type RowOf } from "../../result/table.ts";
import { controlOf, dual, type Given, type Workload, workloads } from "./options.ts";
import {
  type Compare,
  excess,
  latencyOf,
  medianService,
  moreCalls,
  namesOf,
  saving,
  versus,
} from "./ratios.ts";
import type { LoadSaid, Ran } from "./said.ts";

export const workloadTable = declareTable(
  "workloads",
  "Throughput, latency and load by workload",
  {
    workload: { kind: "label", title: "workload", values: workloads },
    runtime: { kind: "label", title: "runtime" },
    throughput_per_s: {
      kind: "estimate",
      title: "calls",
      description: "successful; under load the time for preparing them is included, in sequential it is not",
      unit: "per_s",
      scale: "ratio",
      better: "higher",
      headline: true,
    },
    p2p: { kind: "latency", title: "P2P", better: "lower", optional: true },
    general: { kind: "latency", title: "general", better: "lower", optional: true },
    p2p_saving_percent: {
      kind: "estimate",
      title: "P2P tools save",
      description: "against the reference, from the geometric mean of the tools' ratios of medians",
      unit: "percent",
      scale: "saving",
      better: "higher",
      headline: true,
      optional: true,
    },
    general_excess_percent: {
      kind: "estimate",
      title: "general tools take more",
      description:
        "than on the reference, likewise; under load with more calls in flight, not with more work",
      unit: "percent",
      scale: "excess",
      headline: true,
      optional: true,
    },
    throughput_excess_percent: {
      kind: "estimate",
      title: "more calls",
      description: "per second than on the reference",
      unit: "percent",
      scale: "excess",
      optional: true,
    },
    client_cpu_percent: {
      kind: "number",
      title: "client CPU",
      description: "of one core",
      unit: "percent",
      minimum: 0,
      optional: true,
    },
    server_cpu_percent: {
      kind: "number",
      title: "server CPU",
      description: "of the process that serves the general tools",
      unit: "percent",
      minimum: 0,
      optional: true,
    },
    server_rss_bytes: {
      kind: "number",
      title: "server memory",
      unit: "bytes",
      better: "lower",
      optional: true,
    },
    mean_in_flight: { kind: "number", title: "calls in flight", minimum: 0, detail: true },
    concurrency: { kind: "count", title: "callers", detail: true },
    issued: { kind: "count", title: "calls made", detail: true },
    rounds: { kind: "count", title: "rounds", detail: true, counts_rounds: true },
    errors: { kind: "texts", title: "errors", detail: true },
  },
  {
    description:
      "In the arm “dual” P2P tools run by direct call and general tools on the reference. Callers start their next call when their last one ended.",
    empty: "No workload was run to the end, so there is no figure.",
    charts: [
      {
        type: "percentiles",
        title: "Latency of P2P tools",
        rows: ["workload"],
        series: "runtime",
        value: "p2p",
      },
      {
        type: "percentiles",
        title: "Latency of general tools",
        rows: ["workload"],
        series: "runtime",
        value: "general",
      },
    ],
  },
);

export type WorkloadRow = RowOf<typeof workloadTable>;

/** A row for each side. */
export function sumUpWorkload(
  workload: Workload,
  all: readonly Ran<LoadSaid>[],
  given: Given,
): WorkloadRow[] {
  const runs = all.filter(({ said }) => said.workload === workload);
  return namesOf(runs).map((runtime) => {
    const own = runs.filter(({ said }) => said.runtime === runtime);
    const loads = own.map(({ load }) => load);
    const { issued, meanInFlight, tallies } = joinLoads(loads);
    const usages = own.flatMap(({ said }) => said.usage ?? []);
    const used = (of: (usage: (typeof usages)[number]) => number) =>
      usages.length === 0 ? null : mean(usages.map(of));
    const against = (scale: ScaleName, compare: Compare) =>
      versus(runs, runtime, given.reference, scale, compare);
    return {
      workload,
      runtime,
      throughput_per_s: figure("ratio", loads.map(throughput)),
      p2p: latencyOf(loads, "p2p", "service"),
      general: latencyOf(loads, "general", "service"),
      p2p_saving_percent: against("saving", saving(medianService)),
      general_excess_percent: against("excess", excess(medianService)),
      throughput_excess_percent: against("excess", moreCalls),
      client_cpu_percent: used(({ client }) => client.cpuPercent),
      server_cpu_percent: used(({ server }) => server.cpuPercent),
      server_rss_bytes: usages.length === 0 ? null : Math.max(...usages.map(({ server }) => server.rssBytes)),
      mean_in_flight: meanInFlight,
      concurrency: workload === "sequential" ? 1 : given.concurrency,
      issued,
      rounds: own.length,
      errors: [...pool(tallies).failed].map(([code, count]) => `${count} ${code}`),
    };
  });
}

/** The claim is about the arm that has both runtimes, so that only it is judged; the others stand beside it. */
export function judgeWorkload(row: WorkloadRow, rows: readonly WorkloadRow[], given: Given): Criterion[] {
  const { target, margin, reference } = given;
  if (row.runtime !== dual) return [];
  const { workload, rounds, p2p_saving_percent: saved, throughput_excess_percent: more } = row;
  const control = rows.find((one) => one.workload === workload && one.runtime === controlOf(reference));
  const common = { about: { workload }, unit: "percent", bound: "at_least" } as const;
  const savingAsked = { ...common, id: "p2p_saving", target, scale: "saving" } as const;
  const callsAsked = { ...common, id: "more_calls", target: -margin, scale: "excess" } as const;
  const noise = noiseOf(control?.p2p_saving_percent, "saving");
  const rule = ruleFor(rounds);
  const names = {
    saving: `time that P2P tools save in ${dual} against ${reference}`,
    calls: `calls per second that ${dual} makes more than ${reference}`,
  };
  return [
    ...(saved ? [decide({ ...savingAsked, name: names.saving }, saved, { noise, rule })] : []),
    ...(more && workload !== "sequential"
      ? [decide({ ...callsAsked, name: names.calls }, more, { rule })]
      : []),
  ];
}
