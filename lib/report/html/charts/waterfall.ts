import * as Plot from "@observablehq/plot";
import { isStepped, type Step, waterfallsOf } from "../../waterfall.ts";
import type { Drawing } from "../figure.ts";
import { axisLabel, isOnLinear, linearScale, nameAxis, nameMargin } from "./axis.ts";
import { type ChartOf, columnOf, sayCut } from "./lanes.ts";

const mostSteps = 60;
const mostCharts = 12;
const color = "var(--series-0)";

/** What steps add to each other, in a chart for each group of them; `undefined` without a step. */
export function waterfalls({ chart, table }: ChartOf<"waterfall">): (Drawing | undefined)[] {
  const all = [...waterfallsOf(chart, table)].flatMap(([name, steps]) => {
    const drawn = steps.filter(({ from, adds }) => isOnLinear(from) && isOnLinear(adds.estimate));
    return isStepped(drawn) ? [{ name, steps: drawn }] : [];
  });
  if (all.length === 0) return [undefined];
  const groups = all.slice(0, mostCharts);
  return groups.map(({ name, steps }) => {
    const cut = sayCut(mostSteps, steps.length, "steps") + sayCut(groups.length, all.length, "charts");
    const title = name === "" ? chart.title : `${chart.title}: ${name}`;
    return waterfall(title, steps.slice(0, mostSteps), { column: columnOf(table, chart.value), cut });
  });
}

function waterfall(
  title: string,
  steps: readonly Step[],
  { column, cut }: { column: ReturnType<typeof columnOf>; cut: string },
): Drawing {
  const ends = steps.flatMap(({ from, adds }) => [from, from + adds.estimate]);
  const [least, most] = [Math.min(0, ...ends), Math.max(0, ...ends)];
  const { by, unit } = linearScale(column, Math.max(-least, most));
  // An interval that reaches far out is cut: the bars are what is looked at.
  const clip = (at: number) => Math.min(most * 1.15, Math.max(least * 1.15, at)) / by;
  const bars = steps.map(({ depth, from, adds }, row) => {
    const [low, high] = [adds.low, adds.high].map((end) => from + (isOnLinear(end) ? end : adds.estimate));
    return {
      ...{ row, from: from / by, to: (from + adds.estimate) / by, isGround: depth === 0 },
      ...{ low: clip(low ?? 0), high: clip(high ?? 0) },
    };
  });
  const names = steps.map(({ name, depth }) => `${"– ".repeat(Math.min(depth, 8))}${name}`);
  return {
    title,
    description: `Each bar begins where the way ends that it is built upon, and is as long as what it adds; thin lines are 95 % intervals${cut}.`,
    series: [],
    plot: {
      height: 52 + names.length * 24,
      marginLeft: nameMargin(names),
      marginRight: 28,
      marginBottom: 40,
      x: {
        label: axisLabel(column, unit),
        labelAnchor: "center",
        grid: true,
        domain: least < most ? [clip(least * 1.15), clip(most * 1.15)] : [0, 1],
      },
      y: nameAxis(names),
      marks: [
        Plot.ruleX([0], { stroke: "currentColor", strokeOpacity: 0.5 }),
        ...[true, false].map((isGround) =>
          Plot.barX(
            bars.filter((bar) => bar.isGround === isGround),
            {
              ...{ y: "row", x1: "from", x2: "to", fill: isGround ? "var(--quiet)" : color },
              ...{ insetTop: 5, insetBottom: 5, insetLeft: -0.5, insetRight: -0.5 },
            },
          ),
        ),
        Plot.ruleY(bars, { y: "row", x1: "low", x2: "high", stroke: "currentColor", strokeWidth: 1.5 }),
      ],
    },
  };
}
