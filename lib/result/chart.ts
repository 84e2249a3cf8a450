import { z } from "zod";
import type { Kind } from "./cell.ts";

const column = z.string().describe("the name of a column of the same table");
const title = z.string().max(200);
const rows = z.array(column).min(1).max(4).describe("labels that name a row of the chart");
const series = column.optional().describe("the label that tells apart what is drawn in one row");

/** How a table is drawn: what is read from which of its columns. */
export const chart = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("percentiles"), title, rows, series, value: column }),
  z.strictObject({ type: z.literal("distribution"), title, rows, series, value: column }),
  z.strictObject({
    type: z.literal("intervals"),
    title,
    rows,
    value: column,
    status: column.optional(),
    band: z.tuple([z.number(), z.number()]).optional().describe("what is claimed, from and to"),
  }),
  z.strictObject({
    type: z.literal("lines"),
    title,
    series,
    x: column,
    y: column,
    law: z.string().optional().describe("the table with the Universal Scalability Law of each series"),
    log: z.literal(true).optional().describe("both axes are logarithmic, and not the one below alone"),
  }),
  z.strictObject({ type: z.literal("growth"), title, rows, series, x: column, y: column, slope: column }),
  z.strictObject({
    type: z.literal("timeline"),
    title,
    each: z.array(column).describe("labels that have a chart each"),
    ...{ step: column, depends_on: column, started: column, ended: column },
  }),
  z.strictObject({
    type: z.literal("waterfall"),
    title,
    each: z.array(column).describe("labels that have a chart each"),
    step: column,
    base: column.describe("the step that it is built upon, by its name"),
    level: column.describe("what it comes to in all"),
    value: column.describe("what it adds to its base"),
  }),
]);

export type Chart = z.infer<typeof chart>;

const labels: readonly Kind[] = ["label"];

/** A chart of one type. */
export type Typed<Type extends Chart["type"]> = Extract<Chart, { type: Type }>;

/** The columns that a chart reads, and the kinds that each may be. */
export function readsOf(chart: Chart): (readonly [column: string, kinds: readonly Kind[]])[] {
  const names = (list: readonly (string | undefined)[]) =>
    list.flatMap((name) => (name === undefined ? [] : [[name, labels] as const]));
  switch (chart.type) {
    case "percentiles":
      return [...names([...chart.rows, chart.series]), [chart.value, ["latency"]]];
    case "distribution":
      return [...names([...chart.rows, chart.series]), [chart.value, ["histogram"]]];
    case "intervals": {
      const status = chart.status === undefined ? [] : [[chart.status, ["status"]] as const];
      return [...names(chart.rows), [chart.value, ["estimate"]], ...status];
    }
    case "lines":
      return [...names([chart.series]), [chart.x, ["count", "label"]], [chart.y, ["estimate"]]];
    case "growth": {
      const numbers = [chart.x, chart.y].map((name) => [name, ["numbers"]] as const);
      return [...names([...chart.rows, chart.series]), ...numbers, [chart.slope, ["estimate"]]];
    }
    case "timeline": {
      const times = [chart.started, chart.ended].map((name) => [name, ["number"]] as const);
      return [...names([...chart.each, chart.step]), [chart.depends_on, ["texts"]], ...times];
    }
    case "waterfall": {
      const estimates = [chart.level, chart.value].map((name) => [name, ["estimate"]] as const);
      return [...names([...chart.each, chart.step]), [chart.base, ["text"]], ...estimates];
    }
  }
}
