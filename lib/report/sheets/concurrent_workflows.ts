import prettyBytes from "pretty-bytes";
import type { ConcurrentWorkflows } from "../../result.ts";
import { showEstimate, showRange } from "../format.ts";
import { interval, number, type Sheet, text, time, toSheet, unknown } from "../sheet.ts";
import { percentileColumns } from "./latency_columns.ts";
import { percent, showErrors } from "./runtime_comparison.ts";

export type WorkflowRow = ReturnType<typeof workflowRows>[number];
export type Timeline = ReturnType<typeof timelines>[number];

/** Each scenario on each runtime, one workflow at a time and together, in the order of the result. */
export function workflowRows({ scenarios }: ConcurrentWorkflows) {
  return scenarios.flatMap(({ scenario, concurrency, runtimes }) =>
    (["alone", "together"] as const).flatMap((load) =>
      runtimes.flatMap(({ runtime, [load]: measured }) =>
        measured
          ? [{ scenario, runtime, load: load === "alone" ? load : `${concurrency} in flight`, measured }]
          : [],
      ),
    ),
  );
}

const which = [
  text<WorkflowRow>("scenario", "scenario", ({ scenario }) => scenario),
  text<WorkflowRow>("load", "load", ({ load }) => load),
  text<WorkflowRow>("runtime", "runtime", ({ runtime }) => runtime),
];

/** How long submitting and completing took. */
export function latencySheet(result: ConcurrentWorkflows): Sheet {
  const completion = ({ measured }: WorkflowRow) => measured.execution.completion;
  const handOver = ({ measured }: WorkflowRow) => measured.execution.hand_over?.p50_ms;
  const caption = "Submission and completion by scenario and runtime";
  return toSheet<WorkflowRow>("concurrent_workflows-latency", caption, workflowRows(result), [
    ...which,
    ...percentileColumns<WorkflowRow>("submission", "submission", ({ measured }) => measured.submission),
    ...percentileColumns("completion", "completion", completion),
    time("hand-over p50", "hand_over_p50", handOver),
    text("ended", "ended", ({ measured }) => showEndings(measured.execution.endings)),
  ]);
}

/** How many workflows a second were submitted and completed, and what that took. */
export function throughputSheet({ scenarios }: ConcurrentWorkflows): Sheet {
  const rows = scenarios.flatMap(({ scenario, concurrency, runtimes }) =>
    runtimes.flatMap(({ runtime, together }) =>
      together ? [{ scenario, concurrency, runtime, ...together }] : [],
    ),
  );
  type Row = (typeof rows)[number];
  return toSheet<Row>(
    "concurrent_workflows-throughput",
    "Throughput and load by scenario and runtime",
    rows,
    [
      text("scenario", "scenario", ({ scenario }) => scenario),
      text("runtime", "runtime", ({ runtime }) => runtime),
      number("in flight", "concurrency", ({ concurrency }) => concurrency),
      interval("submitted/s", "submitted_per_s", (row) => row.submitted_per_s, showRange),
      interval("completed/s", "completed_per_s", (row) => row.completed_per_s, showRange),
      number("client CPU", "client_cpu_percent", ({ client }) => client.cpu_percent.estimate, percent),
      number("server CPU", "server_cpu_percent", ({ server }) => server.cpu_percent.estimate, percent),
      number(
        "server memory",
        "server_rss_bytes",
        ({ server }) => server.rss_bytes,
        (bytes) => prettyBytes(bytes, { binary: true }),
      ),
      text("refused", "errors", ({ errors }) => showErrors(errors)),
    ],
  );
}

/** What HTTP adds to a submission. */
export function addedSheet({ scenarios }: ConcurrentWorkflows): Sheet {
  const rows = scenarios.flatMap(({ scenario, http_adds }) =>
    http_adds ? [{ scenario, ...http_adds }] : [],
  );
  return toSheet("concurrent_workflows-http", "What HTTP adds to a submission, one at a time", rows, [
    text("scenario", "scenario", ({ scenario }) => scenario),
    interval("direct saves % (95 % interval)", "saving_percent", (row) => row.saving_percent),
    time("HTTP adds to a workflow", "per_workflow", ({ per_workflow_ms }) => per_workflow_ms.estimate),
    time("to each edge", "per_edge", ({ per_edge_ms }) => per_edge_ms?.estimate),
    number(
      "noise %",
      "noise_percent",
      ({ noise_percent }) => noise_percent,
      (value) => value.toFixed(1),
    ),
  ]);
}

/** The workflows whose steps were kept, those with the most steps only. */
export function timelines({ scenarios }: ConcurrentWorkflows) {
  const kept = scenarios.flatMap(({ scenario, runtimes }) =>
    runtimes.flatMap(({ runtime, together }) => {
      const detail = together?.detail;
      return detail && detail.timeline.length > 0 ? [{ scenario, runtime, ...detail }] : [];
    }),
  );
  const longest = Math.max(0, ...kept.map(({ timeline }) => timeline.length));
  const [shown] = kept.filter(({ timeline }) => timeline.length === longest);
  return kept.filter(({ scenario }) => scenario === shown?.scenario);
}

/** Each step of one workflow. */
export function timelineSheet({ scenario, runtime, timeline }: Timeline): Sheet {
  const caption = `Steps of one ${scenario} workflow, ${runtime}`;
  return toSheet("concurrent_workflows-timeline", caption, timeline, [
    text("step", "step_id", ({ step_id }) => step_id),
    text("depends on", "depends_on", ({ depends_on }) => depends_on.join(", ") || unknown),
    time("started after", "started", ({ started_ms }) => started_ms),
    time("ended after", "ended", ({ ended_ms }) => ended_ms),
    time("ran", "ran", ({ started_ms, ended_ms }) => ended_ms - started_ms),
  ]);
}

/** Completed workflows and their time at each concurrency. */
export function sweepSheet({ sweep }: ConcurrentWorkflows): Sheet {
  const rows = sweep.flatMap(({ runtime, points }) => points.map((point) => ({ runtime, ...point })));
  return toSheet("concurrent_workflows-sweep", "Completed workflows by submissions in flight", rows, [
    text("runtime", "runtime", ({ runtime }) => runtime),
    number("in flight", "concurrency", ({ concurrency }) => concurrency),
    interval("completed/s (95 % interval)", "completed_per_s", (row) => row.completed_per_s, showRange),
    interval("p95 ms (95 % interval)", "p95_ms", ({ p95_ms }) => p95_ms, showEstimate),
    number("client CPU", "client_cpu_percent", (row) => row.client_cpu_percent.estimate, percent),
    number("server CPU", "server_cpu_percent", (row) => row.server_cpu_percent.estimate, percent),
  ]);
}

function showEndings(endings: Readonly<Record<string, number>>): string {
  const shown = Object.entries(endings).flatMap(([ending, count]) =>
    count > 0 ? [`${count} ${ending}`] : [],
  );
  return shown.join(", ") || "none";
}
