import * as Plot from "@observablehq/plot";
import { median } from "../../../measure/stats.ts";
import type { Drawing } from "../figure.ts";
import { toSeries } from "../series.ts";
import { isOnLinear, nameAxis, nameMargin } from "./axis.ts";

export interface HeapRow {
  readonly name: string;
  readonly lanes: readonly {
    readonly series: string;
    readonly samples: readonly { readonly calls: number; readonly heap_bytes: number }[];
    readonly bytesPerCall: number | null;
  }[];
}

/** A heap that moves by less in a whole test is drawn as a level line. */
const flatBytes = 64 * 1024;
const rowHeight = 44;
const mostRows = 60;

/** How the heap of each row grew with the calls, and the slope fitted to it; nothing where nothing was read. */
export function heapChart(title: string, all: readonly HeapRow[]): Drawing | undefined {
  const rows = all.slice(0, mostRows);
  const lines = rows.flatMap(({ lanes }, row) => {
    const grown = lanes.map((lane) => ({ ...lane, row, ...toGrowth(lane.samples, lane.bytesPerCall) }));
    const most = Math.max(flatBytes, ...grown.flatMap(({ points }) => points.map(({ by }) => Math.abs(by))));
    const last = Math.max(1, ...grown.flatMap(({ points }) => points.map(({ calls }) => calls)));
    return grown.map((line) => ({ ...line, most, last }));
  });
  const readings = lines.flatMap(({ points, row, series, most, last }) =>
    points.map(({ calls, by }) => ({ row, series, calls: (calls / last) * 100, by: by / most })),
  );
  if (readings.length === 0) return;
  const series = toSeries(lines.map(({ series }) => series));
  const names = rows.map(({ name }) => name);
  return {
    title,
    description:
      `Marks are the collected heap after each batch of calls, against its first reading; lines are the fitted slopes. Each row has its own scale: its calls, and at least ${flatBytes / 1024} KiB up and down` +
      (all.length > rows.length ? `; the first ${rows.length} of ${all.length} are drawn.` : "."),
    series,
    plot: {
      height: 48 + rows.length * rowHeight,
      marginLeft: nameMargin(names),
      marginBottom: 40,
      x: { domain: [0, 100], label: "calls, % of the test", labelAnchor: "center", grid: true, ticks: 6 },
      y: { domain: [-1.1, 1.1], axis: null },
      fy: { ...nameAxis(names), padding: 0.08, axis: "left" },
      marks: [
        Plot.ruleY([0], { strokeOpacity: 0.3 }),
        ...series.flatMap(({ name, color, symbol, dash }) => [
          ...lines
            .filter((line) => line.series === name)
            .map(({ slope, row, most, last }) =>
              Plot.line(
                slope.map(({ calls, by }) => ({
                  calls: (calls / last) * 100,
                  by: Math.max(-1.1, Math.min(1.1, by / most)),
                  row,
                })),
                { x: "calls", y: "by", fy: "row", stroke: color, strokeWidth: 1.6, strokeDasharray: dash },
              ),
            ),
          Plot.dot(
            readings.filter((reading) => reading.series === name),
            { x: "calls", y: "by", fy: "row", r: 2.2, symbol, fill: color },
          ),
        ]),
      ],
    },
  };
}

function toGrowth(samples: HeapRow["lanes"][number]["samples"], bytesPerCall: number | null) {
  const first = samples[0]?.heap_bytes ?? 0;
  const points = samples.map(({ calls, heap_bytes }) => ({ calls, by: heap_bytes - first }));
  if (bytesPerCall === null || !isOnLinear(bytesPerCall) || points.length === 0) return { points, slope: [] };
  // Theil and Sen's line goes through the median of what the slope leaves.
  const start = median(points.map(({ calls, by }) => by - bytesPerCall * calls));
  const ends = [Math.min(...points.map(({ calls }) => calls)), Math.max(...points.map(({ calls }) => calls))];
  return { points, slope: ends.map((calls) => ({ calls, by: start + bytesPerCall * calls })) };
}
