import { noiseOf } from "../judge/pairs.ts";
import { type Figure, figure, scales } from "../judge/scale.ts";
import { type Criterion, type Estimate, estimateSchema, isAtMost, type ScaleName } from "../judge/shapes.ts";
import { mean } from "../judge/stats.ts";
import { type Asked, decide } from "../judge/verdicts.ts";
import type { Kind } from "./cell.ts";
import type { Row, Table } from "./table.ts";

type Over = NonNullable<Criterion["over"]>;

/**
 * The verdict on many rows as one: the mean of their figures in each round that all of them have, which on the scale of a
 * ratio is the geometric mean. `null` without such a round. What the rows' controls show together is its noise.
 */
export function decideOver(
  asked: Asked & { over: Over },
  tables: readonly Table[],
  rule: string,
): Criterion | null {
  const { over, scale } = asked;
  const found = meanOver(tables, over, over.column, scale);
  if (!found) return null;
  const control = over.control === undefined ? null : meanOver(tables, over, over.control, "excess");
  return decide(asked, found, { noise: over.control === undefined ? 0 : noiseOf(control, "excess"), rule });
}

/** The same for criteria that ask the same of the same. */
export function keyOf({ id, about }: Criterion): string {
  return JSON.stringify([id, Object.entries(about).sort(([a], [b]) => (a < b ? -1 : 1))]);
}

/** The criterion of that id which is about the labels of a row. */
export function criterionOn(row: Row, id: string, criteria: readonly Criterion[]): Criterion | undefined {
  return criteria.find(
    (one) => one.id === id && Object.entries(one.about).every(([label, value]) => row[label] === value),
  );
}

/** The rows that a criterion is over. */
export function rowsOver(tables: readonly Table[], { table, where }: Over): Table["rows"] {
  const rows = tables.find(({ name }) => name === table)?.rows ?? [];
  return rows.filter((row) => Object.entries(where).every(([label, value]) => row[label] === value));
}

/** What is wrong with what a criterion is over: there are no such columns, or it is not their mean. */
export function faultOfOver({ over, scale, per_round }: Criterion, tables: readonly Table[]): string | null {
  if (!over) return null;
  const { table, column, control = column, where } = over;
  const columns = tables.find(({ name }) => name === table)?.columns ?? [];
  const lacks = (kind: Kind) => (name: string) =>
    !columns.some((one) => one.name === name && one.kind === kind);
  const figure = [column, control].find(lacks("estimate"));
  if (figure !== undefined) return `.over: table "${table}" has no estimate "${figure}"`;
  const label = Object.keys(where).find(lacks("label"));
  if (label !== undefined) return `.over: table "${table}" has no label "${label}"`;
  const due = meanOver(tables, over, column, scale)?.per_round;
  const isMean =
    per_round?.length === due?.length &&
    due?.every((mean, n) => isAtMost(mean, per_round?.[n] ?? 0) && isAtMost(per_round?.[n] ?? 0, mean));
  return isMean ? null : `.per_round is not the mean of "${column}" of table "${table}"`;
}

function meanOver(tables: readonly Table[], over: Over, column: string, scale: ScaleName): Figure | null {
  const figures = rowsOver(tables, over).map((row) => estimateSchema.nullable().parse(row[column] ?? null));
  const perRow = figures.map((cell: Estimate | null) => cell?.per_round ?? []);
  const rounds = Math.min(...perRow.map(({ length }) => length));
  if (perRow.length === 0 || rounds === 0) return null;
  const { to, from } = scales[scale];
  const perRound = Array.from({ length: rounds }, (_, round) =>
    mean(perRow.map((row) => to(row[round] ?? Number.NaN))),
  );
  return figure(scale, perRound.map(from));
}
