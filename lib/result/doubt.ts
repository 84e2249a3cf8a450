import type { Criterion, Estimate } from "../judge/shapes.ts";
import { canaryTable, found, isFound, readCanary } from "./canary_table.ts";
import { firstOf, placeOf } from "./check_row.ts";
import { judgeFamily } from "./family.ts";
import { criterionOn } from "./over.ts";
import type { Table } from "./table.ts";

interface Judged {
  readonly criteria: readonly Criterion[];
  readonly tables: readonly Table[];
}

/** Why no verdict on times or rates holds; `null` where all that is known was found again. */
export function doubtIn(tables: readonly Table[]): string | null {
  const canaries = tables.find(({ name }) => name === canaryTable.name);
  if (!canaries) return null;
  if (canaries.rows.length === 0) return "nothing that is known was looked for";
  const missed = canaries.rows.map(readCanary).filter(({ status }) => status !== found);
  if (missed.length === 0) return null;
  const shown = missed.map(
    ({ canary, known_percent, found_percent }) =>
      `of ${canary} of ${known_percent} % it shows ${show(found_percent)}`,
  );
  return `this machine cannot see it now: ${shown.join(", and ")}`;
}

function show(seen: Estimate | null): string {
  if (!seen) return "nothing";
  const { estimate, low, high } = seen;
  const bounds = low === null || high === null ? "" : ` (${low.toFixed(1)} to ${high.toFixed(1)})`;
  return `${estimate.toFixed(1)}${bounds} %`;
}

/** What is counted in bytes does not hang on a clock. */
function isTimed({ unit }: Criterion): boolean {
  return unit !== "bytes" && unit !== "bytes_per_call";
}

/** The same findings, whose verdicts on times and rates are inconclusive where this run could not see what is known. */
export function withDoubt({ criteria, tables }: Judged): { criteria: Criterion[]; tables: Table[] } {
  const doubt = doubtIn(tables);
  if (doubt === null) return { criteria: [...criteria], tables: [...tables] };
  const doubted = criteria.map(
    (one): Criterion => (isTimed(one) ? { ...one, status: "inconclusive", doubt } : one),
  );
  return {
    criteria: doubted,
    tables: tables.map(({ family, ...table }) => {
      const rows = table.rows.map((row) => ({ ...row, ...statusesIn(row, table, doubted) }));
      return family ? judgeFamily({ ...table, rows, family: { ...family, doubt } }) : { ...table, rows };
    }),
  };
}

/** The cells of a row that tell the status of a criterion. */
function statusesIn(
  row: Table["rows"][number],
  { columns }: Pick<Table, "columns">,
  criteria: readonly Criterion[],
) {
  const told = columns.flatMap(({ name, criterion }) => {
    if (criterion === undefined || (row[name] ?? null) === null) return [];
    const { status } = criterionOn(row, criterion, criteria) ?? {};
    return status === undefined ? [] : [[name, status] as const];
  });
  return Object.fromEntries(told);
}

/** What is wrong with what a result makes of its canaries; `null` when nothing is. */
export function faultOfDoubt({ criteria, tables }: Judged): string | null {
  const canaries = tables.find(({ name }) => name === canaryTable.name);
  const fault = firstOf(canaries?.rows ?? [], (row, n) => {
    const read = readCanary(row);
    if (read.status !== found || isFound(read)) return null;
    const place = placeOf(canaries?.columns ?? [], row, n);
    return `table "${canaryTable.name}", ${place}, column "status": it is found, and its figure is not`;
  });
  if (fault !== null || doubtIn(tables) === null) return fault;
  const sure = criteria.findIndex((one) => isTimed(one) && one.doubt === undefined);
  if (sure >= 0) return `criteria[${sure}].doubt is missing, and a canary was not found`;
  const family = tables.find((table) => table.family && table.family.doubt === undefined);
  return family ? `table "${family.name}", its family: doubt is missing, and a canary was not found` : null;
}
