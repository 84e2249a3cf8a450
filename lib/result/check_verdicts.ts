import { validity } from "../judge/audit.ts";
import { type Check, type Criterion, type Estimate, isAtMost, type Status } from "../judge/shapes.ts";
import { cells } from "./cell.ts";
import { firstOf, placeOf } from "./check_row.ts";
import { faultOfDoubt } from "./doubt.ts";
import { criterionOn, faultOfOver, keyOf } from "./over.ts";
import type { Family, Row, Table } from "./table.ts";

/** What a result says of itself. */
interface Claims {
  readonly validity: string;
  readonly audit: readonly Check[];
  readonly criteria: readonly Criterion[];
  readonly tables: readonly Table[];
}

/** What is wrong with what a result says of itself, in words that name the place; `null` when its figures say the same. */
export function faultOfVerdicts({ validity: told, audit, criteria, tables }: Claims): string | null {
  if (told !== validity(audit)) return `validity is ${told}, and by its audit the run is ${validity(audit)}`;
  return (
    faultOfCriteria(criteria, tables) ??
    faultOfDoubt({ criteria, tables }) ??
    firstOf(tables, (table) =>
      firstOf(table.rows, (row, n) => {
        const wrong = faultOfFamily(table, row) ?? faultOfStatuses(table, row, criteria);
        return wrong === null
          ? null
          : `table "${table.name}", ${placeOf(table.columns, row, n)}, column ${wrong}`;
      }),
    )
  );
}

/** What is wrong with criteria: two are one, a verdict is none of its figure, or that is not the mean of what it says it is over. */
export function faultOfCriteria(criteria: readonly Criterion[], tables: readonly Table[]): string | null {
  const seen = new Map<string, number>();
  return firstOf(criteria, (criterion, n) => {
    const before = seen.get(keyOf(criterion));
    seen.set(keyOf(criterion), n);
    if (before !== undefined) return `criteria[${n}] has the id and labels of criteria[${before}]`;
    const wrong = faultOfOver(criterion, tables) ?? faultOfStatus(criterion);
    return wrong === null ? null : `criteria[${n}]${wrong}`;
  });
}

function faultOfStatus({ status, per_round, doubt, ...criterion }: Criterion): string | null {
  if (doubt !== undefined) return status === "inconclusive" ? null : `.status is ${status}, and in doubt`;
  // What does not rest on rounds may be in doubt for more than its interval shows.
  const mayDoubt = status === "inconclusive" && per_round === undefined;
  return mayDoubt || possible(criterion, criterion)[status]
    ? null
    : `.status is ${status}, ${by(criterion, criterion)}`;
}

/** Any row of a family may be in doubt: together they need more than their intervals. */
function faultOfFamily({ family }: Table, row: Row): string | null {
  const found = cells.estimate.safeParse(family && row[family.value]).data;
  const status = (family && row[family.status]) ?? null;
  if (!family || !found || status === null) return null;
  if (family.doubt !== undefined && status !== "inconclusive")
    return `"${family.status}": it is ${status}, and in doubt`;
  const { met, missed } = possible(family, found);
  const isAbove = family.above !== undefined && found.low !== null && found.low > family.above;
  const words = ["inconclusive", met && "met", isAbove && "met (above the range)", missed && "missed"];
  return words.some((word) => word === status)
    ? null
    : `"${family.status}": it is ${status}, ${by(family, found)}`;
}

/** A verdict that stands in a row too must be that of the criterion, which is about the labels of that row. */
function faultOfStatuses({ columns }: Table, row: Row, criteria: readonly Criterion[]): string | null {
  return firstOf(columns, ({ name, criterion }) => {
    if (criterion === undefined || (row[name] ?? null) === null) return null;
    const { status } = criterionOn(row, criterion, criteria) ?? {};
    return status === row[name]
      ? null
      : `"${name}": it is ${row[name]}, and the criterion is ${status ?? "not there"}`;
  });
}

type Asked = Pick<Family, "bound" | "target">;

/** The verdicts that an interval allows. What a control shows may hide an effect, which *at least* claims above 0. */
function possible({ bound, target }: Asked, { low, high }: Estimate): Readonly<Record<Status, boolean>> {
  if (low === null || high === null) return { met: false, missed: false, inconclusive: true };
  const above = { may: isAtMost(target, low), must: !isAtMost(low, target) };
  const below = { may: isAtMost(high, target), must: !isAtMost(target, high) };
  const [met, missed] = bound === "at_least" ? [above, below] : [below, above];
  const mayHide = bound === "at_least" && target > 0;
  return { met: met.may, missed: missed.may, inconclusive: !missed.must && (mayHide || !met.must) };
}

function by({ bound, target }: Asked, { low, high }: Estimate): string {
  const interval = low === null ? "not known" : `${low} to ${high}`;
  return `and its interval is ${interval}, where ${bound === "at_least" ? "at least" : "at most"} ${target} was asked`;
}
