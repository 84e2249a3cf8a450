import type { Unit } from "../judge/shapes.ts";
import { toCsv } from "./csv.ts";
import { exportPrometheus } from "./export_prometheus.ts";
import { figuresOf } from "./figures.ts";
import type { Result } from "./result.ts";

export const formats = ["github-action-benchmark", "bencher", "csv", "prometheus"] as const;

/** What writes results of different benchmarks in each format. */
export const exporters: Readonly<Record<(typeof formats)[number], (results: readonly Result[]) => string>> = {
  "github-action-benchmark": exportActionBenchmark,
  bencher: exportBencher,
  csv: exportCsv,
  prometheus: exportPrometheus,
};

/**
 * `customSmallerIsBetter` of github-action-benchmark (https://github.com/benchmark-action/github-action-benchmark).
 * What is better when larger is left out: turned around it would be a figure that nobody measured.
 */
function exportActionBenchmark(results: readonly Result[]): string {
  const entries = results.flatMap(figuresOf).flatMap(({ name, unit, value, low, high, better }) => {
    if (better === "higher") return [];
    if (low === null || high === null) return [{ name, unit, value }];
    const extra = `95 % interval over rounds: ${low} to ${high}`;
    return [{ name, unit, value, range: `± ${high / 2 - low / 2}`, extra }];
  });
  return json(entries);
}

/** What Bencher calls them; its latency is in nanoseconds and its throughput per second. */
const measures = {
  ms: { lower: "latency", higher: "latency-gain", factor: 1e6 },
  per_s: { lower: "rate", higher: "throughput", factor: 1 },
  bytes: { lower: "memory", higher: "memory-gain", factor: 1 },
  percent: { lower: "percent", higher: "saving", factor: 1 },
  bytes_per_call: { lower: "memory-per-call", higher: "memory-per-call-gain", factor: 1 },
} as const satisfies Record<Unit, object>;

/**
 * The Bencher Metric Format (https://bencher.dev/docs/reference/bencher-metric-format). A measure has one direction
 * there, for its thresholds do.
 */
function exportBencher(results: readonly Result[]): string {
  const metrics = results.flatMap(figuresOf).flatMap(({ name, unit, value, low, high, better }) => {
    const measure = measures[unit];
    const [scaled, lower_value, upper_value] = [value, low, high].map((one) => scale(one, measure.factor));
    // JSON knows no infinity, and what is beyond a number in nanoseconds is no latency.
    if (scaled === undefined) return [];
    return [[name, { [measure[better]]: { value: scaled, lower_value, upper_value } }] as const];
  });
  return json(Object.fromEntries(metrics));
}

function scale(value: number | null, factor: number): number | undefined {
  return value !== null && Number.isFinite(value * factor) ? value * factor : undefined;
}

/** A line for each figure, as RFC 4180 has it. */
function exportCsv(results: readonly Result[]): string {
  const head = ["benchmark", "started_at", "commit", "validity"];
  const figureHead = ["name", "unit", "value", "low", "high", "better"] as const;
  const lines = results.flatMap((result) => {
    const { benchmark, started_at, versions, validity } = result;
    const run = [benchmark, started_at, versions.commit, validity];
    return figuresOf(result).map((figure) => [...run, ...figureHead.map((key) => figure[key])]);
  });
  return toCsv([...head, ...figureHead], lines);
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
