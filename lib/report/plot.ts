import { stripVTControlCharacters, styleText } from "node:util";
import { $ } from "mitata";
import { toLine } from "./columns.ts";

// mitata exports its plots, but does not declare them.
declare module "mitata" {
  interface Line {
    readonly x: readonly number[];
    readonly y: readonly number[];
  }

  interface Options {
    readonly key: number;
    readonly width: number;
    readonly height: number;
    readonly xmin: number;
    readonly xmax: number;
    readonly ymin: number;
    readonly ymax: number;
    readonly labels: Readonly<Record<"xmin" | "xmax" | "ymin" | "ymax", string>>;
  }

  export const $: {
    readonly lineplot: { ascii(lines: Readonly<Record<string, Line>>, options: Options): string[] };
  };
}

export interface Point {
  readonly series: string;
  readonly x: number;
  readonly y: number;
}

const longestName = 16;
const height = 10;

/**
 * Draws a line through the points of each series as text, x on a logarithmic scale, and y too where that is asked for;
 * nothing where there is no line.
 */
export function plotLines(
  all: readonly Point[],
  show: (y: number) => string,
  { log = false } = {},
): string | undefined {
  const placed = all.filter(({ x, y }) => x > 0 && x < 1e15 && Math.abs(y) < 1e15 && (!log || y > 1e-12));
  // mitata places no y below 0 as it should.
  const least = placed.reduce((least, { y }) => Math.min(least, y), Number.POSITIVE_INFINITY);
  const points = placed.map((point) => ({ ...point, y: log ? Math.log2(point.y / least) : point.y }));
  const xs = [...new Set(points.map(({ x }) => x))].sort((a, b) => a - b);
  const [first = 1, last = 1] = [xs[0], xs.at(-1)];
  if (first === last) return;
  const [ymin, ymax] = [Math.min(0, ...points.map(({ y }) => y)), Math.max(0, ...points.map(({ y }) => y))];
  const showAt = (y: number) => show(log ? least * 2 ** y : y);
  const lines = [...Map.groupBy(points, ({ series }) => series)].map(([series, line]) => {
    const inOrder = line.toSorted((a, b) => a.x - b.x);
    // mitata looks names up among the properties of an object; none of those ends with a space.
    const name = `${toLine(series).slice(0, longestName)} `;
    return [name, { x: inOrder.map(({ x }) => Math.log2(x)), y: inOrder.map(({ y }) => y) }] as const;
  });
  const drawn = $.lineplot.ascii(Object.fromEntries(lines), {
    key: Math.max(...lines.map(([name]) => name.length)),
    width: 48,
    height: Math.max(height, lines.length),
    ...{ xmin: Math.log2(first), xmax: Math.log2(last), ymin, ymax: ymax > ymin ? ymax : 1 },
    labels: { xmin: `${first}`, xmax: `${last}`, ymin: showAt(ymin), ymax: showAt(ymax) },
  });
  const text = drawn.map((line) => line.trimEnd()).join("\n");
  // It draws in colours only.
  return styleText("red", "x") === "x" ? stripVTControlCharacters(text) : text;
}
