import * as Plot from "@observablehq/plot";
import type { Drawing } from "../figure.ts";
import { toSeries } from "../series.ts";
import { isOnLinear, nameAxis, nameMargin } from "./axis.ts";

export interface TimelineStep {
  readonly step_id: string;
  readonly depends_on: readonly string[];
  readonly started_ms: number;
  readonly ended_ms: number;
}

const mostSteps = 60;

/** When the steps of one workflow waited and ran, from its submission until an instant; nothing without a step. */
export function timelineChart(
  title: string,
  runtime: string,
  all: readonly TimelineStep[],
  untilMs: number,
): Drawing | undefined {
  const steps = all
    .slice(0, mostSteps)
    .filter(({ started_ms, ended_ms }) => isOnLinear(started_ms) && isOnLinear(ended_ms));
  if (steps.length === 0) return;
  const until = isOnLinear(untilMs) && untilMs > 0 ? untilMs : 1;
  const ended = new Map(steps.map(({ step_id, ended_ms }) => [step_id, ended_ms]));
  const rowOf = new Map(steps.map(({ step_id }, row) => [step_id, row]));
  const bars = steps.map(({ depends_on, started_ms, ended_ms }, row) => {
    const ready = Math.max(0, ...depends_on.flatMap((id) => ended.get(id) ?? []));
    return { row, ready: Math.min(ready, started_ms), started: started_ms, ended: ended_ms };
  });
  const edges = steps.flatMap(({ depends_on, started_ms }, to) =>
    depends_on.flatMap((id) => {
      const [from, at] = [rowOf.get(id), ended.get(id)];
      return from === undefined || at === undefined ? [] : [{ from, at, to, started: started_ms }];
    }),
  );
  const names = steps.map(({ step_id }) => step_id);
  return {
    title,
    description:
      "Time runs to the right from the submission. The thin line is a step waiting for its turn, the thick bar the step " +
      "running, widened to be seen; dotted lines lead from a step to those that depend on it.",
    series: [],
    plot: {
      height: 52 + names.length * 24,
      marginLeft: nameMargin(names),
      marginRight: 28,
      marginBottom: 40,
      x: { label: "ms since the submission", labelAnchor: "center", grid: true, domain: [0, until] },
      y: nameAxis(names),
      marks: [
        Plot.link(edges, {
          ...{ x1: "at", x2: "started", y1: "from", y2: "to", strokeDasharray: "2 3" },
          ...{ stroke: "currentColor", strokeOpacity: 0.55 },
        }),
        Plot.ruleY(bars, {
          y: "row",
          x1: "ready",
          x2: "started",
          stroke: "var(--quiet)",
          strokeWidth: 1.5,
        }),
        Plot.barX(bars, {
          y: "row",
          x1: "started",
          x2: "ended",
          fill: toSeries([runtime])[0]?.color ?? "currentColor",
          insetTop: 5,
          insetBottom: 5,
          insetLeft: -1.5,
          insetRight: -1.5,
        }),
      ],
    },
  };
}
