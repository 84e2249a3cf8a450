import type { Found } from "../../experiment.ts";
import { audit } from "../../judge/audit.ts";
import type { Check } from "../../judge/shapes.ts";
import { auditLoad, type Load, unpackLoad } from "../../measure/tally.ts";
import type { Given } from "./options.ts";
import type { Job, LoadSaid, Ran, RateSaid, Said } from "./said.ts";

/** What must hold for the comparison to be believed. */
export function auditComparison(
  runs: readonly Ran[],
  found: readonly Found<Job, Said>[],
  given: Given,
): Check[] {
  const points = found.flatMap(({ job, said }) =>
    said.kind === "point"
      ? [
          {
            name: `sweep ${said.runtime} ${job.round + 1} at ${said.concurrency}`,
            load: unpackLoad(said.load),
          },
        ]
      : [],
  );
  // Sequential calls are one at a time by construction; that every one was made and answered, their counters prove.
  const loads = [
    ...runs.filter(({ said }) => !isSequential(said)).map((run) => ({ name: nameOf(run), load: run.load })),
    ...points,
  ];
  const failing = (check: number) =>
    loads.flatMap(({ name, load }) => {
      const found = auditLoad(load)[check];
      return found && found.status !== "passed" ? [`${name} (${found.detail})`] : [];
    });
  const saturated = runs.filter(({ said }) => said.kind === "rate" && said.saturated.length > 0);
  const unequal = runs.filter((run) => {
    const other = runs.find(
      ({ round, said }) =>
        round === run.round && said.runtime === given.reference && whatOf(said) === whatOf(run.said),
    );
    return other && !Bun.deepEquals(callsOf(run.load), callsOf(other.load));
  });
  const missing = given.workload.filter(
    (workload) => !runs.some(({ said }) => said.kind === "load" && said.workload === workload),
  );
  return [
    audit("every workload was run", given.workload.join(", "), missing),
    {
      check: "the answers kept up",
      status: saturated.length === 0 ? "passed" : "suspect",
      detail:
        saturated.length === 0
          ? "with every schedule of calls"
          : `saturated: ${saturated.map(nameOf).join(", ")}`,
    },
    audit("every call is accounted for", "issued = ok + failed, in every load and sweep point", failing(0)),
    audit(
      "Little's law",
      "calls in flight = rate x time, within 5 %, in every load and sweep point",
      failing(1),
    ),
    audit(
      "every runtime made the same calls",
      `as many of each tool as ${given.reference}`,
      unequal.map(nameOf),
    ),
  ];
}

function isSequential(said: LoadSaid | RateSaid): boolean {
  return said.kind === "load" && said.workload === "sequential";
}

function whatOf(said: LoadSaid | RateSaid): string {
  return said.kind === "load" ? said.workload : `mixed at ${said.share}`;
}

function nameOf({ round, said }: Ran): string {
  return `${whatOf(said)} ${said.runtime} ${round + 1}`;
}

function callsOf({ tallies }: Load) {
  return tallies.map(({ tool, service, failed }) => [tool, service.n, [...failed]]).sort();
}
