import * as Plot from "@observablehq/plot";
import type { StoredHistogram } from "../../../measure/histogram.ts";
import { toBins } from "../../sheets/p2p_latency.ts";
import type { Drawing } from "../figure.ts";
import { toSeries } from "../series.ts";
import { nameAxis, nameMargin, timeAxis } from "./axis.ts";

export interface DistributionRow {
  readonly name: string;
  readonly lanes: readonly { readonly series: string; readonly histogram: StoredHistogram }[];
}

interface Bin {
  readonly row: number;
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly share: number;
}

const rowHeight = 44;
const tallest = 0.92;
const mostRows = 60;

/** How the times of each row lie, one above the other on one logarithmic axis; nothing where nothing was recorded. */
export function distributionChart(title: string, all: readonly DistributionRow[]): Drawing | undefined {
  const rows = all.slice(0, mostRows);
  const bins = rows.flatMap(({ lanes }, row) =>
    lanes.flatMap(({ series, histogram }) => {
      const bins = toBins(histogram);
      const most = Math.max(...bins.map(({ calls }) => calls));
      return bins.map(
        ({ fromMs, toMs, calls }): Bin => ({
          row,
          name: series,
          from: fromMs,
          to: toMs,
          share: calls / most,
        }),
      );
    }),
  );
  if (bins.length === 0) return;
  const series = toSeries(bins.map(({ name }) => name));
  const names = rows.map(({ name }) => name);
  return {
    title,
    description:
      "Each row is the distribution of one tool; the taller, the more calls took that long. Heights compare within a line, " +
      `not between rows${all.length > rows.length ? `; the first ${rows.length} of ${all.length} are drawn` : ""}. The axis is logarithmic.`,
    series,
    plot: {
      height: 48 + rows.length * rowHeight,
      marginLeft: nameMargin(names),
      marginBottom: 40,
      x: {
        ...timeAxis(
          bins.flatMap(({ from, to }) => [from, to]),
          "time",
        ),
        grid: true,
      },
      y: { domain: [0, 1], axis: null },
      fy: { ...nameAxis(names), padding: 0.08, axis: "left" },
      marks: [
        Plot.ruleY([0], { strokeOpacity: 0.3 }),
        ...series.flatMap(({ name, color }) => {
          const outline = rows.flatMap((_, row) =>
            toOutline(bins.filter((bin) => bin.name === name && bin.row === row)),
          );
          const options = { x: "x", y: "y", z: "row", fy: "row", curve: "linear" } as const;
          return [Plot.line(outline, { ...options, stroke: color, fill: color, fillOpacity: 0.4 })];
        }),
      ],
    },
  };
}

/** The steps of a histogram as one line, down to 0 where a bin is empty. */
function toOutline(bins: readonly Bin[]): { row: number; x: number; y: number }[] {
  return bins.flatMap(({ row, from, to, share }, index) => {
    const y = share * tallest;
    const [before, after] = [bins[index - 1], bins[index + 1]];
    return [
      ...(before?.to === from ? [] : [{ row, x: from, y: 0 }]),
      { row, x: from, y },
      { row, x: to, y },
      ...(after?.from === to ? [] : [{ row, x: to, y: 0 }]),
    ];
  });
}
