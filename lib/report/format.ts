import prettyBytes from "pretty-bytes";
import type { Estimate, Unit } from "../judge/shapes.ts";

/** What stands behind a figure of these units; times and sizes choose one. */
export const suffixes: Readonly<Partial<Record<Unit, string>>> = {
  percent: " %",
  per_s: "/s",
  bytes_per_call: " B per call",
};

const times = [
  [1e3, "s"],
  [1, "ms"],
  [1e-3, "µs"],
  [1e-6, "ns"],
] as const;

/** A time to three figures, in the unit that suits it. */
export function showTime(ms: number): string {
  // What rounds to 1000 of a unit is 1 of the next.
  const [factor, unit] = times.find(([factor]) => Math.abs(ms) >= 0.9995 * factor) ?? [1e-6, "ns"];
  return `${threeFigures(ms / factor)} ${unit}`;
}

/** A figure with its unit, to as many digits as somebody reads. */
export function showFigure(value: number, unit?: Unit): string {
  if (unit === "ms") return showTime(value);
  if (unit === "bytes") return prettyBytes(Math.round(value), { binary: true });
  if (unit === undefined) return Number.isInteger(value) ? String(value) : threeFigures(value);
  // An interval of few noisy rounds may reach so far, and is no better told in ten digits.
  if (unit === "percent" && Math.abs(value) >= 1e6) return `${value.toExponential(1)}${suffixes[unit]}`;
  // What reaches 100 is known no better than to the unit, and what rounds to 0 has no sign.
  const isWhole = Math.abs(value) >= 99.95 || (unit === "per_s" && (Math.abs(value) >= 9.95 || value === 0));
  const digits = isWhole ? 0 : 1;
  return `${value.toFixed(digits).replace(/^-(0\.?0*)$/, "$1")}${suffixes[unit]}`;
}

/** A figure with its interval, as in `66.0 (62.7 to 69.3) %`. */
export function showEstimate({ estimate, low, high }: Estimate, unit?: Unit): string {
  if (low === null || high === null) return `${showFigure(estimate, unit)} (one round)`;
  // What was counted, or came out the same in every round, has no other bounds than itself.
  if (low === estimate && high === estimate) return showFigure(estimate, unit);
  const shown = [estimate, low, high].map((value) => showFigure(value, unit));
  const [[middle = "", suffix = ""] = [], ...bounds] = shown.map(split);
  if (!bounds.every(([, other]) => other === suffix)) return `${shown[0]} (${shown[1]} to ${shown[2]})`;
  return `${middle} (${bounds.map(([number]) => number).join(" to ")})${suffix}`;
}

function split(figure: string): [number: string, suffix: string] {
  const [, number = "", suffix = ""] = /^(.*\d)(\D*)$/.exec(figure) ?? [];
  return [number, suffix];
}

function threeFigures(value: number): string {
  const rounded = Number(value.toPrecision(3));
  if (rounded === 0) return "0";
  const digits = 2 - Math.floor(Math.log10(Math.abs(rounded)));
  // Nothing measured is that small, and toFixed throws from 101 digits on.
  return rounded.toFixed(Math.min(20, Math.max(0, digits)));
}
