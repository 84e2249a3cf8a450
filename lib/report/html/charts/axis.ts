import type { Unit } from "../../../judge/shapes.ts";
import type { Column } from "../../../result/table.ts";
import { showTime } from "../../format.ts";
import { titleOf } from "../../sheet.ts";

const longestLabel = 26;

/** A logarithmic axis of times over these, which must be above 0, with a mark at each power of ten or closer. */
export function timeAxis(times: readonly number[]) {
  const low = Math.min(...times) * 0.9;
  const high = Math.max(...times) * 1.1;
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const steps = last - first <= 3 ? [1, 2, 5] : [1];
  const powers = Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index));
  const ticks = powers
    .flatMap((power) => steps.map((step) => power * step))
    .filter((tick) => tick >= low && tick <= high);
  return {
    ...({ type: "log", domain: [low, high], label: "time", labelAnchor: "center", grid: true } as const),
    ticks: ticks.length > 0 ? ticks : [low, high],
    tickFormat: (ms: number) => showTime(ms).replace(/\.0+(?= )/, ""),
  };
}

/** What the figures of a linear axis are divided by, so that its ticks are round, and the unit that this makes. */
export function linearScale({ unit }: Column, most: number): { by: number; unit: string } {
  const steps = (unit && scales[unit]) ?? [];
  const [by, name] = steps.find(([by]) => most >= by) ?? steps.at(-1) ?? [1, ""];
  return { by, unit: name };
}

/** An axis of what a column holds, and what its figures are divided by there; those of times that are logarithmic by 1. */
export function valueAxis(column: Column, [lowest, highest]: readonly [number, number], log: boolean) {
  if (log && column.unit === "ms") return { by: 1, axis: timeAxis([lowest, highest]) };
  const { by, unit } = linearScale(column, highest);
  const type = log ? ({ type: "log" } as const) : {};
  const domain = [lowest / by, highest / by];
  return { by, axis: { ...type, domain, grid: true, label: axisLabel(column, unit), ticks: 6 } };
}

/** What an axis is called. */
export function axisLabel(column: Column, unit: string): string {
  return unit === "" ? titleOf(column) : [column.title, unit].filter((part) => part !== "").join(", ");
}

const scales: Partial<Record<Unit, readonly (readonly [by: number, unit: string])[]>> = {
  ms: [
    [1e3, "s"],
    [1, "ms"],
    [1e-3, "µs"],
  ],
  bytes: [
    [2 ** 30, "GiB"],
    [2 ** 20, "MiB"],
    [2 ** 10, "KiB"],
    [1, "B"],
  ],
};

/** Whether a figure has a place on a logarithmic axis; a result may hold 0 or less, and what no chart can be scaled to. */
export function isOnLog(value: number | null): value is number {
  return value !== null && value > 1e-12 && value < 1e15;
}

/** Whether a figure has a place on an ordinary axis. */
export function isOnLinear(value: number | null): value is number {
  return value !== null && Math.abs(value) < 1e15;
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
