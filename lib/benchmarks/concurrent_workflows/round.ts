import type { JobTools } from "../../experiment.ts";
import { openCaller } from "../../measure/caller.ts";
import { openRandom } from "../../random.ts";
import { openArms } from "../../runtimes/arms.ts";
import { toolkit } from "../../toolkit.ts";
import {
  type Batch,
  batchOf,
  type Measured,
  refuseFailures,
  type Said,
  submitAlone,
  submitTogether,
} from "./loads.ts";
import { type Given, sweepWorkflows } from "./options.ts";

export type Job = Given & { readonly round: number };

/** More, one at a time, would take seconds. */
const mostAlone = 100;

/**
 * Submits each scenario one workflow at a time, and then many at a time, and sweeps over concurrencies, on fresh runtimes.
 * Throws a `MeasurementError` as soon as a submission or a workflow fails.
 */
export async function runRound(job: Job, { opened, say, turn }: JobTools<Said>): Promise<void> {
  const { scenario, runtimes, seed, round, workflows, keep, broker } = job;
  const startMs = performance.now();
  const hosts = await openArms(runtimes, toolkit({ keep, broker }), opened);
  say({ kind: "opened", ms: performance.now() - startMs, job: "with workflows" });
  const callers = hosts.map((host) => opened.use(openCaller(host, { timeoutMs: job.timeout * 1000 })));
  const random = openRandom(seed, round);
  const tell = (measured: Measured) => {
    say(measured);
    refuseFailures(measured, runtimes);
  };
  const order = random.shuffle(scenario);
  for (const name of order) {
    await turn();
    const batch = batchOf(name, Math.min(workflows, mostAlone), job);
    for (const alone of await submitAlone(callers, batch, random)) tell(alone);
  }
  const many = async (kind: "together" | "sweep", load: Batch, inFlight: number) => {
    for (const [arm, caller] of random.shuffle([...callers.entries()])) {
      await turn();
      tell({ kind, arm, ...(await submitTogether(caller, load, inFlight)) });
    }
  };
  for (const name of order) await many("together", batchOf(name, workflows, job), job.concurrency);
  for (const inFlight of random.shuffle(job.sweep))
    await many("sweep", batchOf("mixed", sweepWorkflows, job), inFlight);
  for (const caller of callers) caller.conclude();
}
