import { audit } from "../../judge/audit.ts";
import type { Check } from "../../judge/shapes.ts";
import type { MemoryTest, Turn } from "./plan.ts";
import { gcEvery, gcModes, type MemoryFound, type Said, select } from "./said.ts";

/** What must hold for the figures to be believed, when all of these turns are over. */
export function auditMemory(found: readonly MemoryFound[], turns: readonly Turn[]): Check[] {
  const count = (kind: Said["kind"]) => found.filter(({ said }) => said.kind === kind).length;
  const due = (test: MemoryTest) => turns.filter((turn) => turn.test === test).length;
  const parts = [
    ["idle", due("baseline")],
    ["retained", due("per_request")],
    ["collected", gcModes.length * due("gc_impact")],
    ["leak", due("leak_detection")],
  ] as const;
  return [
    audit(
      "every test was run",
      parts.map(([kind, number]) => `${number} ${kind}`).join(", "),
      parts.flatMap(([kind, number]) => (count(kind) === number ? [] : [`${count(kind)} ${kind}`])),
    ),
    auditCanary(found),
    auditCollections(found),
    auditReadings(found),
  ];
}

function auditCanary(found: readonly MemoryFound[]): Check {
  const unfound = select(found, "leak").filter(
    ({ subject, verdict }) => subject === "canary" && verdict !== "leak",
  );
  return {
    check: "a known leak is found",
    status: unfound.length === 0 ? "passed" : "suspect",
    detail:
      unfound.length === 0
        ? "one object a call, kept in the process that serves the tools"
        : unfound.map(({ turn, verdict }) => `${turn.arm.name}: ${verdict}`).join(", "),
  };
}

function auditCollections(found: readonly MemoryFound[]): Check {
  const collected = select(found, "collected");
  const lost = collected.filter(
    ({ mode, full, clearNs, overlappingNs }) =>
      mode === "forced" && full < Math.floor((clearNs.length + overlappingNs.length) / gcEvery.calls),
  );
  return {
    check: "collections are seen",
    status: lost.length === 0 && collected.every(({ logs }) => logs) ? "passed" : "suspect",
    detail: `each of those forced, one in ${gcEvery.calls} calls, stands in the engine's log`,
  };
}

/** A slope of 26 readings bears some that are far off; one of a stage bears none, and is one of 11 of its process. */
const mostUnsettled = 0.05;

function auditReadings(found: readonly MemoryFound[]): Check {
  const counts = select(found, "readings");
  const sum = (of: "taken" | "unsettled") => counts.reduce((total, count) => total + count[of], 0);
  // Of a process that gave no verdict they misled nobody.
  const silent = new Set(
    select(found, "leak").flatMap(({ turn, verdict }) => (verdict === "insufficient data" ? [turn] : [])),
  );
  const unsettled = counts.filter(
    ({ turn, taken, unsettled }) => unsettled > mostUnsettled * taken && !silent.has(turn),
  );
  const nameOf = ({ test, arm, subjects: [name] }: Turn) =>
    `${test === "leak_detection" ? name : test} on ${arm.name}`;
  return {
    check: "readings settle",
    status: unsettled.length === 0 ? "passed" : "suspect",
    detail: [
      `${sum("unsettled")} of ${sum("taken")} readings were taken before two collections agreed`,
      ...unsettled.map((count) => `${count.unsettled} of ${count.taken} of ${nameOf(count.turn)}`),
    ].join("; "),
  };
}
