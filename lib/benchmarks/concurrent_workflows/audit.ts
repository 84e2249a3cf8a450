import { audit } from "../../judge/audit.ts";
import type { Check } from "../../judge/shapes.ts";
import { auditLoad, pool, unpackLoad } from "../../measure/tally.ts";
import type { Arm } from "../../runtimes/arms.ts";
import type { InRound, Measured } from "./loads.ts";

/** What a run of concurrent_workflows must hold to be believed. */
export function auditWorkflows(
  measured: readonly InRound<Measured>[],
  runtimes: readonly Arm[],
  planned: number,
): Check[] {
  const loads = measured.map((one) => ({ ...one, name: nameOf(one, runtimes) }));
  const together = loads
    .filter((one) => one.kind !== "alone")
    .map((one) => ({ ...one, load: unpackLoad(one.load) }));
  const failing = (check: number) =>
    together.flatMap(({ name, load }) => {
      const found = auditLoad(load)[check];
      return found && found.status !== "passed" ? [`${name} (${found.detail})`] : [];
    });
  const late = loads.filter(({ outcomes }) => outcomes.endings.timeout > 0);
  return [
    audit(
      "every load was run",
      `${planned} loads`,
      measured.length === planned ? [] : [`${measured.length} were`],
    ),
    audit("every submission is accounted for", "issued = accepted + refused, in every load", failing(0)),
    audit(
      "no submission was answered wrongly",
      "and none met an internal error; others that failed are counted by their code",
      together.flatMap(({ name, load }) => {
        const wrong = [...pool(load.tallies).failed].filter(
          ([code]) => code === "wrong_answer" || code === "internal",
        );
        return wrong.map(([code, count]) => `${name} (${count} ${code})`);
      }),
    ),
    audit("Little's law", "submissions in flight = rate x time, within 5 %, in every load", failing(1)),
    audit(
      "every workflow is accounted for",
      "accepted = completed + failed + cancelled + timed out, in every load",
      loads.flatMap(({ name, outcomes: { accepted, endings } }) => {
        const ended = Object.values(endings).reduce((sum, count) => sum + count, 0);
        return ended === accepted ? [] : [`${name} (${accepted} accepted, ${ended} found)`];
      }),
    ),
    audit(
      "no workflow failed",
      "nor was cancelled: no step is meant to",
      loads.flatMap(({ name, outcomes: { endings, faults } }) =>
        endings.failed + endings.cancelled > 0 ? [`${name} (${faults.join("; ")})`] : [],
      ),
    ),
    {
      check: "every workflow ended in time",
      status: late.length === 0 ? "passed" : "suspect",
      detail:
        late.length === 0
          ? "none was cancelled after --timeout"
          : late.map(({ name, outcomes }) => `${outcomes.endings.timeout} of ${name} did not`).join(", "),
    },
    audit(
      "every step ran once, and in order",
      "each started exactly once, after all that it depends on had ended",
      loads.flatMap(({ name, outcomes: { wrong, faults } }) =>
        wrong > 0 ? [`${wrong} workflows of ${name} (${faults.join("; ")})`] : [],
      ),
    ),
    audit("workflows leave the same", "on every runtime, in every round", unequal(loads)),
  ];
}

function nameOf(measured: InRound<Measured>, runtimes: readonly Arm[]): string {
  const { scenario, arm, round } = measured;
  const how = measured.kind === "alone" ? "one at a time" : `${measured.concurrency} at a time`;
  return `${scenario} on ${runtimes[arm]?.name}, round ${round + 1}, ${how}`;
}

/** Loads of equal workflows, all completed, whose outputs differ. */
function unequal(loads: readonly (Measured & { readonly name: string })[]): string[] {
  const whole = loads.filter(({ outcomes, ...one }) => {
    const due = one.kind === "alone" ? outcomes.accepted : one.load.issued;
    return outcomes.endings.completed === due;
  });
  const groups = Map.groupBy(whole, (one) => `${one.kind} ${one.scenario} ${one.outcomes.accepted}`);
  return [...groups.values()].flatMap(([first, ...others]) =>
    others.filter(({ outcomes }) => outcomes.digest !== first?.outcomes.digest).map(({ name }) => name),
  );
}
