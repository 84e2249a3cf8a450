import { UsageError } from "../errors.ts";
import { validity } from "../measure/audit.ts";
import type { Check, Result } from "../result.ts";
import type { RunFields } from "../run.ts";
import type { Part } from "./merge_results.ts";

/** What a shard chooses, and what has nothing to do with what was measured. */
const ownOptions = [
  "tool",
  "scenario",
  "workload",
  "test",
  "sweep",
  "output",
  "json",
  "verbose",
  "check",
  "strict",
];

/**
 * What the results of all benchmarks share, of all parts together: as complete as all of them and as valid as the worst.
 * Throws a `UsageError` for a part that differs from the first in what it measured, or with what.
 */
export function mergeFields(parts: readonly Part[], output: string, force: boolean): RunFields {
  const [first, ...others] = parts;
  if (!first) throw new RangeError("Cannot merge 0 parts");
  for (const other of others) refuseOther(first, other);
  const results = parts.map(({ result }) => result);
  const audit = [
    ...parts.flatMap(({ name, result }) =>
      result.audit.map(({ check, ...rest }) => ({ check: `${check} (${name})`, ...rest })),
    ),
    ...auditMachines(parts, force),
    ...auditRevision(first.result.versions.commit),
  ];
  const invalid = results.some((result) => result.validity === "invalid");
  const suspect = results.some((result) => result.validity === "suspect");
  const found = validity(audit);
  const byTime = (times: readonly string[]) => times.toSorted((a, b) => Date.parse(a) - Date.parse(b));
  const { machine, versions, seed } = first.result;
  const most = (of: (machine: Result["machine"]) => number) =>
    Math.max(...results.map((one) => of(one.machine)));
  return {
    schema_version: 1,
    complete: results.every(({ complete }) => complete),
    started_at: byTime(results.map(({ started_at }) => started_at))[0] ?? first.result.started_at,
    ended_at: byTime(results.map(({ ended_at }) => ended_at)).at(-1) ?? first.result.ended_at,
    seed,
    options: { ...mergeOptions(results), output },
    machine: {
      ...machine,
      load_before: most(({ load_before }) => load_before),
      load_after: most(({ load_after }) => load_after),
      timer_floor_ms: most(({ timer_floor_ms }) => timer_floor_ms),
      pinned: results.every((one) => one.machine.pinned),
    },
    versions,
    validity: invalid ? "invalid" : suspect && found === "valid" ? "suspect" : found,
    audit,
  };
}

function refuseOther({ name, result }: Part, other: Part): void {
  const refuse = (what: string, own: unknown, others: unknown): never => {
    throw new UsageError(
      `Cannot merge "${other.name}" with "${name}": ${what} is ${show(others)} there and ${show(own)} here`,
    );
  };
  if (other.result.benchmark !== result.benchmark)
    refuse("benchmark", result.benchmark, other.result.benchmark);
  if (other.result.seed !== result.seed) refuse("seed", result.seed, other.result.seed);
  for (const key of ["project", "commit", "bun", "dependencies"] as const)
    if (!Bun.deepEquals(other.result.versions[key], result.versions[key]))
      refuse(`versions.${key}`, result.versions[key], other.result.versions[key]);
  for (const key of new Set([...Object.keys(result.options), ...Object.keys(other.result.options)]))
    if (!ownOptions.includes(key) && !Bun.deepEquals(other.result.options[key], result.options[key]))
      refuse(`options.${key}`, result.options[key], other.result.options[key]);
}

function show(value: unknown): string {
  const text = value === undefined ? "missing" : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** The choices of all parts together, and the sweep of the one that made it. */
function mergeOptions(results: readonly Result[]): Result["options"] {
  const [first] = results;
  const merged: Result["options"] = { ...first?.options };
  for (const key of ["tool", "scenario", "workload", "test"] as const) {
    const lists = results.map(({ options }) => options[key]);
    if (lists.some((list) => list !== undefined)) merged[key] = lists.flatMap((list) => list ?? []);
  }
  const swept = results.find(
    ({ options: { sweep } }) => sweep === true || (Array.isArray(sweep) && sweep.length > 0),
  );
  if (swept?.options.sweep !== undefined) merged.sweep = swept.options.sweep;
  return merged;
}

function auditMachines(parts: readonly Part[], force: boolean): Check[] {
  const kinds = Map.groupBy(
    parts,
    ({ result: { machine } }) => `${machine.os}, ${machine.cores} x ${machine.cpu}`,
  );
  if (kinds.size === 1) return [];
  const [[kind, [one] = []] = [], [other, [another] = []] = []] = [...kinds];
  if (!force)
    throw new UsageError(
      `Cannot merge "${another?.name}" with "${one?.name}": it ran on ${other}, the other on ${kind}; --force does it all the same`,
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
