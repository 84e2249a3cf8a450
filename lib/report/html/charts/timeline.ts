import * as Plot from "@observablehq/plot";
import { cells } from "../../../result/cell.ts";
import type { Row } from "../../../result/table.ts";
import type { Drawing } from "../figure.ts";
import { toSeries } from "../series.ts";
import { isOnLinear, linearScale, nameAxis, nameMargin } from "./axis.ts";
import { type ChartOf, columnOf, nameOf, orderOf, readCell, sayCut } from "./lanes.ts";

interface Step {
  readonly name: string;
  readonly dependsOn: readonly string[];
  readonly started: number;
  readonly ended: number;
}

const mostSteps = 60;
const mostCharts = 12;

/** When steps waited and ran, in a chart for each group of them, all on the same axis; `undefined` without a step. */
export function timelines({ chart, table, tables }: ChartOf<"timeline">): (Drawing | undefined)[] {
  const { title, each } = chart;
  const nameIn = (row: Row) => each.map((label) => nameOf(row, label)).join(", ");
  const all = [...Map.groupBy(table.rows, nameIn)].flatMap(([name, rows]) => {
    const steps = rows.flatMap((row) => toStep(chart, row));
    return steps.length > 0 ? [{ name, runtime: nameOf(rows[0] ?? {}, each.at(-1)), steps }] : [];
  });
  if (all.length === 0) return [undefined];
  const groups = all.slice(0, mostCharts);
  const last = Math.max(
    0,
    ...groups.flatMap(({ steps }) => steps.slice(0, mostSteps).map(({ ended }) => ended)),
  );
  const { by, unit } = linearScale(columnOf(table, chart.ended), last);
  const until = last > 0 ? last / by : 1;
  const order = orderOf(tables, each.at(-1));
  return groups.map(({ name, runtime, steps }) => {
    const shown = steps.slice(0, mostSteps);
    const scaled = shown.map((step) => ({ ...step, started: step.started / by, ended: step.ended / by }));
    const cut = sayCut(shown.length, steps.length, "steps") + sayCut(groups.length, all.length, "timelines");
    const [series] = toSeries([runtime], order);
    const look = { unit, until, cut, color: series?.color ?? "currentColor" };
    return timeline(name === "" ? title : `${title}: ${name}`, scaled, look);
  });
}

function toStep(chart: ChartOf<"timeline">["chart"], row: Row): Step[] {
  const started = readCell(cells.number, row[chart.started]);
  const ended = readCell(cells.number, row[chart.ended]);
  const dependsOn = readCell(cells.texts, row[chart.depends_on]) ?? [];
  if (!isOnLinear(started) || !isOnLinear(ended)) return [];
  return [{ name: nameOf(row, chart.step), dependsOn, started, ended }];
}

interface Look {
  readonly unit: string;
  readonly until: number;
  readonly cut: string;
  readonly color: string;
}

function timeline(title: string, steps: readonly Step[], { unit, until, cut, color }: Look): Drawing {
  const ends = new Map(steps.map(({ name, ended }) => [name, ended]));
  const rows = new Map(steps.map(({ name }, row) => [name, row]));
  const bars = steps.map(({ dependsOn, started, ended }, row) => {
    const ready = Math.max(0, ...dependsOn.flatMap((name) => ends.get(name) ?? []));
    return { row, ready: Math.min(ready, started), started, ended };
  });
  const edges = steps.flatMap(({ dependsOn, started }, to) =>
    dependsOn.flatMap((name) => {
      const [from, at] = [rows.get(name), ends.get(name)];
      return from === undefined || at === undefined ? [] : [{ from, at, to, started }];
    }),
  );
  const names = steps.map(({ name }) => name);
  return {
    title,
    description:
      "The thin line is a step waiting for its turn, the thick bar the step running, widened to be seen; dotted lines lead " +
      `from a step to those that depend on it${cut}.`,
    series: [],
    plot: {
      height: 52 + names.length * 24,
      marginLeft: nameMargin(names),
      marginRight: 28,
      marginBottom: 40,
      x: { label: unit || null, labelAnchor: "center", grid: true, domain: [0, until] },
      y: nameAxis(names),
      marks: [
        Plot.link(edges, {
          ...{ x1: "at", x2: "started", y1: "from", y2: "to", strokeDasharray: "2 3" },
          ...{ stroke: "currentColor", strokeOpacity: 0.55 },
        }),
        Plot.ruleY(bars, { y: "row", x1: "ready", x2: "started", stroke: "var(--quiet)", strokeWidth: 1.5 }),
        Plot.barX(bars, {
          ...{ y: "row", x1: "started", x2: "ended", fill: color },
          ...{ insetTop: 5, insetBottom: 5, insetLeft: -1.5, insetRight: -1.5 },
        }),
      ],
    },
  };
}
