import type { Unit } from "../judge/shapes.ts";
import { type Figure, figuresOf } from "./figures.ts";
import type { Result } from "./result.ts";

interface Sample {
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Base units, as Prometheus wants them: https://prometheus.io/docs/practices/naming */
const units = {
  ms: { suffix: "seconds", factor: 1e-3 },
  per_s: { suffix: "per_second", factor: 1 },
  bytes: { suffix: "bytes", factor: 1 },
  percent: { suffix: "ratio", factor: 1e-2 },
  bytes_per_call: { suffix: "bytes_per_call", factor: 1 },
} as const satisfies Record<Unit, object>;

/** What each metric tells, by the name without its unit. */
const help = {
  tool_runtime_figure: "A figure of a benchmark",
  tool_runtime_figure_low: "Lower end of its 95 % interval over rounds",
  tool_runtime_figure_high: "Upper end of its 95 % interval over rounds",
  tool_runtime_run: "What ran, and on what; always 1",
  tool_runtime_run_timestamp: "When it ended, since the Unix epoch",
} as const;

/** The text format 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats), for the textfile collector. */
export function exportPrometheus(results: readonly Result[]): string {
  const families = Map.groupBy(results.flatMap(samplesOf), ({ metric }) => metric);
  const lines = [...families].flatMap(([metric, samples]) => [
    `# HELP ${metric} ${helpOf(metric)}`,
    `# TYPE ${metric} gauge`,
    ...samples.map(({ labels, value }) => `${metric}{${showLabels(labels)}} ${value}`),
  ]);
  return lines.map((line) => `${line}\n`).join("");
}

function samplesOf(result: Result): Sample[] {
  const { benchmark, validity, machine, versions, ended_at } = result;
  const { bun, commit } = versions;
  const labels = { benchmark, validity, commit: commit ?? "", bun, os: machine.os, cpu: machine.cpu };
  return [
    { metric: "tool_runtime_run_info", labels, value: 1 },
    {
      metric: "tool_runtime_run_timestamp_seconds",
      labels: { benchmark },
      value: Date.parse(ended_at) / 1000,
    },
    ...figuresOf(result).flatMap(toSamples),
  ];
}

function toSamples({ name, unit, value, low, high }: Figure): Sample[] {
  const { suffix, factor } = units[unit];
  const bounds = { tool_runtime_figure: value, tool_runtime_figure_low: low, tool_runtime_figure_high: high };
  return Object.entries(bounds).flatMap(([metric, bound]) =>
    bound === null ? [] : [{ metric: `${metric}_${suffix}`, labels: { name }, value: bound * factor }],
  );
}

function helpOf(metric: string): string {
  const [, text = ""] = Object.entries(help).findLast(([name]) => metric.startsWith(`${name}_`)) ?? [];
  return text;
}

function showLabels(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${quote(value)}`)
    .join(",");
}

function quote(value: string): string {
  const escaped = value
    .toWellFormed()
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"')
    .replaceAll("\n", "\\n");
  return `"${escaped}"`;
}
