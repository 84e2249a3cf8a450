import * as Plot from "@observablehq/plot";
import type { Estimate } from "../../../measure/stats.ts";
import type { Status } from "../../../result.ts";
import type { Drawing } from "../figure.ts";
import { nameAxis, nameMargin } from "./axis.ts";

export interface SavingRow {
  readonly name: string;
  readonly saving: Estimate;
  readonly status: Status | null;
}

/** What the dual-runtime claim promises, in percent. */
const claimed = [{ from: 50, to: 70 }];
const mostRows = 80;
/** A saving below this says "much slower", however much; one interval of -900 % would squeeze all others. */
const lowest = -50;
const symbols = { met: "circle", missed: "times", inconclusive: "circle" } as const;

/** Savings with their intervals against the 50 to 70 % that are claimed; nothing without a row. */
export function savingChart(title: string, all: readonly SavingRow[]): Drawing | undefined {
  if (all.length === 0) return;
  const names = all.slice(0, mostRows).map(({ name }) => name);
  const clip = (value: number) => Math.min(100, Math.max(lowest, value));
  const rows = all.slice(0, mostRows).map(({ saving, status }, row) => ({
    row,
    status: status ?? "inconclusive",
    at: clip(saving.estimate),
    low: clip(saving.low ?? saving.estimate),
    high: clip(saving.high ?? saving.estimate),
  }));
  const reached = Math.min(0, ...rows.map(({ low }) => low));
  const cut = all.some(({ saving }) => Math.min(saving.estimate, saving.low ?? 0) < lowest);
  return {
    title,
    description:
      "The band is the claim of 50 to 70 %. Lines are 95 % intervals; filled marks are met, rings inconclusive, crosses missed" +
      (cut ? `; what goes below ${lowest} % is drawn there.` : "."),
    series: [],
    plot: {
      height: 56 + names.length * 20,
      marginLeft: nameMargin(names),
      marginRight: 28,
      marginBottom: 40,
      x: { domain: [reached, 100], grid: true, label: "saving of the direct way, %", labelAnchor: "center" },
      y: nameAxis(names),
      marks: [
        Plot.rectX(claimed, { x1: "from", x2: "to", fill: "var(--band)" }),
        Plot.ruleX([0], { stroke: "currentColor", strokeOpacity: 0.5 }),
        Plot.ruleY(rows, { y: "row", x1: "low", x2: "high", stroke: "var(--series-0)", strokeWidth: 2 }),
        ...(["met", "missed", "inconclusive"] as const).map((status) =>
          Plot.dot(
            rows.filter((row) => row.status === status),
            {
              ...{
                x: "at",
                y: "row",
                r: 4,
                symbol: symbols[status],
                stroke: "var(--series-0)",
                strokeWidth: 2,
              },
              fill: status === "met" ? "var(--series-0)" : "var(--page)",
            },
          ),
        ),
      ],
    },
  };
}
