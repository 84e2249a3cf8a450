import * as Plot from "@observablehq/plot";
import { throughputAt } from "../../../judge/scaling.ts";
import { cells } from "../../../result/cell.ts";
import type { Table } from "../../../result/table.ts";
import type { Drawing } from "../figure.ts";
import { isOnLinear, isOnLog, valueAxis } from "./axis.ts";
import { type ChartOf, columnOf, readCell, toLanes } from "./lanes.ts";

/** An estimate with its interval by a number on a logarithmic axis, and the fitted law; nothing where no point is known. */
export function lines({ chart, table, tables }: ChartOf<"lines">): Drawing | undefined {
  const { title, x, y, law, log = false } = chart;
  const { series, lanes, cut } = toLanes(table, tables, {
    ...{ rows: [], series: chart.series, most: 1 },
    read(row) {
      const [at, figure] = [Number(row[x] ?? Number.NaN), readCell(cells.estimate, row[y])];
      const hasPlace = log ? isOnLog : isOnLinear;
      return figure && isOnLog(at) && hasPlace(figure.estimate) ? { at, ...figure } : undefined;
    },
  });
  if (lanes.length === 0) return;
  const most = Math.max(...lanes.map(({ value }) => value.estimate)) * 1.5;
  const highest = most > 0 ? most : 1;
  const lowest = log ? Math.min(...lanes.map(({ value }) => value.estimate)) / 1.5 : 0;
  const { by, axis } = valueAxis(columnOf(table, y), [lowest, highest], log);
  const clip = (value: number) => Math.min(Math.max(lowest, value), highest) / by;
  const at = [...new Set(lanes.map(({ value }) => value.at))].sort((a, b) => a - b);
  const [first = 1, last = 1] = [at[0], at.at(-1)];
  const steps = Array.from({ length: 49 }, (_, step) => first * (last / first) ** (step / 48));
  const laws = tables.find(({ name }) => name === law);
  const fits = new Map(
    series.flatMap(({ name }) => {
      const fit = laws && lawOf(laws, chart.series, name);
      return fit ? [[name, fit] as const] : [];
    }),
  );
  return {
    title,
    description: [
      "Marks are estimates, upright lines their 95 % intervals",
      fits.size > 0 ? ", curves the fitted Universal Scalability Law" : "",
      `; ${log ? "both axes are" : "the axis below is"} logarithmic, and intervals are cut at half above the highest mark`,
      `${cut}.`,
    ].join(""),
    series,
    plot: {
      height: 310,
      marginTop: 28,
      marginLeft: 70,
      marginBottom: 40,
      x: {
        ...{ type: "log", base: 2, ticks: at, tickFormat: String, labelAnchor: "center" },
        label: columnOf(table, x).title,
        domain: first === last ? [first / 2, last * 2] : [first / 1.1, last * 1.1],
      },
      y: axis,
      marks: series.flatMap(({ name, color, symbol, dash }, index) => {
        const own = lanes.filter((lane) => lane.series === name).map(({ value }) => value);
        const dx = (index - (series.length - 1) / 2) * 4;
        const bars = own.flatMap(({ at, low, high }) =>
          low === null || high === null ? [] : [{ at, low: clip(low), high: clip(high) }],
        );
        const fit = fits.get(name);
        // Where there is a law, it is the line.
        const line = fit
          ? steps.map((at) => ({ at, y: clip(fit(at)) }))
          : own.toSorted((a, b) => a.at - b.at).map(({ at, estimate }) => ({ at, y: clip(estimate) }));
        return [
          Plot.ruleX(bars, { x: "at", y1: "low", y2: "high", stroke: color, strokeOpacity: 0.7, dx }),
          Plot.line(line, {
            x: "at",
            y: "y",
            stroke: color,
            strokeWidth: fit ? 1.8 : 1,
            strokeDasharray: dash,
            dx: fit ? 0 : dx,
          }),
          Plot.dot(own, { x: "at", y: ({ estimate }) => clip(estimate), r: 4.5, symbol, fill: color, dx }),
        ];
      }),
    },
  };
}

/** The law of a series, where the table has it and it can be drawn. */
function lawOf(
  { rows }: Table,
  label: string | undefined,
  series: string,
): ((n: number) => number) | undefined {
  const row = rows.find((row) => label === undefined || row[label] === series);
  const [lambda, sigma, kappa] = ["lambda", "sigma", "kappa"].map(
    (name) => readCell(cells.estimate, row?.[name])?.estimate,
  );
  if (lambda === undefined || sigma === undefined || kappa === undefined) return;
  const law = (n: number) =>
    throughputAt(n, { lambda, sigma: Math.max(0, sigma), kappa: Math.max(0, kappa) });
  // A file of anybody's may hold parameters with which the law divides by 0.
  return [1, 2, 1024].every((n) => Number.isFinite(law(n)) && law(n) >= 0) ? law : undefined;
}
