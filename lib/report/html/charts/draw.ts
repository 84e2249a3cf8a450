import type { Chart } from "../../../result/chart.ts";
import type { Table } from "../../../result/table.ts";
import type { Drawing } from "../figure.ts";
import { distribution } from "./distribution.ts";
import { growth } from "./growth.ts";
import { intervals } from "./intervals.ts";
import { lines } from "./lines.ts";
import { percentiles } from "./percentiles.ts";
import { timelines } from "./timeline.ts";
import { waterfalls } from "./waterfall.ts";

/** What a chart becomes, of a table and among all of its result; `undefined` where there is nothing to draw. */
export function draw(chart: Chart, table: Table, tables: readonly Table[]): (Drawing | undefined)[] {
  switch (chart.type) {
    case "percentiles":
      return [percentiles({ chart, table, tables })];
    case "intervals":
      return [intervals({ chart, table, tables })];
    case "distribution":
      return [distribution({ chart, table, tables })];
    case "lines":
      return [lines({ chart, table, tables })];
    case "growth":
      return [growth({ chart, table, tables })];
    case "timeline":
      return timelines({ chart, table, tables });
    case "waterfall":
      return waterfalls({ chart, table, tables });
  }
}
