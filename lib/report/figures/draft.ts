import type { Estimate, Latency } from "../../measure/stats.ts";
import type { Figure, FigureUnit } from "../figures.ts";

/** A figure under the parts of its name. */
export type Draft = Omit<Figure, "name"> & { readonly path: readonly string[] };

/** Those that there are samples enough for. */
export function percentiles(path: readonly string[], latency: Latency | null): Draft[] {
  if (!latency) return [];
  const { p50_ms: p50, p95_ms: p95, p99_ms: p99 } = latency;
  return Object.entries({ p50, p95, p99 }).flatMap(([name, ms]) =>
    ms === null ? [] : [alone([...path, name], "ms", ms)],
  );
}

/** A figure with its interval. */
export function figure(
  path: readonly string[],
  unit: FigureUnit,
  of: Estimate,
  better: Figure["better"],
): Draft {
  return { path, unit, ...toValue(of), better };
}

/** A figure without an interval, better when lower. */
export function alone(path: readonly string[], unit: FigureUnit, value: number): Draft {
  return { path, unit, value, low: null, high: null, better: "lower" };
}

/** What an estimate is as a figure. */
export function toValue({ estimate: value, low, high }: Estimate) {
  return { value, low, high };
}
