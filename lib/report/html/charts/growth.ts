import * as Plot from "@observablehq/plot";
import { median } from "../../../judge/stats.ts";
import { cells } from "../../../result/cell.ts";
import { showFigure } from "../../format.ts";
import { levelOf, titleOf } from "../../sheet.ts";
import type { Drawing } from "../figure.ts";
import { isOnLinear, nameAxis, nameMargin } from "./axis.ts";
import { type ChartOf, columnOf, readCell, toLanes } from "./lanes.ts";

interface Point {
  readonly x: number;
  /** Against the first reading. */
  readonly by: number;
}

const rowHeight = 44;
/** Of one line, in which more than these would be one stroke. */
const mostPoints = 400;

/** How what was read in each row grew, and the slope fitted to it; nothing where nothing was read. */
export function growth({ chart, table, tables }: ChartOf<"growth">): Drawing | undefined {
  const { names, series, lanes, cut } = toLanes(table, tables, {
    ...chart,
    most: 60,
    read(row) {
      const points = toPoints(readCell(cells.numbers, row[chart.x]), readCell(cells.numbers, row[chart.y]));
      const slope = readCell(cells.estimate, row[chart.slope])?.estimate ?? null;
      return points.length > 0 ? { points, slope: toSlope(points, slope) } : undefined;
    },
  });
  if (lanes.length === 0) return;
  const [x, y, slope] = [chart.x, chart.y, chart.slope].map((name) => columnOf(table, name));
  const level = y ? levelOf(y) : 0;
  const least = level > 0 ? `, at least ${showFigure(level, y?.unit)} up and down` : "";
  // Each row has a scale of its own.
  const scales = names.map((_, row) => {
    const all = lanes.filter((lane) => lane.row === row).flatMap(({ value }) => value.points);
    const most = (values: number[], least: number) => values.reduce((a, b) => Math.max(a, b), least);
    return {
      far:
        most(
          all.map(({ x }) => x),
          0,
        ) || 1,
      high:
        most(
          all.map(({ by }) => Math.abs(by)),
          level,
        ) || 1,
    };
  });
  const drawn = lanes.map(({ row, series, value }) => {
    const { far = 1, high = 1 } = scales[row] ?? {};
    const place = ({ x, by }: Point) => ({
      row,
      x: (x / far) * 100,
      y: Math.min(1.1, Math.max(-1.1, by / high)),
    });
    return { series, points: value.points.map(place), slope: value.slope.map(place) };
  });
  return {
    title: chart.title,
    description: `Marks are readings of ${y?.title} against the first one; lines are the fitted slopes (${slope && titleOf(slope)}). Each row has its own scale${least}${cut}.`,
    series,
    plot: {
      height: 48 + names.length * rowHeight,
      marginLeft: nameMargin(names),
      marginBottom: 40,
      x: {
        domain: [0, 100],
        label: `${x?.title}, % of the row’s`,
        labelAnchor: "center",
        grid: true,
        ticks: 6,
      },
      y: { domain: [-1.1, 1.1], axis: null },
      fy: { ...nameAxis(names), padding: 0.08, axis: "left" },
      marks: [
        Plot.ruleY([0], { strokeOpacity: 0.3 }),
        ...series.flatMap(({ name, color, symbol, dash }) => {
          const own = drawn.filter((lane) => lane.series === name);
          return [
            ...own.map(({ slope }) =>
              Plot.line(slope, {
                ...{ x: "x", y: "y", fy: "row" },
                ...{ stroke: color, strokeWidth: 1.6, strokeDasharray: dash },
              }),
            ),
            Plot.dot(
              own.flatMap(({ points }) => points),
              { x: "x", y: "y", fy: "row", r: 2.2, symbol, fill: color },
            ),
          ];
        }),
      ],
    },
  };
}

function toPoints(xs: readonly number[] | null, ys: readonly number[] | null): Point[] {
  const [first = 0] = ys ?? [];
  const all = (xs ?? []).flatMap((x, n) => {
    const by = (ys?.[n] ?? Number.NaN) - first;
    return x >= 0 && isOnLinear(x) && isOnLinear(by) ? [{ x, by }] : [];
  });
  const every = Math.ceil(all.length / mostPoints);
  return all.filter((_, n) => n % every === 0);
}

/** Both ends of the line of that slope. Theil and Sen's goes through the median of what the slope leaves. */
function toSlope(points: readonly Point[], slope: number | null): Point[] {
  if (!isOnLinear(slope)) return [];
  const start = median(points.map(({ x, by }) => by - slope * x));
  const xs = points.map(({ x }) => x);
  return [Math.min(...xs), Math.max(...xs)].map((x) => ({ x, by: start + slope * x }));
}
