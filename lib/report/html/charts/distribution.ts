import * as Plot from "@observablehq/plot";
import { bucketStartNs, type StoredHistogram } from "../../../judge/histogram.ts";
import { cells } from "../../../result/cell.ts";
import type { Column, Table } from "../../../result/table.ts";
import type { Drawing } from "../figure.ts";
import { nameAxis, nameMargin, timeAxis } from "./axis.ts";
import { type ChartOf, columnOf, readCell, toLanes } from "./lanes.ts";

interface Bin {
  readonly fromMs: number;
  readonly toMs: number;
  readonly calls: number;
}

const rowHeight = 44;
const tallest = 0.92;

/** How the times of each row lie, one above the other on one logarithmic axis; nothing where nothing was recorded. */
export function distribution({ chart, table, tables }: ChartOf<"distribution">): Drawing | undefined {
  const { names, series, lanes, cut } = toLanes(table, tables, {
    ...chart,
    most: 60,
    read(row) {
      const bins = toBins(readCell(cells.histogram, row[chart.value]));
      return bins.length > 0 ? bins : undefined;
    },
  });
  if (lanes.length === 0) return;
  return {
    title: chart.title,
    description: `The taller, the more of the row’s calls took that long. Heights compare within a line, not between rows; the axis is logarithmic${cut}.`,
    series,
    plot: {
      height: 48 + names.length * rowHeight,
      marginLeft: nameMargin(names),
      marginBottom: 40,
      x: timeAxis(lanes.flatMap(({ value }) => value.flatMap(({ fromMs, toMs }) => [fromMs, toMs]))),
      y: { domain: [0, 1], axis: null },
      fy: { ...nameAxis(names), padding: 0.08, axis: "left" },
      marks: [
        Plot.ruleY([0], { strokeOpacity: 0.3 }),
        ...series.map(({ name, color }) => {
          const own = lanes.filter((lane) => lane.series === name);
          const outline = own.flatMap(({ row, value }, lane) =>
            toOutline(value).map((point) => ({ ...point, row, lane })),
          );
          const options = { x: "x", y: "y", z: "lane", fy: "row", curve: "linear" } as const;
          return Plot.line(outline, { ...options, stroke: color, fill: color, fillOpacity: 0.4 });
        }),
      ],
    },
  };
}

/** The steps of a histogram as one line, down to 0 where a bin is empty. */
function toOutline(bins: readonly Bin[]): { x: number; y: number }[] {
  const most = Math.max(...bins.map(({ calls }) => calls));
  return bins.flatMap(({ fromMs, toMs, calls }, index) => {
    const y = (calls / most) * tallest;
    const [before, after] = [bins[index - 1], bins[index + 1]];
    return [
      ...(before?.toMs === fromMs ? [] : [{ x: fromMs, y: 0 }]),
      { x: fromMs, y },
      { x: toMs, y },
      ...(after?.fromMs === toMs ? [] : [{ x: toMs, y: 0 }]),
    ];
  });
}

const constraints = { required: true };
const binColumns: readonly Column[] = [
  { name: "from_ms", type: "number", kind: "number", title: "from", unit: "ms", constraints },
  { name: "below_ms", type: "number", kind: "number", title: "below", unit: "ms", constraints },
  { name: "calls", type: "integer", kind: "count", title: "calls", constraints },
];

/** How often each time occurred, in the bins that the chart draws. */
export function tableOfBins({ chart, table }: Pick<ChartOf<"distribution">, "chart" | "table">): Table {
  const labels = table.columns.filter(({ kind }) => kind === "label");
  return {
    name: `${table.name}_${chart.value}`.slice(0, 64),
    title: `${columnOf(table, chart.value).title || chart.title}: how many calls took how long`,
    folded: true,
    notes: [],
    charts: [],
    columns: [...labels, ...binColumns],
    rows: table.rows.flatMap((row) =>
      toBins(readCell(cells.histogram, row[chart.value])).map(({ fromMs, toMs, calls }) => ({
        ...Object.fromEntries(labels.map(({ name }) => [name, row[name]])),
        ...{ from_ms: fromMs, below_ms: toMs, calls },
      })),
    ),
  };
}

/**
 * 128 buckets for each doubling are far more than some hundred samples fill; 32 of them make one bin, so that times within
 * a factor of ten lie in 13 bins, as many as Rice's rule gives 300 samples.
 */
const perBin = 32;

function toBins(histogram: StoredHistogram | null): Bin[] {
  const counts = new Map<number, number>();
  for (const [index, count] of histogram?.buckets ?? []) {
    const bin = Math.floor(Math.max(0, index - 1) / perBin);
    if (count > 0) counts.set(bin, (counts.get(bin) ?? 0) + count);
  }
  return [...counts]
    .sort(([a], [b]) => a - b)
    .map(([bin, calls]) => ({ fromMs: startMs(bin), toMs: startMs(bin + 1), calls }));
}

/** To six figures: more would say nothing, and a table of them would be twice as long. */
function startMs(bin: number): number {
  return Number((bucketStartNs(bin * perBin + 1) / 1e6).toPrecision(6));
}
