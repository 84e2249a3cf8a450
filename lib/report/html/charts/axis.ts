import { showTime } from "../../format.ts";

const longestLabel = 26;

/** A logarithmic axis of times over these, which must be above 0, with a mark at each power of ten or closer. */
export function timeAxis(times: readonly number[], label: string) {
  const low = Math.min(...times) * 0.9;
  const high = Math.max(...times) * 1.1;
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const steps = last - first <= 3 ? [1, 2, 5] : [1];
  const powers = Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index));
  const ticks = powers
    .flatMap((power) => steps.map((step) => power * step))
    .filter((tick) => tick >= low && tick <= high);
  return {
    type: "log" as const,
    domain: [low, high],
    ticks: ticks.length > 0 ? ticks : [low, high],
    tickFormat: (ms: number) => showTime(ms).replace(/\.0+(?= )/, ""),
    label,
    labelAnchor: "center" as const,
  };
}

/** Whether a figure has a place on a logarithmic axis; a result may hold 0 or less, and what no chart can be scaled to. */
export function isOnLog(value: number | null): value is number {
  return value !== null && value > 1e-12 && value < 1e15;
}

/** Whether a figure has a place on an ordinary axis. */
export function isOnLinear(value: number): boolean {
  return Math.abs(value) < 1e15;
}

/** An axis of names, one row for each, in the given order; two may be the same. */
export function nameAxis(names: readonly string[]) {
  return {
    type: "band" as const,
    domain: names.map((_, row) => row),
    tickFormat: (row: number) => cut(names[row] ?? ""),
    tickSize: 0,
    label: null,
  };
}

/** The room that the names take to the left of a chart, in pixels. */
export function nameMargin(names: readonly string[]): number {
  return 16 + 7 * Math.max(4, ...names.map((name) => cut(name).length));
}

function cut(name: string): string {
  const characters = [...name];
  return characters.length > longestLabel ? `${characters.slice(0, longestLabel - 1).join("")}…` : name;
}
