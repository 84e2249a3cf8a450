/** Does the load generator reach what is asked of it? `bun bench/load.ts [repetitions]` prints the figures. */
import os from "node:os";
import type { Case } from "../lib/measure/case.ts";
import type { Histogram } from "../lib/measure/histogram.ts";
import { runClosedLoop } from "../lib/measure/load.ts";
import { runOpenLoop } from "../lib/measure/open_loop.ts";
import { openMonitor } from "../lib/measure/resources.ts";
import { median } from "../lib/measure/stats.ts";
import { pool, throughput } from "../lib/measure/tally.ts";
import type { Runtime } from "../lib/runtimes/runtime.ts";
import { openPlainServer } from "./plain_server.ts";

const repetitions = Number(Bun.argv[2] ?? 9);
const anything: Case = {
  tool: "any",
  branch: "any",
  open: () => ({ prepare: () => ({ input: {}, expect: {} }) }),
};

await closedLoop(20_000, 10);
await stalls();
await lateness();

async function closedLoop(count: number, concurrency: number) {
  await using server = await openPlainServer("steady");
  const bare = async () => {
    let next = 0;
    const start = performance.now();
    const caller = async () => {
      while (next++ < count) await (await fetch(server.url)).text();
    };
    await Promise.all(Array.from({ length: concurrency }, caller));
    return (count * 1e3) / (performance.now() - start);
  };
  const generator = async () =>
    throughput(await runClosedLoop({ ...calls(server.runtime, count), concurrency }));
  for (let n = 0; n < 3; n++) await generator();
  const [ratios, controls]: [number[], number[]] = [[], []];
  for (let n = 0; n < repetitions; n++) {
    const others = await openOthers(server.runtime);
    const [before, ours, after] = [await bare(), await generator(), await bare()];
    ratios.push(ours / Math.sqrt(before * after));
    controls.push(after / before);
    const theirs = `bare fetch ${before.toFixed()} before, ${after.toFixed()} after`;
    console.log(`closed loop: ${ours.toFixed()} calls/s, ${theirs}; ${await others.stop()}`);
  }
  const percent = (values: number[]) => `${(median(values) * 100).toFixed(1)} %`;
  console.log(
    `closed loop: ${percent(ratios)} of bare fetch at the median, which makes ${percent(controls)} of itself; asked: 95 %\n`,
  );
}

async function stalls() {
  await using server = await openPlainServer("stalls");
  console.log(
    "stalls: response time at p50 p90 p95 p99 max in ms; asked: p90 100, p95 150, p99 190, each within 3 %",
  );
  for (let n = 0; n < repetitions; n++) {
    const others = await openOthers(server.runtime);
    const { tallies } = await runOpenLoop({ ...calls(server.runtime, 5_000), rate: 1_000, random: null });
    console.log(`stalls: ${figures(pool(tallies).response, 1e6)}; ${await others.stop()}`);
  }
  console.log();
}

async function lateness() {
  await using server = await openPlainServer("steady");
  await runClosedLoop({ ...calls(server.runtime, 20_000), concurrency: 10 });
  console.log(
    "10,000/s: lateness and service time at p50 p90 p95 p99 max in us; asked: lateness p99 100, none dropped",
  );
  for (let n = 0; n < repetitions; n++) {
    const others = await openOthers(server.runtime);
    const load = await runOpenLoop({ ...calls(server.runtime, 50_000), rate: 10_000, random: null });
    const { ok, service } = pool(load.tallies);
    const times = `${figures(load.lateness, 1e3)}; ${figures(service, 1e3)}`;
    console.log(
      `10,000/s: ${times}; ${ok} of 50000 answered, ${load.saturated ?? "not saturated"}; ${await others.stop()}`,
    );
  }
}

function calls(runtime: Runtime, count: number) {
  const plan = Array.from({ length: count }, () => ({ group: "any", testCase: anything }));
  return { runtime, plan, serial: () => 0, signal: new AbortController().signal };
}

function figures(histogram: Histogram, unitNs: number): string {
  return [0.5, 0.9, 0.95, 0.99, 1]
    .map((share) => (histogram.percentile(share) / unitNs).toFixed(1))
    .join(" ");
}

/** What other processes take of this machine meanwhile, which disturbs a measurement. */
async function openOthers(server: Runtime) {
  const idleMs = () => os.cpus().reduce((sum, { times }) => sum + times.idle, 0);
  const [startMs, startIdleMs] = [performance.now(), idleMs()];
  const monitor = await openMonitor([server.pid, process.pid]);
  return {
    async stop() {
      using watching = monitor;
      const own = [...(await watching.stop()).values()].reduce(
        (sum, { cpu_percent }) => sum + cpu_percent.mean,
        0,
      );
      const idle = ((idleMs() - startIdleMs) / (performance.now() - startMs)) * 100;
      return `others took ${(os.availableParallelism() * 100 - idle - own).toFixed()} % of a core`;
    },
  };
}
