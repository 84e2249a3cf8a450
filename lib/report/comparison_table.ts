import { styleText } from "node:util";
import prettyBytes from "pretty-bytes";
import type { RuntimeComparison } from "../result.ts";
import { showValidity } from "./answers.ts";
import { percentiles, showCriterion, showRange, showTime } from "./format.ts";
import { plotLines } from "./plot.ts";
import { renderColumns } from "./table.ts";

type Workload = RuntimeComparison["workloads"][number];

/** The result as a person reads it: a table for each workload, the sweep as a plot, and the verdicts in words. */
export function renderComparison(result: RuntimeComparison): string {
  const parts = [
    ...result.workloads.map(renderWorkload),
    ...(result.sweep.length > 0 ? [renderSweep(result.sweep)] : []),
    [...result.criteria.map(showCriterion), showValidity(result)].join("\n"),
  ];
  return parts.join("\n\n");
}

function renderWorkload({ workload, concurrency, arms }: Workload): string {
  const open = arms.some(({ open_loop }) => open_loop);
  const title =
    workload === "sequential"
      ? "sequential"
      : `${workload}, ${open ? "open loop" : `${concurrency} at a time`}`;
  const figures = [
    "calls/s",
    "P2P p50",
    "p95",
    "general p50",
    "p95",
    "client CPU",
    "server CPU",
    "server memory",
    "errors",
  ];
  const rows = arms.map((arm) => [
    arm.arm,
    showRange(arm.throughput_per_s),
    ...percentiles(arm.service_time.p2p),
    ...percentiles(arm.service_time.general),
    `${arm.client.cpu_percent.estimate.toFixed(0)} %`,
    `${arm.server.cpu_percent.estimate.toFixed(0)} %`,
    prettyBytes(arm.server.rss_bytes, { binary: true }),
    Object.entries(arm.errors)
      .map(([code, count]) => `${count} ${code}`)
      .join(", ") || "none",
  ]);
  const head = [styleText("bold", title), ...figures.map((figure) => styleText("dim", figure))];
  return [renderColumns([head, ...rows]), ...arms.flatMap(renderOpenLoop)].join("\n");
}

function renderOpenLoop({ arm, open_loop, response_time }: Workload["arms"][number]): string[] {
  if (!open_loop) return [];
  const { offered_per_s, achieved_per_s, lateness, saturated } = open_loop;
  const [p50, p95] = percentiles(response_time?.p2p ?? null);
  const kept = saturated.length === 0 ? "it kept up" : `saturated: ${saturated.join("; ")}`;
  return [
    ` ${arm}: ${offered_per_s.estimate.toFixed(0)}/s offered, ${achieved_per_s.estimate.toFixed(0)}/s achieved, ` +
      `response p50 ${p50}, p95 ${p95}, calls ${showTime(lateness.p50_ms)} late at the median; ${kept}`,
  ];
}

function renderSweep(sweep: RuntimeComparison["sweep"]): string {
  const lines = Object.fromEntries(
    sweep.map(({ arm, points }) => [
      arm,
      points.map(({ concurrency, throughput_per_s }) => [concurrency, throughput_per_s.estimate] as const),
    ]),
  );
  const laws = sweep.flatMap(({ arm, scaling }) => {
    if (!scaling) return [];
    const { lambda, sigma, kappa, peak } = scaling;
    const bend = peak ? `highest at ${peak.estimate.toFixed(0)} callers` : "no peak";
    return [
      ` ${arm}: one caller ${lambda.estimate.toFixed(0)}/s, sigma ${sigma.estimate.toFixed(3)}, kappa ${kappa.estimate.toFixed(4)}, ${bend}`,
    ];
  });
  return [
    styleText("bold", " calls/s by concurrency, Universal Scalability Law"),
    plotLines(lines),
    ...laws,
  ].join("\n");
}
