import type { Check } from "../result.ts";
import type { Latency } from "./stats.ts";

/** A check that found nothing wrong, or found these. */
export function audit(check: string, detail: string, wrong: readonly string[]): Check {
  if (wrong.length === 0) return { check, status: "passed", detail };
  return { check, status: "failed", detail: `${detail}; not so: ${wrong.join(", ")}` };
}

/** How far a result can be trusted: as far as its worst check. */
export function validity(checks: readonly Check[]): "valid" | "suspect" | "invalid" {
  if (checks.some(({ status }) => status === "failed")) return "invalid";
  return checks.some(({ status }) => status === "suspect") ? "suspect" : "valid";
}

/** Whether the percentiles rise from the minimum to the maximum, as those of any distribution do. */
export function isMonotone({ min_ms, p50_ms, p95_ms, p99_ms, max_ms }: Latency): boolean {
  const known = [min_ms, p50_ms, p95_ms, p99_ms, max_ms].filter((value) => value !== null);
  return known.every((value, index) => index === 0 || value >= (known[index - 1] ?? value));
}
