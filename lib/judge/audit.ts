import type { Check } from "./shapes.ts";
import { median } from "./stats.ts";

/** A check that found nothing wrong, or found these. */
export function audit(check: string, detail: string, wrong: readonly string[]): Check {
  if (wrong.length === 0) return { check, status: "passed", detail };
  return { check, status: "failed", detail: `${detail}; not so: ${wrong.join(", ")}` };
}

/**
 * Whether the paths differ by more than two halves of one do.
 *
 * @param noises what the controls show, as logarithms
 * @param percent by how much the paths differ
 */
export function auditControl(noises: readonly number[], percent: number, of: string): Check {
  const check = "A/A control";
  if (noises.length === 0)
    return { check, status: "suspect", detail: "too few samples or rounds to run one" };
  const noise = (Math.exp(median(noises)) - 1) * 100;
  const detail = `two halves of one path differ by up to ${noise.toFixed(1)} % (median ${of}), the paths by ${percent.toFixed(1)} %`;
  return { check, status: Math.abs(percent) > noise ? "passed" : "suspect", detail };
}

/** How far a result can be trusted: as far as its worst check, and not far without any. */
export function validity(checks: readonly Check[]): "valid" | "suspect" | "invalid" {
  if (checks.some(({ status }) => status === "failed")) return "invalid";
  return checks.length === 0 || checks.some(({ status }) => status === "suspect") ? "suspect" : "valid";
}
