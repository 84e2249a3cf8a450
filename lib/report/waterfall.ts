import type { Estimate } from "../judge/shapes.ts";
import { cells } from "../result/cell.ts";
import type { Typed } from "../result/chart.ts";
import type { Row, Table } from "../result/table.ts";
import { paint, toLine } from "./columns.ts";
import { showEstimate, showFigure } from "./format.ts";

/** A step of a waterfall: what it adds to the one that it is built upon. */
export interface Step {
  readonly name: string;
  /** How many others it is built upon. */
  readonly depth: number;
  /** Where its base stands; 0 for one without. */
  readonly from: number;
  /** What it adds there; all that it comes to for one without a base. */
  readonly adds: Estimate;
}

/** The steps of each group of rows, a base before what is built upon it; by the labels that make a group. */
export function waterfallsOf(chart: Typed<"waterfall">, { rows }: Table): Map<string, Step[]> {
  const groups = Map.groupBy(rows, (row) => chart.each.map((label) => String(row[label] ?? "–")).join(", "));
  return new Map([...groups].map(([name, own]) => [name, toSteps(chart, own)]));
}

function toSteps(chart: Typed<"waterfall">, rows: readonly Row[]): Step[] {
  const all = rows.flatMap((row) => {
    const level = cells.estimate.nullable().parse(row[chart.level] ?? null);
    const value = cells.estimate.nullable().parse(row[chart.value] ?? null);
    const base = cells.text.nullable().parse(row[chart.base] ?? null);
    return level ? [{ name: String(row[chart.step] ?? "–"), base, level, value }] : [];
  });
  const byName = new Map(all.map((one) => [one.name, one]));
  const above = Map.groupBy(all, ({ base }) => (base !== null && byName.has(base) ? base : null));
  const steps: Step[] = [];
  // A file of anybody's may have steps that are built upon each other: no way leads to them from the ground.
  const left = (above.get(null) ?? []).map((one) => ({ ...one, depth: 0 })).reverse();
  for (let next = left.pop(); next; next = left.pop()) {
    const { name, base, depth, level, value } = next;
    const ground = base === null ? undefined : byName.get(base)?.level.estimate;
    const isBuilt = ground !== undefined && value;
    steps.push({ name, depth, from: isBuilt ? ground : 0, adds: isBuilt ? value : level });
    left.push(...(above.get(name) ?? []).map((one) => ({ ...one, depth: depth + 1 })).reverse());
    above.delete(name);
  }
  return steps;
}

/** Whether one of them is built upon another: without, there is nothing that is added to anything. */
export function isStepped(steps: readonly Step[]): boolean {
  return steps.some(({ depth }) => depth > 0);
}

const width = 40;

/** Each group of steps as bars of text, on an axis of its own. */
export function renderWaterfalls(chart: Typed<"waterfall">, table: Table): string[] {
  const unit = table.columns.find(({ name }) => name === chart.value)?.unit;
  return [...waterfallsOf(chart, table)].flatMap(([name, steps]) => {
    const most = Math.max(...steps.map(({ from, adds }) => Math.max(from, from + adds.estimate)));
    if (!isStepped(steps) || !(most > 0) || !Number.isFinite(most)) return [];
    const names = steps.map((step) => "  ".repeat(Math.min(step.depth, 20)) + toLine(step.name));
    const room = Math.max(...names.map((one) => Bun.stringWidth(one)));
    const lines = steps.map(({ depth, from, adds }, n) => {
      const ends = [from, from + adds.estimate].map((at) => Math.round((Math.max(0, at) / most) * width));
      const [start, end] = [Math.min(...ends), Math.max(...ends)];
      const bar =
        " ".repeat(start) + (end > start ? (adds.estimate < 0 ? "░" : "█").repeat(end - start) : "▏");
      const sign = depth === 0 || adds.estimate < 0 ? "" : "+";
      const shown = depth === 0 ? showFigure(adds.estimate, unit) : showEstimate(adds, unit);
      const label = names[n] ?? "";
      return `${label}${" ".repeat(room - Bun.stringWidth(label))}  ${bar.padEnd(width)}  ${sign}${shown}`;
    });
    return ["", paint(["dim", name === "" ? chart.title : `${chart.title}: ${name}`]), ...lines];
  });
}
