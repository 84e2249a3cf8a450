import type { Estimate } from "../measure/stats.ts";

/** A time to three figures, in the unit that suits it. */
export function showTime(ms: number): string {
  const magnitude = Math.abs(ms);
  if (magnitude >= 1000) return `${figures(ms / 1000)} s`;
  if (magnitude >= 1) return `${figures(ms)} ms`;
  if (magnitude >= 0.001) return `${figures(ms * 1e3)} µs`;
  return `${figures(ms * 1e6)} ns`;
}

/** A figure with its interval, to one decimal. */
export function showEstimate({ estimate, low, high }: Estimate): string {
  if (low === null || high === null) return `${estimate.toFixed(1)} (one round)`;
  return `${estimate.toFixed(1)} (${low.toFixed(1)} to ${high.toFixed(1)})`;
}

function figures(value: number): string {
  return value === 0 ? "0" : value.toFixed(Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value)))));
}
