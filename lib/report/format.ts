import { styleText } from "node:util";
import type { Estimate, Latency } from "../measure/stats.ts";
import type { Criterion } from "../result.ts";

/** A time to three figures, in the unit that suits it. */
export function showTime(ms: number): string {
  const magnitude = Math.abs(ms);
  if (magnitude >= 1000) return `${figures(ms / 1000)} s`;
  if (magnitude >= 1) return `${figures(ms)} ms`;
  if (magnitude >= 0.001) return `${figures(ms * 1e3)} µs`;
  return `${figures(ms * 1e6)} ns`;
}

/** A figure with its interval, to one decimal; what reaches 100 is known no better than to the unit. */
export function showEstimate({ estimate, low, high }: Estimate): string {
  // A value that rounds to 0 has no sign.
  const show = (value: number) => value.toFixed(Math.abs(value) < 100 ? 1 : 0).replace(/^-0\.0$/, "0.0");
  if (low === null || high === null) return `${show(estimate)} (one round)`;
  return `${show(estimate)} (${show(low)} to ${show(high)})`;
}

/** A figure with its interval, in whole numbers. */
export function showRange({ estimate, low, high }: Estimate): string {
  if (low === null || high === null) return estimate.toFixed(0);
  return `${estimate.toFixed(0)} (${Math.max(0, low).toFixed(0)} to ${high.toFixed(0)})`;
}

/** The median and the 95th percentile. */
export function percentiles(latency: Latency | null): [string, string] {
  if (!latency) return ["–", "–"];
  return [showTime(latency.p50_ms), latency.p95_ms === null ? "–" : showTime(latency.p95_ms)];
}

/** A verdict in words. */
export function showCriterion({
  name,
  target,
  estimate,
  low,
  high,
  unit,
  smallest_effect,
  status,
}: Criterion): string {
  const smallest =
    smallest_effect === null ? "" : `; the run could have seen ${smallest_effect.toFixed(1)} ${unit}`;
  const color = status === "met" ? "green" : status === "missed" ? "red" : "yellow";
  return `${name}: ${showEstimate({ estimate, low, high })} ${unit}, ${target}: ${styleText(color, status)}${smallest}`;
}

function figures(value: number): string {
  if (value === 0) return "0";
  const digits = 2 - Math.floor(Math.log10(Math.abs(value)));
  // Nothing measured is that small, and toFixed throws from 101 digits on.
  return value.toFixed(Math.min(20, Math.max(0, digits)));
}
