import type { Criterion, Status } from "../judge/shapes.ts";
import { sumUpFamily } from "../result/family.ts";
import type { Result } from "../result/result.ts";
import { showScope, showTarget } from "./criteria.ts";
import { showEstimate } from "./format.ts";

/** A sentence that answers one question of a reader, and how sure it is; `null` where it counts verdicts. */
export interface Answer {
  readonly status: Status | null;
  readonly sentence: string;
}

/** The verdicts of a result in words: a sentence for each thing that was asked, and what tables say of theirs; none of an invalid run. */
export function answers({ validity, criteria, tables }: Result): Answer[] {
  if (validity === "invalid") return [];
  const asked = Map.groupBy(criteria, ({ id, name }) => `${id} ${name}`);
  const counted = tables.flatMap((table) => sumUpFamily(table) ?? []);
  return [...[...asked.values()].map(toAnswer), ...counted.map((sentence) => ({ status: null, sentence }))];
}

/** Whether nothing speaks against relying on a result. */
export function isWhole({ validity, complete }: Result): boolean {
  return validity === "valid" && complete;
}

/** Why a result has no answers. */
export function showSilence({ validity }: Result): string {
  return validity === "invalid"
    ? "An invalid run gives no answer."
    : "No criterion could be judged, so this run gives no answer.";
}

/** What can be made of a run, as the audit has it, and why. */
export function showValidity({ validity, complete, audit }: Result): string {
  const amiss = audit.filter(({ status }) => status !== "passed");
  const found = amiss.map(({ check, detail }) => `${check} (${detail})`).join("; ");
  const checks =
    amiss.length === 0
      ? passed(audit.length)
      : `${amiss.length} of ${audit.length} checks of its audit did not pass: ${found}`;
  const relied = {
    valid: "The run is valid",
    suspect: "The run is suspect, so that its figures are to be taken with care",
    invalid: "The run is invalid, so that its figures say nothing",
  } as const;
  const ended = complete ? "" : " It was interrupted or failed before its end, so that parts are missing.";
  return `${relied[validity]}: ${checks}.${ended}`;
}

function passed(checks: number): string {
  if (checks === 0) return "its audit made no checks";
  return checks === 1 ? "the one check of its audit passed" : `all ${checks} checks of its audit passed`;
}

function toAnswer(group: readonly Criterion[]): Answer {
  const [first = "", ...rest] = group[0]?.name ?? "";
  const targets = [...new Set(group.map(showTarget))].join("; ");
  const found = group.map((criterion) => {
    const scope = showScope(criterion);
    const where = scope === "" ? "" : ` for ${scope}`;
    return `${criterion.status}${where}, ${showEstimate(criterion, criterion.unit)}`;
  });
  const doubts = new Set(group.flatMap(({ doubt }) => doubt ?? []));
  return {
    status: overall(group),
    sentence: `${first.toUpperCase()}${rest.join("")}, target ${targets}: ${[...found, ...doubts].join("; ")}.`,
  };
}

function overall(parts: readonly Criterion[]): Status {
  if (parts.some(({ status }) => status === "missed")) return "missed";
  return parts.every(({ status }) => status === "met") ? "met" : "inconclusive";
}
