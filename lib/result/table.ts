import { z } from "zod";
import { doubtSchema, scaleNames, units } from "../judge/shapes.ts";
import { cells, types } from "./cell.ts";
import { chart } from "./chart.ts";

/** Of a table or a column. Every object has a `constructor`, so that it would be there where it is missing. */
const name = z
  .string()
  .regex(
    /^(?!constructor$)[a-z][a-z0-9_]{0,63}$/,
    "must be a name of small letters, digits and underscores, and not constructor",
  );

const spec = {
  kind: z.strictObject(cells).keyof(),
  title: z.string().max(200),
  description: z.string().max(1_000).optional(),
  unit: z.enum(units).optional(),
  scale: z.enum(scaleNames).optional().describe("where its interval is taken"),
  better: z.enum(["lower", "higher"]).optional().describe("makes it a figure for exports and comparisons"),
  percentiles: z
    .array(z.enum(["p50", "p95", "p99"]))
    .readonly()
    .optional()
    .describe("those of a latency that are figures"),
  at_least: name.optional().describe("the column whose number, in the same row, is the least that it can be"),
  counts_rounds: z.literal(true).optional().describe("no estimate of its row is over more rounds"),
  criterion: z.string().optional().describe("the id of the criterion on its row, whose status it is"),
  sums_up: z
    .array(name)
    .readonly()
    .optional()
    .describe("the columns of what a latency follows from, in the same row"),
  headline: z.literal(true).optional().describe("stands in summaries"),
  detail: z.literal(true).optional().describe("is left out where there is little room"),
};

const column = z.strictObject({
  name,
  type: z.enum(["string", "integer", "number", "boolean", "array", "object"]),
  ...spec,
  constraints: z.strictObject({
    required: z.boolean(),
    enum: z
      .array(cells.label)
      .max(1_000)
      .optional()
      .describe("what a label may be, in the order of a whole run"),
    minimum: z.number().optional(),
  }),
});

const family = z
  .strictObject({
    value: name.describe("the column of the estimates that are judged"),
    control: name.optional().describe("the column of their A/A control"),
    status: name.describe("the column of the verdicts"),
    bound: z.enum(["at_least", "at_most"]),
    target: z.number(),
    above: z.number().optional().describe("where a range that is claimed ends"),
    doubt: doubtSchema.optional(),
  })
  .describe("what is asked of every row, whose verdicts are judged as one family");

export const tableSchema = z.strictObject({
  name,
  title: z.string().max(200),
  description: z.string().max(2_000).optional(),
  empty: z.string().max(1_000).optional().describe("what it means that there are no rows"),
  folded: z.literal(true).optional().describe("is long, and waits to be asked for"),
  notes: z.array(z.string().max(2_000)).describe("what its rows say, in words"),
  charts: z.array(chart),
  family: family.optional(),
  columns: z.array(column).min(1).max(100),
  rows: z.array(z.record(z.string(), z.unknown())),
});

export type Table = z.infer<typeof tableSchema>;
export type Column = Table["columns"][number];
/** What is asked of every row of a table that has a figure for it. */
export type Family = NonNullable<Table["family"]>;
export type Row = Table["rows"][number];

/** A column as a declaration has it: its name is its key there. */
type Spec = z.infer<z.ZodObject<typeof spec>> & {
  readonly optional?: true;
  /** The least that a number or count may be. */
  readonly minimum?: number;
  /** All that a label may be, in the order of a whole run, which merging brings rows back to. */
  readonly values?: readonly string[];
};
type Specs = Readonly<Record<string, Spec>>;
type CellOf<Of extends Spec> =
  | z.infer<(typeof cells)[Of["kind"]]>
  | (Of extends { optional: true } ? null : never);

type RowIn<Columns extends Specs> = { readonly [Name in keyof Columns]: CellOf<Columns[Name]> };

/** What a row of a declared table holds. */
export type RowOf<Of> = Of extends Declared<infer Columns> ? RowIn<Columns> : never;

type More = Partial<Pick<Table, "description" | "empty" | "folded" | "charts">>;

/** A table that is declared once: its row's type, the check at reading, and every view follow from it. */
export interface Declared<Columns extends Specs> {
  readonly name: string;
  /** With the rows, what they say in words, and what is asked of each of them. */
  of(rows: readonly RowIn<Columns>[], notes?: readonly string[], family?: Table["family"]): Table;
  /** The same table, whose labels may be these. */
  labelled(values: { readonly [Name in keyof Columns]?: readonly string[] }): Declared<Columns>;
}

export function declareTable<const Columns extends Specs>(
  name: string,
  title: string,
  columns: Columns,
  { charts = [], ...more }: More = {},
): Declared<Columns> {
  const declared = Object.entries(columns).map(([name, { optional, values, minimum, ...spec }]): Column => {
    const constraints = {
      required: optional !== true,
      ...(values && { enum: [...values] }),
      ...(minimum !== undefined && { minimum }),
    };
    return { name, type: types[spec.kind], ...spec, constraints };
  });
  return toDeclared(name, title, declared, { charts, ...more });
}

function toDeclared<Columns extends Specs>(
  name: string,
  title: string,
  declared: readonly Column[],
  more: More & Pick<Table, "charts">,
): Declared<Columns> {
  return {
    name,
    of: (rows, notes = [], family) => ({
      ...(family && { family }),
      ...{ name, title, ...more, columns: [...declared], notes: [...notes] },
      rows: rows.map((row) => Object.fromEntries(declared.map(({ name }) => [name, row[name]]))),
    }),
    labelled(values) {
      const columns = declared.map((column): Column => {
        const all = values[column.name];
        return all ? { ...column, constraints: { ...column.constraints, enum: [...all] } } : column;
      });
      return toDeclared(name, title, columns, more);
    },
  };
}
