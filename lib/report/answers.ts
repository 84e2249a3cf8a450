import type { Criterion, P2pLatency, Result, Status } from "../result.ts";
import { showEstimate } from "./format.ts";

/** A sentence that answers one question of a reader, and how sure it is. */
export interface Answer {
  readonly status: Status;
  readonly sentence: string;
}

/** What each benchmark is asked. */
export const questions: Readonly<Record<Result["benchmark"], string>> = {
  p2p_latency: "What does a call of each P2P tool cost, and how much does the direct way save?",
  runtime_comparison: "What happens when P2P tools run by direct call and general tools stay on HTTP?",
  concurrent_workflows: "How many workflows a second, what does HTTP add to each, and does it scale?",
  memory_usage:
    "What does each runtime hold, what does a call cost, does anything leak, and what does collecting do?",
};

/** The verdicts of a result in words, one sentence for each thing that was asked; none of an invalid run. */
export function answers(result: Result): Answer[] {
  if (result.validity === "invalid") return [];
  if (result.benchmark === "p2p_latency" && result.aggregate) return latencyAnswers(result);
  return [...Map.groupBy(result.criteria, ({ name }) => split(name).what)].map(([what, group]) =>
    answer(what, group),
  );
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

function latencyAnswers({ aggregate, criteria, tools }: P2pLatency): Answer[] {
  const [criterion] = criteria;
  if (!aggregate || !criterion) return [];
  const { estimate, low, high } = aggregate.improvement_percent;
  const [by, less] = estimate < 0 ? [-estimate, "more"] : [estimate, "less"];
  const sure =
    low === null || high === null
      ? "one round shows no interval"
      : `95 % interval ${low.toFixed(1)} to ${high.toFixed(1)} %`;
  const count = (status: Status) => tools.filter((tool) => tool.status === status).length;
  const [met, missed, unsure] = [count("met"), count("missed"), count("inconclusive")];
  return [
    {
      status: criterion.status,
      sentence: `Called directly, the ${tools.length} tools together take ${by.toFixed(1)} % ${less} time than over HTTP (${sure}); the target is ${criterion.target}.`,
    },
    {
      status: overall(tools),
      sentence: `One by one, ${met} of ${tools.length} tools reach that target, ${missed} miss it, and ${unsure} are inconclusive.`,
    },
  ];
}

function answer(what: string, group: readonly Criterion[]): Answer {
  const targets = [...new Set(group.map(({ target }) => target))].join("; ");
  const found = group.map((criterion) => {
    const { scope } = split(criterion.name);
    const where = scope === "" ? "" : ` for ${scope}`;
    return `${criterion.status}${where}, ${showEstimate(criterion)} ${criterion.unit}`;
  });
  const [first = "", ...rest] = what;
  return {
    status: overall(group),
    sentence: `${first.toUpperCase()}${rest.join("")}, target ${targets}: ${found.join("; ")}.`,
  };
}

/** The name of a criterion is what it asks, with the workload or runtime that it asks it of before a colon. */
function split(name: string): { scope: string; what: string } {
  const [scope = "", ...what] = name.split(": ");
  return what.length === 0 ? { scope: "", what: scope } : { scope, what: what.join(": ") };
}

function overall(parts: readonly { readonly status: Status }[]): Status {
  if (parts.some(({ status }) => status === "missed")) return "missed";
  return parts.length > 0 && parts.every(({ status }) => status === "met") ? "met" : "inconclusive";
}
