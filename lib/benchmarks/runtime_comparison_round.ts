/** One arm in one round of runtime_comparison, as a process: its runtime opened fresh, and every workload run on it. */
import { allCases, p2pCases } from "../cases.ts";
import { MeasurementError } from "../errors.ts";
import type { PlannedCall } from "../measure/client.ts";
import { type Arm, openArm } from "../measure/latency.ts";
import { runClosedLoop } from "../measure/load.ts";
import { type OpenLoad, runOpenLoop } from "../measure/open_loop.ts";
import { openMonitor } from "../measure/resources.ts";
import { type Load, openTally } from "../measure/tally.ts";
import { openRandom } from "../random.ts";
import { openDirect } from "../runtimes/direct.ts";
import { openHttpHost } from "../runtimes/host.ts";
import { openRouter } from "../runtimes/router.ts";
import { openToolkit } from "../toolkit.ts";
import { fromLoad } from "./load_event.ts";
import { runRound } from "./round.ts";
import { type ArmEvent, jobSchema } from "./runtime_comparison.ts";
import { callsOf, planConcurrent, planMixed, planSweep } from "./workloads.ts";

const warmup = { calls: 20, ms: 50 } as const;
const { arm, bootstrap, workloads, sweep, ...job } = jobSchema.parse(JSON.parse(Bun.argv[2] ?? ""));

await runRound<ArmEvent>(async (opened, say) => {
  const direct = async () => openDirect(opened.use(await openToolkit({ bootstrap })).registry);
  const http = async () => opened.use(await openHttpHost({ bootstrap }));
  const dual = async () =>
    opened.use(await openRouter({ runtimes: [await direct(), await http()], fallback: "http" }));
  const runtime = await { direct, http, dual }[arm]();
  const serverPid = (runtime.route?.("content_id") ?? runtime).pid;
  say({ event: "ready", arm, client_pid: process.pid, server_pid: serverPid });

  const { signal } = new AbortController();
  let serials = 1_000_000;
  const serial = () => serials++;
  const closed = (plan: readonly PlannedCall[], concurrency: number) =>
    runClosedLoop({ runtime, plan, concurrency, serial, signal, timeoutMs: job.timeout_ms });
  const load = async (plan: readonly PlannedCall[]) => {
    const { rate, arrivals } = job;
    await closed(plan.slice(0, warmup.calls), job.concurrency);
    if (rate === null) return closed(plan, job.concurrency);
    const able = plan.filter(({ testCase }) => !testCase.exclusive);
    const random = arrivals === "poisson" ? openRandom(job.seed, job.round, 3) : null;
    return runOpenLoop({ runtime, plan: able, rate, random, serial, signal, timeoutMs: job.timeout_ms });
  };
  const run = {
    sequential,
    concurrent: () => load(planConcurrent(job, openRandom(job.seed, job.round, 1))),
    mixed: () => load(planMixed(job, job.p2p_share, openRandom(job.seed, job.round, 2))),
  };

  // The arm counts every call from the first on, so its workload goes before those of the load generator.
  for (const workload of workloads.toSorted((a) => (a === "sequential" ? -1 : 1))) {
    using monitor = await openMonitor([process.pid, serverPid]);
    const done = await run[workload]();
    const usage = await monitor.stop();
    const [client, server] = [usage.get(process.pid), usage.get(serverPid)];
    if (!client || !server) throw new MeasurementError(`Cannot measure ${arm}: a process was not watched`);
    say({ event: "load", arm, workload, concurrency: job.concurrency, ...tell(done), client, server });
  }
  const random = openRandom(job.seed, job.round, 4);
  for (const concurrency of random.shuffle(sweep)) {
    const plan = planSweep(job.sweep_calls, random);
    await closed(plan.slice(0, warmup.calls), concurrency);
    const done = await closed(plan, concurrency);
    say({ event: "point", arm, concurrency, ...tell(done) });
  }

  function sequential(): Promise<Load> {
    const calls = openArm(runtime);
    return calls.guard(sampleAll(calls), job.timeout_ms);
  }

  async function sampleAll(calls: Arm): Promise<Load> {
    const tallies = [];
    for (const testCase of openRandom(job.seed, job.round).shuffle(allCases)) {
      const tally = openTally(p2pCases.includes(testCase) ? "p2p" : "general", testCase.tool);
      const series = await calls.open(testCase);
      const end = performance.now() + warmup.ms;
      for (let n = 0; n < warmup.calls && performance.now() < end; n++) await series.attempt();
      for (const ns of await series.sample(callsOf(testCase, job))) tally.service.record(ns);
      await series.close();
      tallies.push(tally);
    }
    const issued = tallies.reduce((sum, { service }) => sum + service.n, 0);
    const elapsedMs = tallies.reduce((sum, { service }) => sum + service.sumNs, 0) / 1e6;
    return { tallies, issued, elapsedMs, failedMs: 0, meanInFlight: 1, clientCpuPercent: 0 };
  }
});

function tell(load: Load | OpenLoad) {
  const open_loop = "lateness" in load && {
    offered_per_s: load.offeredPerSecond,
    achieved_per_s: load.achievedPerSecond,
    unsent: load.unsent,
    saturated: load.saturated,
    lateness: load.lateness.toJSON(),
  };
  return { ...fromLoad(load), open_loop: open_loop || null };
}
