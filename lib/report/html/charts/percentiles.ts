import * as Plot from "@observablehq/plot";
import { cells } from "../../../result/cell.ts";
import type { Drawing } from "../figure.ts";
import { isOnLog, nameAxis, nameMargin, timeAxis } from "./axis.ts";
import { type ChartOf, readCell, toLanes } from "./lanes.ts";

const laneHeight = 9;

/** p50, p95 and p99 of each row and series on one logarithmic axis; nothing where no row has a time. */
export function percentiles({ chart, table, tables }: ChartOf<"percentiles">): Drawing | undefined {
  const { names, series, lanes, cut } = toLanes(table, tables, {
    ...chart,
    most: 80,
    read(row) {
      const latency = readCell(cells.latency, row[chart.value]);
      if (!latency || !isOnLog(latency.p50_ms)) return;
      const { p50_ms: p50, p95_ms, p99_ms } = latency;
      const above = [p95_ms, p99_ms].filter(isOnLog);
      return { p50, above, furthest: Math.max(p50, ...above) };
    },
  });
  if (lanes.length === 0) return;
  const marks = lanes.map(({ value, ...lane }) => ({ ...lane, ...value }));
  return {
    title: chart.title,
    description: `Filled marks are medians${explain(marks.map(({ above }) => above.length))}; the axis is logarithmic${cut}.`,
    series,
    plot: {
      height: 48 + names.length * (10 + laneHeight * series.length),
      marginLeft: nameMargin(names),
      marginBottom: 40,
      x: timeAxis(marks.flatMap(({ p50, furthest }) => [p50, furthest])),
      y: nameAxis(names),
      marks: series.flatMap(({ name, color, symbol }, lane) => {
        const own = marks.filter((mark) => mark.series === name);
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
