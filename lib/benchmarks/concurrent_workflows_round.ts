/** One arm in one round of concurrent_workflows, as a process: its runtime opened fresh, and every scenario run on it. */
import { MeasurementError } from "../errors.ts";
import { openArm } from "../measure/latency.ts";
import { runClosedLoop } from "../measure/load.ts";
import { openMonitor } from "../measure/resources.ts";
import { openRandom } from "../random.ts";
import { openDirect } from "../runtimes/direct.ts";
import { openHttpHost } from "../runtimes/host.ts";
import { openToolkit } from "../toolkit.ts";
import { jobSchema, type WorkflowEvent } from "./concurrent_workflows.ts";
import { fromLoad } from "./load_event.ts";
import { runRound } from "./round.ts";
import { submissions } from "./workflow_case.ts";
import { Outcomes } from "./workflow_outcomes.ts";
import { planWorkflows, type Scenario, scenarios } from "./workflow_scenarios.ts";

const warmup = 20;
const { arm, round, seed, timeout_ms: timeoutMs, ...job } = jobSchema.parse(JSON.parse(Bun.argv[2] ?? ""));

await runRound<WorkflowEvent>(async (opened, say) => {
  const { keep, broker } = job;
  // The server that is joined below may be in a process of its own, which could not say why it failed.
  if (broker !== undefined) await (await import("../engines/broker/broker.ts")).checkBroker(broker);
  const direct = async () => openDirect(opened.use(await openToolkit({ keep, broker })).registry);
  const http = async () => opened.use(await openHttpHost({ keep, broker }));
  const runtime = await { direct, http }[arm]();
  say({ event: "ready", arm, client_pid: process.pid, server_pid: runtime.pid });

  // The same workflows in every round and on every runtime, so that what they leave can be compared.
  const plan = (scenario: Scenario, count: number) =>
    planWorkflows(scenario, count, openRandom(seed, scenarios.indexOf(scenario)), job);
  const order = openRandom(seed, round).shuffle(job.scenarios);

  let serials = 0;
  const serial = () => serials++;

  // The arm counts every call from the first on, so it goes before the load generator.
  const calls = openArm(runtime);
  for (const scenario of order) await calls.guard(submitAlone(scenario), timeoutMs);
  for (const scenario of order) await submitTogether("load", scenario, job.workflows, job.concurrency);
  for (const concurrency of openRandom(seed, round, 1).shuffle(job.sweep))
    await submitTogether("point", "mixed", job.sweep_workflows, concurrency);

  async function submitAlone(scenario: Scenario): Promise<void> {
    const workflows = plan(scenario, job.alone);
    const open = (prefix: string, outcomes: Outcomes) =>
      calls.open(
        submissions({ prefix: `${prefix}-${scenario}`, workflows, timeoutMs, alone: true, outcomes }),
      );
    const warm = await open("warm", new Outcomes(0));
    for (let n = 0; n < warmup; n++) await warm.attempt();
    const outcomes = new Outcomes(Math.ceil(job.alone / 2));
    const series = await open("alone", outcomes);
    const submit_ns = await series.sample(job.alone);
    say({ event: "alone", arm, scenario, submit_ns, outcomes: outcomes.toJSON() });
    refuseFailures(scenario, outcomes);
  }

  async function submitTogether(
    event: "load" | "point",
    scenario: Scenario,
    count: number,
    concurrency: number,
  ): Promise<void> {
    const outcomes = new Outcomes(Math.ceil(count / 2));
    using monitor = await openMonitor([process.pid, runtime.pid]);
    const usages = Promise.withResolvers<Awaited<ReturnType<typeof monitor.stop>>>();
    const testCase = submissions({
      prefix: `${event}-${scenario}-${concurrency}`,
      workflows: plan(scenario, count),
      timeoutMs,
      alone: false,
      outcomes,
      onEnded: async () => usages.resolve(await monitor.stop()),
    });
    const load = await runClosedLoop({
      runtime,
      plan: Array.from({ length: count }, () => ({ group: scenario, testCase })),
      concurrency,
      serial,
      onError: "count",
      timeoutMs,
      signal: new AbortController().signal,
    });
    const usage = await usages.promise;
    const [client, server] = [usage.get(process.pid), usage.get(runtime.pid)];
    if (!client || !server) throw new MeasurementError(`Cannot measure ${arm}: a process was not watched`);
    say({
      event,
      arm,
      scenario,
      concurrency,
      ...fromLoad(load),
      outcomes: outcomes.toJSON(),
      client,
      server,
    });
    refuseFailures(scenario, outcomes);
  }

  /** No step is meant to fail, so nothing after it would be worth measuring. */
  function refuseFailures(scenario: Scenario, outcomes: Outcomes): void {
    const { endings, faults } = outcomes.toJSON();
    if (endings.failed + endings.cancelled > 0 || endings.completed === 0)
      throw new MeasurementError(`Cannot run "${scenario}" on ${arm}: ${faults.join("; ")}`);
  }
});
