import * as Plot from "@observablehq/plot";
import type { Latency } from "../../../measure/stats.ts";
import type { Drawing } from "../figure.ts";
import { toSeries } from "../series.ts";
import { isOnLog, nameAxis, nameMargin, timeAxis } from "./axis.ts";

export interface PercentileRow {
  readonly name: string;
  /** One for each series, in the order in which they lie below each other. */
  readonly lanes: readonly { readonly series: string; readonly latency: Latency | null }[];
}

const laneHeight = 9;
/** More rows than these would be a chart that nobody reads; the table has them all. */
const mostRows = 80;

/** p50, p95 and p99 of each row and series on one logarithmic axis; nothing where no row has a time. */
export function percentileChart(title: string, all: readonly PercentileRow[]): Drawing | undefined {
  const rows = all.slice(0, mostRows);
  const series = toSeries(rows.flatMap(({ lanes }) => lanes.map(({ series }) => series)));
  const marks = rows.flatMap(({ lanes }, row) =>
    lanes.flatMap(({ series: name, latency }) => {
      if (!latency || !isOnLog(latency.p50_ms)) return [];
      const above = [latency.p95_ms, latency.p99_ms].filter(isOnLog);
      return [{ row, name, p50: latency.p50_ms, above, furthest: Math.max(latency.p50_ms, ...above) }];
    }),
  );
  if (marks.length === 0) return;
  const names = rows.map(({ name }) => name);
  return {
    title,
    description:
      `Filled marks are medians${explain(marks.map(({ above }) => above.length))}; the axis is logarithmic` +
      (all.length > rows.length ? `; the first ${rows.length} of ${all.length} are drawn.` : "."),
    series,
    plot: {
      height: 48 + rows.length * (10 + laneHeight * series.length),
      marginLeft: nameMargin(names),
      marginBottom: 40,
      x: {
        ...timeAxis(
          marks.flatMap(({ p50, furthest }) => [p50, furthest]),
          "time",
        ),
        grid: true,
      },
      y: nameAxis(names),
      marks: series.flatMap(({ name, color, symbol }, lane) => {
        const own = marks.filter((mark) => mark.name === name);
        const dy = (lane - (series.length - 1) / 2) * laneHeight;
        const [p95, p99] = [0, 1].map((which) =>
          own.flatMap(({ row, above }) => (above[which] === undefined ? [] : [{ row, x: above[which] }])),
        );
        return [
          Plot.ruleY(own, { y: "row", x1: "p50", x2: "furthest", stroke: color, strokeWidth: 1.5, dy }),
          Plot.dot(p95 ?? [], { x: "x", y: "row", r: 3, stroke: color, fill: "var(--page)", dy }),
          Plot.dot(p99 ?? [], { x: "x", y: "row", r: 1.8, fill: color, dy }),
          Plot.dot(own, { x: "p50", y: "row", r: 4, symbol, fill: color, dy }),
        ];
      }),
    },
  };
}

function explain(percentiles: readonly number[]): string {
  const most = Math.max(...percentiles);
  if (most === 0) return "; there are too few samples to know higher percentiles";
  return most === 1 ? ", rings the 95th percentiles" : ", rings the 95th and dots the 99th percentiles";
}
