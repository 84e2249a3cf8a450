import * as Plot from "@observablehq/plot";
import type { Estimate } from "../../../measure/stats.ts";
import type { Drawing } from "../figure.ts";
import { toSeries } from "../series.ts";
import { isOnLinear, isOnLog } from "./axis.ts";

export interface ScalingLine {
  readonly series: string;
  readonly points: readonly { readonly concurrency: number; readonly figure: Estimate | null }[];
  /** The fitted law, where there is one. */
  readonly law: ((concurrency: number) => number) | null;
}

/** A figure by concurrency with its intervals, and the fitted law through it; nothing where no point is known. */
export function scalingChart(
  title: string,
  label: string,
  lines: readonly ScalingLine[],
): Drawing | undefined {
  const points = lines.flatMap(({ series, points }) =>
    points.flatMap(({ concurrency, figure }) =>
      figure && isOnLog(concurrency) && isOnLinear(figure.estimate)
        ? [{ series, concurrency, ...figure }]
        : [],
    ),
  );
  if (points.length === 0) return;
  const highest = Math.max(...points.map(({ estimate }) => estimate)) * 1.5;
  const clip = (value: number) => Math.min(Math.max(0, value), highest);
  const at = [...new Set(points.map(({ concurrency }) => concurrency))].sort((a, b) => a - b);
  const [first = 1, last = 1] = [at[0], at.at(-1)];
  const series = toSeries(lines.map(({ series }) => series));
  const steps = Array.from({ length: 49 }, (_, step) => first * (last / first) ** (step / 48));
  return {
    title,
    description: `Marks are estimates, upright lines their 95 % intervals${lines.some(({ law }) => law) ? ", curves the fitted Universal Scalability Law" : ""}. Concurrency is logarithmic; intervals are cut at half above the highest mark.`,
    series,
    plot: {
      height: 310,
      marginTop: 28,
      marginLeft: 70,
      marginBottom: 40,
      x: {
        ...{
          type: "log",
          base: 2,
          ticks: at,
          tickFormat: String,
          label: "concurrency",
          labelAnchor: "center",
        },
        domain: first === last ? [first / 2, last * 2] : [first / 1.1, last * 1.1],
      },
      y: { domain: [0, highest > 0 ? highest : 1], grid: true, label, ticks: 6 },
      marks: series.flatMap(({ name, color, symbol, dash }, index) => {
        const own = points.filter((point) => point.series === name);
        const dx = (index - (series.length - 1) / 2) * 4;
        const bars = own.flatMap(({ concurrency, low, high }) =>
          low === null || high === null ? [] : [{ concurrency, low: clip(low), high: clip(high) }],
        );
        const fit = lines.flatMap(({ series, law }) =>
          series === name && law ? steps.map((x) => ({ x, y: clip(law(x)) })) : [],
        );
        return [
          Plot.ruleX(bars, {
            x: "concurrency",
            y1: "low",
            y2: "high",
            stroke: color,
            strokeOpacity: 0.7,
            dx,
          }),
          Plot.line(fit, { x: "x", y: "y", stroke: color, strokeWidth: 1.8, strokeDasharray: dash }),
          Plot.dot(own, {
            x: "concurrency",
            y: ({ estimate }) => clip(estimate),
            r: 4.5,
            symbol,
            fill: color,
            dx,
          }),
        ];
      }),
    },
  };
}
