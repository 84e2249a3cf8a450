import prettyBytes from "pretty-bytes";
import type { RuntimeComparison } from "../../result.ts";
import { showEstimate, showRange } from "../format.ts";
import { interval, number, type Sheet, text, time, toSheet, unknown } from "../sheet.ts";
import { percentileColumns } from "./latency_columns.ts";

type Workload = RuntimeComparison["workloads"][number];
type Arm = Workload["arms"][number];

/** What each arm did under one workload. */
export function workloadSheet(workload: Workload): Sheet {
  const caption = `Throughput, latency and load by arm, ${workload.workload} workload`;
  return toSheet<Arm>("runtime_comparison-workload", caption, workload.arms, [
    text("arm", "arm", ({ arm }) => arm),
    interval("calls/s (95 % interval)", "throughput_per_s", (arm) => arm.throughput_per_s, showRange),
    ...percentileColumns<Arm>("P2P", "p2p", ({ service_time }) => service_time.p2p),
    ...percentileColumns<Arm>("general", "general", ({ service_time }) => service_time.general),
    number("client CPU", "client_cpu_percent", ({ client }) => client.cpu_percent.estimate, percent),
    number("server CPU", "server_cpu_percent", ({ server }) => server.cpu_percent.estimate, percent),
    number(
      "server memory",
      "server_rss_bytes",
      ({ server }) => server.rss_bytes,
      (bytes) => prettyBytes(bytes, { binary: true }),
    ),
    text("errors", "errors", ({ errors }) => showErrors(errors)),
  ]);
}

/** How the arms kept to their schedule; nothing for a closed loop. */
export function openLoopSheet(workload: Workload): Sheet | undefined {
  const rows = workload.arms.flatMap(({ arm, open_loop, response_time }) =>
    open_loop ? [{ arm, ...open_loop, response: response_time }] : [],
  );
  if (rows.length === 0) return;
  type Row = (typeof rows)[number];
  return toSheet<Row>("runtime_comparison-schedule", `Schedule kept, ${workload.workload} workload`, rows, [
    text("arm", "arm", ({ arm }) => arm),
    interval("offered/s", "offered_per_s", (row) => row.offered_per_s, showRange),
    interval("achieved/s", "achieved_per_s", (row) => row.achieved_per_s, showRange),
    ...percentileColumns<Row>("P2P response", "p2p_response", ({ response }) => response?.p2p),
    ...percentileColumns<Row>("general response", "general_response", ({ response }) => response?.general),
    time("late p50", "lateness_p50", ({ lateness }) => lateness.p50_ms),
    number("unsent", "unsent", ({ unsent }) => unsent),
    text("saturated", "saturated", ({ saturated }) => saturated.join("; ") || "no"),
  ]);
}

/** Throughput and p95 at each concurrency. */
export function sweepSheet({ sweep }: RuntimeComparison): Sheet {
  const rows = sweep.flatMap(({ arm, points }) => points.map((point) => ({ arm, ...point })));
  return toSheet("runtime_comparison-sweep", "Throughput and p95 by concurrency", rows, [
    text("arm", "arm", ({ arm }) => arm),
    number("concurrency", "concurrency", ({ concurrency }) => concurrency),
    interval("calls/s (95 % interval)", "throughput_per_s", (row) => row.throughput_per_s, showRange),
    interval("p95 ms (95 % interval)", "p95_ms", ({ p95_ms }) => p95_ms, showEstimate),
  ]);
}

type Law = NonNullable<RuntimeComparison["sweep"][number]["scaling"]>;

/** The fitted Universal Scalability Law of each series. */
export function lawSheet(benchmark: string, series: readonly { name: string; scaling: Law | null }[]): Sheet {
  type Row = (typeof series)[number];
  const fine = ({ estimate, low, high }: { estimate: number; low: number | null; high: number | null }) =>
    low === null || high === null
      ? estimate.toFixed(4)
      : `${estimate.toFixed(4)} (${low.toFixed(4)} to ${high.toFixed(4)})`;
  return toSheet<Row>(`${benchmark}-law`, "The Universal Scalability Law fitted to it", series, [
    text("series", "series", ({ name }) => name),
    interval("lambda: one caller/s", "lambda", ({ scaling }) => scaling?.lambda, showRange),
    interval("sigma: queueing", "sigma", ({ scaling }) => scaling?.sigma, fine),
    interval("kappa: crosstalk", "kappa", ({ scaling }) => scaling?.kappa, fine),
    interval("R²", "r_squared", ({ scaling }) => scaling?.r_squared, fine),
    interval("peak at", "peak", ({ scaling }) => scaling?.peak, showRange),
  ]);
}

export function showErrors(errors: Readonly<Record<string, number>>): string {
  const shown = Object.entries(errors).map(([code, count]) => `${count} ${code}`);
  return shown.join(", ") || "none";
}

export function percent(value: number): string {
  return Number.isFinite(value) ? `${value.toFixed(0)} %` : unknown;
}
