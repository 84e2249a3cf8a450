import * as Plot from "@observablehq/plot";
import { percentile } from "../../../judge/stats.ts";
import { cells } from "../../../result/cell.ts";
import { type Tone, toneOf } from "../../tone.ts";
import type { Drawing } from "../figure.ts";
import { axisLabel, isOnLinear, linearScale, nameAxis, nameMargin } from "./axis.ts";
import { type ChartOf, columnOf, readCell, toLanes } from "./lanes.ts";

const color = "var(--series-0)";
/** By the tone of the verdict. */
const looks = {
  good: { symbol: "circle", fill: color },
  bad: { symbol: "times", fill: "none" },
  unsure: { symbol: "circle", fill: "var(--page)" },
} as const satisfies Record<Tone, object>;

/** Estimates with their intervals, against what is claimed; nothing without an estimate. */
export function intervals({ chart, table, tables }: ChartOf<"intervals">): Drawing | undefined {
  const { value, status, band } = chart;
  const { names, lanes, cut } = toLanes(table, tables, {
    rows: chart.rows,
    most: 80,
    read(row) {
      const figure = readCell(cells.estimate, row[value]);
      if (!figure || !isOnLinear(figure.estimate)) return;
      const { estimate, low, high } = figure;
      const ends = [low, high].map((end) => (isOnLinear(end) ? end : estimate));
      const verdict = status === undefined ? "met" : (readCell(cells.status, row[status]) ?? "");
      return { at: estimate, ends, tone: toneOf(verdict) };
    },
  });
  const values = lanes.flatMap(({ value: { at, ends } }) => [at, ...ends]);
  if (values.length === 0) return;
  const claimed = band?.every(isOnLinear) ? band : undefined;
  const inside = usual(values);
  const domain = [Math.min(0, ...inside, ...(claimed ?? [])), Math.max(0, ...inside, ...(claimed ?? []))];
  const [lowest = 0, highest = 1] = domain[0] === domain[1] ? [0, 1] : domain;
  const { by, unit } = linearScale(columnOf(table, value), Math.max(-lowest, highest));
  const clip = (value: number) => Math.min(highest, Math.max(lowest, value)) / by;
  const marks = lanes.map(({ row, value: { at, ends, tone } }) => {
    const [low, high] = ends.map(clip);
    return { row, tone, at: clip(at), low, high };
  });
  return {
    title: chart.title,
    description: [
      "Lines are 95 % intervals",
      claimed ? `, the band is what is claimed, ${claimed.map((end) => end / by).join(" to ")}` : "",
      status === undefined ? "" : "; filled marks are met, crosses missed, rings undecided",
      values.length > inside.length ? "; what lies far outside is drawn at the edge" : "",
      `${cut}.`,
    ].join(""),
    series: [],
    plot: {
      height: 56 + names.length * 20,
      marginLeft: nameMargin(names),
      marginRight: 28,
      marginBottom: 40,
      x: {
        domain: [lowest / by, highest / by],
        grid: true,
        label: axisLabel(columnOf(table, value), unit),
        labelAnchor: "center",
      },
      y: nameAxis(names),
      marks: [
        ...(claimed
          ? [Plot.rectX([claimed.map((end) => end / by)], { x1: "0", x2: "1", fill: "var(--band)" })]
          : []),
        Plot.ruleX([0], { stroke: "currentColor", strokeOpacity: 0.5 }),
        Plot.ruleY(marks, { y: "row", x1: "low", x2: "high", stroke: color, strokeWidth: 2 }),
        ...(["good", "bad", "unsure"] as const).map((tone) =>
          Plot.dot(
            marks.filter((mark) => mark.tone === tone),
            { x: "at", y: "row", r: 4, stroke: color, strokeWidth: 2, ...looks[tone] },
          ),
        ),
      ],
    },
  };
}

/** Those within Tukey's fences (Exploratory Data Analysis, 1977): one interval to -900 % would squeeze all others. */
function usual(values: readonly number[]): number[] {
  const sorted = values.toSorted((a, b) => a - b);
  const [q1, q3] = [percentile(sorted, 0.25), percentile(sorted, 0.75)];
  const reach = 1.5 * (q3 - q1);
  return reach === 0 ? sorted : sorted.filter((value) => value >= q1 - reach && value <= q3 + reach);
}
