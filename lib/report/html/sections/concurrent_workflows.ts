import type { ConcurrentWorkflows } from "../../../result.ts";
import {
  addedSheet,
  latencySheet,
  sweepSheet,
  throughputSheet,
  timelineSheet,
  timelines,
  workflowRows,
} from "../../sheets/concurrent_workflows.ts";
import { lawSheet } from "../../sheets/runtime_comparison.ts";
import { percentileChart } from "../charts/percentile_chart.ts";
import { savingChart } from "../charts/saving_chart.ts";
import { scalingChart } from "../charts/scaling_chart.ts";
import { timelineChart } from "../charts/timeline_chart.ts";
import { missingPart, type Part } from "../part.ts";
import { sayLaw, toLaw } from "./runtime_comparison.ts";

/** What `concurrent_workflows` found. */
export function workflowParts(result: ConcurrentWorkflows): Part[] {
  return [
    latencyPart(result),
    throughputPart(result),
    addedPart(result),
    timelinePart(result),
    sweepPart(result),
  ];
}

function latencyPart(result: ConcurrentWorkflows): Part {
  const rows = workflowRows(result);
  const title = "Submission and completion";
  if (rows.length === 0) return missingPart(title, "No scenario was run to the end, so there is no figure.");
  const groups = Map.groupBy(rows, ({ scenario, load }) => `${scenario}, ${load}`);
  const chart = (
    title: string,
    read: (row: (typeof rows)[number]) => (typeof rows)[number]["measured"]["submission"],
  ) =>
    percentileChart(
      title,
      [...groups].map(([name, group]) => ({
        name,
        lanes: group.map((row) => ({ series: row.runtime, latency: read(row) })),
      })),
    );
  const completion = chart(
    "Completion by scenario and runtime",
    ({ measured }) => measured.execution.completion,
  );
  return {
    title,
    words:
      "Submission is the answer to workflow_submit; completion runs from then to the end of the last step, by the engine’s clock." +
      (completion ? "" : " No workflow was completed."),
    drawings: [
      chart("Submission by scenario and runtime", ({ measured }) => measured.submission),
      completion,
    ],
    sheets: [latencySheet(result)],
  };
}

function throughputPart(result: ConcurrentWorkflows): Part {
  const sheet = throughputSheet(result);
  const title = "Throughput and load";
  if (sheet.rows.length === 0)
    return missingPart(title, "No scenario was run with several submissions in flight.");
  return {
    title,
    words: "With several submissions in flight. CPU is that of one core.",
    drawings: [],
    sheets: [sheet],
  };
}

function addedPart(result: ConcurrentWorkflows): Part {
  const title = "What HTTP adds to a submission";
  const sheet = addedSheet(result);
  if (sheet.rows.length === 0)
    return missingPart(
      title,
      "This run measured one runtime only, or no scenario to its end: there is nothing to compare.",
    );
  return {
    title,
    words: "One workflow at a time, direct against HTTP.",
    drawings: [
      savingChart(
        "Saving of a direct submission against the claim",
        result.scenarios.flatMap(({ scenario, http_adds }) =>
          http_adds
            ? [
                {
                  name: scenario,
                  saving: http_adds.saving_percent,
                  status:
                    result.criteria.find(({ name }) => name.startsWith(`${scenario}: `))?.status ?? null,
                },
              ]
            : [],
        ),
      ),
    ],
    sheets: [sheet],
  };
}

function timelinePart(result: ConcurrentWorkflows): Part {
  const title = "One workflow, step by step";
  const shown = timelines(result);
  const [first] = shown;
  const untilMs = Math.max(...shown.flatMap(({ timeline }) => timeline.map(({ ended_ms }) => ended_ms)));
  if (!first)
    return missingPart(title, "The steps of no workflow were kept; a run with --monitor keeps one of each.");
  return {
    title,
    words: `One ${first.scenario} workflow among others in flight, from its submission on.`,
    drawings: shown.map(({ scenario, runtime, timeline }) =>
      timelineChart(`Timeline of one ${scenario} workflow, ${runtime}`, runtime, timeline, untilMs),
    ),
    sheets: shown.map(timelineSheet),
  };
}

function sweepPart(result: ConcurrentWorkflows): Part {
  const { sweep } = result;
  const title = "Completed workflows by submissions in flight";
  if (sweep.length === 0) return missingPart(title, "This run made no sweep; --sweep makes one.");
  const series = sweep.map(({ runtime, scaling }) => ({ name: runtime, scaling }));
  const bends = sweep.map(({ runtime, bend }) =>
    bend
      ? `${runtime} stops being linear at ${bend.concurrency}: ${causes[bend.cause]}`
      : `${runtime} stays linear`,
  );
  const lines = (figure: "completed_per_s" | "p95_ms") =>
    sweep.map(({ runtime, points, scaling }) => ({
      series: runtime,
      points: points.map((point) => ({ concurrency: point.concurrency, figure: point[figure] })),
      law: figure === "p95_ms" ? null : toLaw(scaling),
    }));
  return {
    title,
    words: `${sayLaw(series)} As for throughput, ${bends.join("; ")}.`,
    drawings: [
      scalingChart(
        "Completed workflows by submissions in flight",
        "completed per second",
        lines("completed_per_s"),
      ),
      scalingChart("95th percentile of the completion", "p95, ms", lines("p95_ms")),
    ],
    sheets: [sweepSheet(result), lawSheet(result.benchmark, series)],
  };
}

const causes = {
  client: "the client is busy",
  server: "the server is busy",
  process: "its one process, client and engine, is busy",
  queue: "no process is busy, workflows queue",
} as const;
