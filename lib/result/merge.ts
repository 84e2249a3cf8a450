import { UsageError } from "../errors.ts";
import { validity } from "../judge/audit.ts";
import type { Check } from "../judge/shapes.ts";
import { faultOfTables } from "./check_table.ts";
import { type Difference, differenceOfShards, sealed, showValue } from "./comparable.ts";
import { withDoubt } from "./doubt.ts";
import { mergeCriteria, mergeTables, type Part, unmergeable } from "./merge_tables.ts";
import { faulty } from "./read_json.ts";
import { faultOfResult, type Result } from "./result.ts";

/**
 * Joins the results of shards into the one that they are shares of: as complete as all of them and as valid as the worst.
 * Parts from machines of different kinds are joined with `force` only, and the result says so. Throws a `UsageError` for
 * parts that do not belong together: what they measured, and with what, may differ only in options that are lists.
 */
export function mergeResults(parts: readonly Part[], output: string, { force }: { force: boolean }): Result {
  const [first, ...others] = parts;
  if (!first) throw new UsageError("Cannot merge nothing: name the result files of the shards");
  for (const other of others) refuseOther(first, other);
  const results = parts.map(({ result }) => result);
  const audit = [
    ...parts.flatMap(({ name, result }) =>
      result.audit.map(({ detail, ...check }) => ({ ...check, detail: `${name}: ${detail}` })),
    ),
    ...auditMachines(parts, force),
    ...auditRevision(first.result.versions.commit),
  ];
  const validities = [validity(audit), ...results.map((result) => result.validity)];
  const byTime = (times: readonly string[]) => times.toSorted((a, b) => Date.parse(a) - Date.parse(b));
  const refuse = (fault: string | null) => {
    if (fault !== null) throw faulty(`Cannot merge "${first.name}": `, fault);
  };
  const tables = mergeTables(parts);
  refuse(faultOfTables(tables));
  const merged: Result = sealed({
    ...first.result,
    complete: results.every(({ complete }) => complete),
    started_at: byTime(results.map(({ started_at }) => started_at))[0] ?? first.result.started_at,
    ended_at: byTime(results.map(({ ended_at }) => ended_at)).at(-1) ?? first.result.ended_at,
    options: { ...mergeOptions(results), output },
    machine: mergeMachines(
      results.map(({ machine }) => machine),
      first.result.machine,
    ),
    validity: (["invalid", "suspect"] as const).find((one) => validities.includes(one)) ?? "valid",
    ...{ audit, ...withDoubt({ tables, criteria: mergeCriteria(parts, tables) }) },
  });
  refuse(faultOfResult(merged));
  return merged;
}

function refuseOther({ name, result }: Part, other: Part): void {
  const refuse = ({ field, own, other: others }: Difference): never => {
    throw unmergeable(other.name, name, `${field} is ${showValue(others)} there and ${showValue(own)} here`);
  };
  const difference = differenceOfShards(result, other.result);
  if (difference) refuse(difference);
  for (const key of ["project", "commit", "bun", "dependencies"] as const) {
    const [own, others] = [result.versions[key], other.result.versions[key]];
    if (!Bun.deepEquals(own, others)) refuse({ field: `versions.${key}`, own, other: others });
  }
}

/** A list is a choice: what any part chose, all parts together did. */
function mergeOptions(results: readonly Result[]): Result["options"] {
  const [first] = results;
  const merged = Object.entries(first?.options ?? {}).map(([key, value]) => {
    if (!Array.isArray(value)) return [key, value] as const;
    const chosen = new Map(
      results.flatMap(({ options }) => [options[key] ?? []].flat().map((one) => [JSON.stringify(one), one])),
    );
    return [key, [...chosen.values()]] as const;
  });
  return Object.fromEntries(merged);
}

/** Alike but for what each run found of its own. */
function mergeMachines(machines: readonly Result["machine"][], first: Result["machine"]): Result["machine"] {
  const most = (of: (machine: Result["machine"]) => number) => Math.max(...machines.map(of));
  return {
    ...first,
    load_before: most(({ load_before }) => load_before),
    load_after: most(({ load_after }) => load_after),
    timer_floor_ms: most(({ timer_floor_ms }) => timer_floor_ms),
    pinned: machines.every(({ pinned }) => pinned),
  };
}

function auditMachines(parts: readonly Part[], force: boolean): Check[] {
  const kinds = Map.groupBy(
    parts,
    ({ result: { machine } }) => `${machine.os}, ${machine.cores} x ${machine.cpu}`,
  );
  if (kinds.size === 1) return [];
  const [[kind, [one] = []] = [], [other, [another] = []] = []] = [...kinds];
  if (!force)
    throw unmergeable(
      another?.name ?? "",
      one?.name ?? "",
      `it ran on ${other}, the other on ${kind}; --force does it all the same`,
    );
  const detail = [...kinds].map(([machine, of]) => `${machine} (${of.map(({ name }) => name).join(", ")})`);
  return [{ check: "one kind of machine", status: "suspect", detail: detail.join("; ") }];
}

/** Parts of one revision are alike; those of a changed tree, or of none that is known, need not be. */
function auditRevision(commit: string | null): Check[] {
  if (commit !== null && !commit.endsWith("-dirty")) return [];
  const detail =
    commit === null ? "nobody knows of which the parts are" : `files differed from ${commit.slice(0, -6)}`;
  return [{ check: "one revision", status: "suspect", detail }];
}
