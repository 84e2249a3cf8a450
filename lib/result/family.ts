import { holm } from "../judge/interval.ts";
import { noiseOf } from "../judge/pairs.ts";
import { type FamilyFigure, familyOf, scales } from "../judge/scale.ts";
import type { Status } from "../judge/shapes.ts";
import { cells } from "./cell.ts";
import type { Family, Row, Table } from "./table.ts";

/**
 * Judges the rows of a table as one family: takes their intervals together, and gives each its verdict by Holm's procedure,
 * so that all verdicts together are wrong in at most 5 % of runs. Needs what each round gave, and does the same to the
 * rows of several parts as to those of one.
 */
export function judgeFamily(table: Table): Table {
  const { family, columns, rows } = table;
  const scale = columns.find(({ name }) => name === family?.value)?.scale;
  if (!family || !scale) return table;
  const perRound = rows.map((row) => readFigure(row, family.value)?.per_round ?? null);
  const judged = perRound.flatMap((values, n) => (values === null ? [] : [{ n, values }]));
  const figures = familyOf(
    scale,
    judged.map(({ values }) => values),
  );
  const differFrom = (value: number) => holm(figures.map((figure) => figure.p(value)));
  const decided = differFrom(family.target);
  const beyond = family.above === undefined ? [] : differFrom(family.above);
  const verdicts = new Map(
    judged.map(({ n }, index) => [
      n,
      { figure: figures[index], isDecided: decided[index] === true, isBeyond: beyond[index] === true },
    ]),
  );
  return {
    ...table,
    rows: rows.map((row, n) => {
      const { figure, isDecided = false, isBeyond = false } = verdicts.get(n) ?? {};
      if (!figure) return row;
      const noise = family.control === undefined ? 0 : noiseOf(readFigure(row, family.control), "excess");
      const isHidden = noise === null || Math.abs(scales[scale].to(figure.estimate)) <= noise;
      const { estimate, low, high, per_round } = figure;
      const status = verdictOf(figure, family, { isDecided, isBeyond, isHidden });
      return { ...row, [family.value]: { estimate, low, high, per_round }, [family.status]: status };
    }),
  };
}

/** How the verdicts of a family came out, in a sentence; `null` for a table without. */
export function sumUpFamily({ family, columns, rows }: Table): string | null {
  const statuses = rows.flatMap((row) =>
    family ? (cells.status.safeParse(row[family.status]).data ?? []) : [],
  );
  if (!family || statuses.length === 0) return null;
  const count = (status: Status) => statuses.filter((one) => one.startsWith(status)).length;
  const { title = "" } = columns.find(({ name }) => name === family.value) ?? {};
  const asked = `${title} ${family.bound === "at_least" ? "of at least" : "of at most"} ${family.target} %`;
  return (
    `One by one, ${count("met")} of ${statuses.length} show a ${asked}, ${count("missed")} miss it, and ` +
    `${count("inconclusive")} are inconclusive; ${family.doubt ?? "all together they are wrong in at most 5 % of runs (Holm)"}.`
  );
}

function readFigure(row: Row, column: string) {
  return cells.estimate.nullable().parse(row[column] ?? null);
}

function verdictOf(
  { estimate }: FamilyFigure,
  { bound, target, above, doubt }: Family,
  { isDecided, isBeyond, isHidden }: Readonly<Record<"isDecided" | "isBeyond" | "isHidden", boolean>>,
): string {
  if (!isDecided || doubt !== undefined) return "inconclusive" satisfies Status;
  const isMet = bound === "at_least" ? estimate >= target : estimate < target;
  if (!isMet) return "missed" satisfies Status;
  if (isHidden) return "inconclusive" satisfies Status;
  return isBeyond && above !== undefined && estimate > above ? "met (above the range)" : "met";
}
