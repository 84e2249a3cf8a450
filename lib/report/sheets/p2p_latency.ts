import { bucketStartNs, type StoredHistogram } from "../../measure/histogram.ts";
import type { Latency } from "../../measure/stats.ts";
import type { P2pLatency } from "../../result.ts";
import { interval, number, type Sheet, status, text, time, toSheet } from "../sheet.ts";
import { percentileColumns } from "./latency_columns.ts";

type Tool = P2pLatency["tools"][number];
const name = text<Tool>("tool", "tool_name", ({ tool_name }) => tool_name);

/** What a call of each tool takes on each runtime. */
export function latencySheet({ tools }: P2pLatency): Sheet {
  return toSheet("p2p_latency-tools", "Latency of each tool, direct and over HTTP", tools, [
    name,
    text("category", "category", ({ category }) => category),
    ...percentileColumns<Tool>("direct", "direct", ({ runtimes }) => runtimes.direct),
    ...percentileColumns<Tool>("HTTP", "http", ({ runtimes }) => runtimes.http),
    text("what was timed", "branch", ({ branch }) => branch),
  ]);
}

/** How much less time the direct call of each tool takes, and of all. */
export function savingSheet({ tools }: P2pLatency): Sheet {
  return toSheet("p2p_latency-savings", "What the direct call saves, tool by tool", tools, [
    name,
    interval("saving % (95 % interval)", "improvement_percent", (tool) => tool.improvement_percent),
    time("HTTP adds", "added", ({ added_ms }) => added_ms.estimate),
    number(
      "noise %",
      "noise_percent",
      (tool) => tool.noise_percent,
      (value) => value.toFixed(1),
    ),
    number("rounds", "rounds", ({ rounds }) => rounds),
    status(
      (tool) => tool.status,
      (tool) =>
        tool.status === "met" && tool.above_range ? `${tool.status} (above the range)` : tool.status,
    ),
  ]);
}

/** The figures of each distribution. */
export function spreadSheet({ tools }: P2pLatency): Sheet {
  const rows = tools.flatMap(({ tool_name, runtimes }) =>
    (["direct", "http"] as const).map((runtime) => ({ tool_name, runtime, ...runtimes[runtime] })),
  );
  type Row = Latency & { tool_name: string; runtime: string };
  return toSheet<Row>("p2p_latency-spread", "How the times of each tool spread", rows, [
    text("tool", "tool_name", ({ tool_name }) => tool_name),
    text("runtime", "runtime", ({ runtime }) => runtime),
    number("samples", "n", ({ n }) => n),
    time("mean", "avg", ({ avg_ms }) => avg_ms),
    time("deviation", "stdev", ({ stdev_ms }) => stdev_ms),
    time("least", "min", ({ min_ms }) => min_ms),
    time("most", "max", ({ max_ms }) => max_ms),
  ]);
}

/** How often each time occurred, in the bins that the chart draws. */
export function distributionSheet({ tools }: P2pLatency): Sheet {
  const rows = tools.flatMap(({ tool_name, histograms }) =>
    (["direct", "http"] as const).flatMap((runtime) =>
      toBins(histograms[runtime]).map((bin) => ({ tool_name, runtime, ...bin })),
    ),
  );
  return toSheet("p2p_latency-distributions", "How many calls took how long", rows, [
    text("tool", "tool_name", ({ tool_name }) => tool_name),
    text("runtime", "runtime", ({ runtime }) => runtime),
    time("from", "from", ({ fromMs }) => fromMs),
    time("below", "below", ({ toMs }) => toMs),
    number("calls", "calls", ({ calls }) => calls),
  ]);
}

/**
 * 128 buckets for each doubling are far more than some hundred samples fill; 32 of them make one bin, so that times within
 * a factor of ten lie in 13 bins, as many as Rice's rule gives 300 samples.
 */
const perBin = 32;

export function toBins({ buckets }: StoredHistogram): { fromMs: number; toMs: number; calls: number }[] {
  const counts = new Map<number, number>();
  for (const [index, count] of buckets) {
    const bin = Math.floor(Math.max(0, index - 1) / perBin);
    if (count > 0) counts.set(bin, (counts.get(bin) ?? 0) + count);
  }
  return [...counts]
    .sort(([a], [b]) => a - b)
    .map(([bin, calls]) => ({
      fromMs: startMs(bin),
      toMs: startMs(bin + 1),
      calls,
    }));
}

/** To six figures: more would say nothing, and a table of them would be twice as long. */
function startMs(bin: number): number {
  return Number((bucketStartNs(bin * perBin + 1) / 1e6).toPrecision(6));
}
