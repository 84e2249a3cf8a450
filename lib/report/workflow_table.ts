import { styleText } from "node:util";
import type { ConcurrentWorkflows } from "../result.ts";
import { showValidity } from "./answers.ts";
import { percentiles, showCriterion, showEstimate, showRange, showTime } from "./format.ts";
import { plotLines } from "./plot.ts";
import { renderColumns } from "./table.ts";

type Scenario = ConcurrentWorkflows["scenarios"][number];
type Runtime = Scenario["runtimes"][number];
type Sweep = ConcurrentWorkflows["sweep"][number];

/** The result as a person reads it: a table for each scenario, the sweep as a plot, and the verdicts in words. */
export function renderWorkflows(result: ConcurrentWorkflows): string {
  const parts = [
    ...result.scenarios.map(renderScenario),
    ...(result.sweep.length > 0 ? [renderSweep(result.sweep)] : []),
    [...result.criteria.map(showCriterion), showValidity(result)].join("\n"),
  ];
  return parts.join("\n\n");
}

function renderScenario({ scenario, concurrency, runtimes, http_adds }: Scenario): string {
  const title = styleText("bold", ` ${scenario}, ${concurrency} submissions in flight`);
  const names = [
    "submitted/s",
    "submit p50",
    "p95",
    "completed/s",
    "done in p50",
    "p95",
    "hand-over",
    "client CPU",
    "server CPU",
    "ended",
  ];
  const rows = runtimes.flatMap(({ runtime, together }) => {
    if (!together) return [];
    const { submitted_per_s, submission, completed_per_s, execution, errors, client, server } = together;
    const refused = Object.entries(errors).map(([code, count]) => `${count} ${code}`);
    const ended = Object.entries(execution.endings).flatMap(([ending, count]) =>
      count > 0 ? [`${count} ${ending}`] : [],
    );
    return [
      [
        runtime,
        showRange(submitted_per_s),
        ...percentiles(submission),
        completed_per_s ? showRange(completed_per_s) : "–",
        ...percentiles(execution.completion),
        percentiles(execution.hand_over)[0],
        `${client.cpu_percent.estimate.toFixed(0)} %`,
        `${server.cpu_percent.estimate.toFixed(0)} %`,
        [...ended, ...refused].join(", "),
      ],
    ];
  });
  const head = ["", ...names.map((name) => styleText("dim", name))];
  return [
    title,
    renderColumns([head, ...rows]),
    ...runtimes.flatMap(renderAlone),
    ...renderAdded(http_adds),
    ...runtimes.flatMap(renderDetail),
  ].join("\n");
}

function renderAlone({ runtime, alone }: Runtime): string[] {
  if (!alone) return [];
  const { submission, execution } = alone;
  return [
    ` ${runtime}, one at a time: submitted in ${showTime(submission.p50_ms)}, completed in ` +
      `${percentiles(execution.completion)[0]}, handed over in ${percentiles(execution.hand_over)[0]} (medians)`,
  ];
}

function renderAdded(added: Scenario["http_adds"]): string[] {
  if (!added) return [];
  const perEdge = added.per_edge_ms ? `, ${showTime(added.per_edge_ms.estimate)} an edge` : "";
  return [
    ` HTTP adds ${showTime(added.per_workflow_ms.estimate)} a workflow${perEdge}; ` +
      `a direct submission saves ${showEstimate(added.saving_percent)} %`,
  ];
}

function renderDetail({ runtime, together }: Runtime): string[] {
  const detail = together?.detail;
  if (!detail) return [];
  const { waiting, running, critical_path, added, added_per_edge } = detail;
  const edge = added_per_edge ? `, ${showTime(added_per_edge.p50_ms)} at each of its edges` : "";
  return [
    ` ${runtime}: a step waits ${showTime(waiting.p50_ms)} and runs ${showTime(running.p50_ms)}; the critical path takes ` +
      `${showTime(critical_path.p50_ms)}, the rest ${showTime(added.p50_ms)}${edge} (medians)`,
  ];
}

function renderSweep(sweep: readonly Sweep[]): string {
  const lines = Object.fromEntries(
    sweep.map(({ runtime, points }) => [
      runtime,
      points.map(({ concurrency, completed_per_s }) => [concurrency, completed_per_s.estimate] as const),
    ]),
  );
  const title = " mixed workflows completed/s by submissions in flight, Universal Scalability Law";
  return [styleText("bold", title), plotLines(lines), ...sweep.map(renderLaw)].join("\n");
}

const causes = {
  client: "the client is busy",
  server: "the server is busy",
  process: "its one process, client and engine, is busy",
  queue: "no process is busy: workflows queue",
} as const;

function renderLaw({ runtime, scaling, bend }: Sweep): string {
  const law = scaling
    ? `one submitter ${scaling.lambda.estimate.toFixed(0)}/s, sigma ${scaling.sigma.estimate.toFixed(3)}, kappa ${scaling.kappa.estimate.toFixed(4)}`
    : "too few concurrencies to fit";
  const where = bend ? `bends at ${bend.concurrency}: ${causes[bend.cause]}` : "does not bend";
  return ` ${runtime}: ${law}; it ${where}`;
}
