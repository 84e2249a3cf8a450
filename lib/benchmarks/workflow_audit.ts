import { audit } from "../measure/audit.ts";
import { auditLoad } from "../measure/tally.ts";
import type { Check } from "../result.ts";
import type { Measured } from "./concurrent_workflows.ts";
import { toLoad } from "./load_event.ts";

/** What a run of concurrent_workflows must hold to be believed. */
export function auditWorkflows(measured: readonly Measured[], planned: number): Check[] {
  const named = measured.map(({ round, event }) => {
    const where = event.event === "alone" ? "alone" : `${event.concurrency} at a time`;
    return { name: `${event.scenario} ${event.arm} ${round + 1} ${where}`, event };
  });
  const loads = named.flatMap(({ name, event }) =>
    event.event === "alone" ? [] : [{ name, event, checks: auditLoad(toLoad(event)), load: toLoad(event) }],
  );
  const failing = (check: number) =>
    loads.flatMap(({ name, checks }) => {
      const found = checks[check];
      return found && found.status !== "passed" ? [`${name} (${found.detail})`] : [];
    });
  const lost = named.flatMap(({ name, event }) => {
    const { accepted, endings } = event.outcomes;
    const ended = Object.values(endings).reduce((sum, count) => sum + count, 0);
    return ended === accepted ? [] : [`${name} (${accepted} accepted, ${ended} found)`];
  });
  const timeouts = named.filter(({ event }) => event.outcomes.endings.timeout > 0);
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
      loads.flatMap(({ name, load }) => {
        const failed = load.tallies.flatMap((tally) => [...tally.failed]);
        const wrong = failed.filter(([code]) => code === "wrong_answer" || code === "internal");
        return wrong.map(([code, count]) => `${name} (${count} ${code})`);
      }),
    ),
    audit("Little's law", "submissions in flight = rate x time, within 5 %, in every load", failing(1)),
    audit(
      "every workflow is accounted for",
      "accepted = completed + failed + cancelled + timed out, in every load",
      lost,
    ),
    audit(
      "no workflow failed",
      "nor was cancelled: no step is meant to",
      named.flatMap(({ name, event: { outcomes } }) =>
        outcomes.endings.failed + outcomes.endings.cancelled > 0
          ? [`${name} (${outcomes.faults.join("; ")})`]
          : [],
      ),
    ),
    {
      check: "every workflow ended in time",
      status: timeouts.length === 0 ? "passed" : "suspect",
      detail:
        timeouts.length === 0
          ? "none was cancelled after --timeout"
          : timeouts
              .map(({ name, event }) => `${event.outcomes.endings.timeout} of ${name} did not`)
              .join(", "),
    },
    audit(
      "every step ran once, and in order",
      "each started exactly once, after all that it depends on had ended",
      named.flatMap(({ name, event: { outcomes } }) =>
        outcomes.wrong > 0 ? [`${outcomes.wrong} workflows of ${name} (${outcomes.faults.join("; ")})`] : [],
      ),
    ),
    audit("workflows leave the same", "on every runtime, in every round", unequal(measured)),
    audit(
      "every process was watched",
      "its CPU time and memory were read during every load",
      loads.flatMap(({ name, event }) =>
        event.client.samples > 0 && event.server.samples > 0 ? [] : [name],
      ),
    ),
  ];
}

/** Loads of equal workflows, all completed, whose outputs differ. */
function unequal(measured: readonly Measured[]): string[] {
  const whole = measured.filter(({ event: { outcomes, ...event } }) => {
    const due = event.event === "alone" ? outcomes.accepted : event.issued;
    return outcomes.endings.completed === due;
  });
  const groups = Map.groupBy(
    whole,
    ({ event }) => `${event.event} ${event.scenario} ${event.outcomes.accepted}`,
  );
  return [...groups].flatMap(([, [first, ...others]]) =>
    others
      .filter(({ event }) => event.outcomes.digest !== first?.event.outcomes.digest)
      .map(({ round, event }) => `${event.scenario} ${event.arm} ${round + 1}`),
  );
}
