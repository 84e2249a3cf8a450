import { plainCase } from "../../case.ts";
import { median, percentile } from "../../judge/stats.ts";
import { openCaller } from "../../measure/caller.ts";
import { runClosedLoop } from "../../measure/closed_loop.ts";
import { runOpenLoop } from "../../measure/open_loop.ts";
import { pool, throughput } from "../../measure/tally.ts";
import type { Runtime } from "../../runtimes/runtime.ts";
import { fakeRuntime } from "./fake_runtime.ts";
import { defineMerit, type Scope, share } from "./merit.ts";
import { openPlainServer } from "./plain_server.ts";

const anything = plainCase("any", "any");

function calls(runtime: Runtime, count: number) {
  const plan = Array.from({ length: count }, () => ({ group: "any", testCase: anything }));
  return { caller: openCaller(runtime), plan };
}

const stallPercentiles = [
  [0.9, 100],
  [0.95, 150],
  [0.99, 190],
] as const;

/** Whether response times count from the intended start: a closed loop reads 0.1 ms where the truth is 190. */
export const stalls = defineMerit({
  name: "stalls",
  asks: {
    stall_percentiles: {
      what: "error of p90, p95 and p99 of response times, the worst of them",
      truth: "100, 150 and 190 ms of a server that stalls for 200 ms every second",
      ...({ bound: "at_most", target: 2.5, unit: "percent" } as const),
    },
  },
  async measure({ opened, full }: Scope) {
    const server = opened.use(await openPlainServer("stalls"));
    const runs: number[][] = [];
    // 40 calls wait through a stall of 200 a second, and answering them after it takes 1 ms; 1,000 a second took it 5 ms.
    for (let n = 0; n < (full ? 5 : 1); n++) {
      const { tallies } = await runOpenLoop({ ...calls(server.runtime, 2_000), rate: 200, random: null });
      const { response } = pool(tallies);
      runs.push(stallPercentiles.map(([part]) => response.percentile(part) / 1e6));
    }
    const found = stallPercentiles.map((_, nth) => median(runs.map((run) => run[nth] ?? 0)));
    const errors = stallPercentiles.map(([, due], nth) => Math.abs(100 * ((found[nth] ?? 0) / due - 1)));
    const shown = found.map((ms) => ms.toFixed(1)).join(", ");
    return {
      stall_percentiles: { figure: Math.max(...errors), detail: `${shown} ms, ${runs.length} runs of 10 s` },
    };
  },
});

const perSecond = 20_000;

/** Whether calls start when they are due. */
export const lateness = defineMerit({
  name: "lateness",
  asks: {
    lateness_p50: {
      what: `p50 of how late calls start, at ${perSecond} a second`,
      truth: "0; the same clock without calls may be late itself",
      ...({ bound: "at_most", target: 2e-3, unit: "ms" } as const),
    },
    lateness_p99: {
      what: `p99 of how late calls start, at ${perSecond} a second`,
      truth: "0; the same clock without calls may be late itself",
      ...({ bound: "at_most", target: 60e-3, unit: "ms" } as const),
    },
    calls_dropped: {
      what: `calls that were not made, at ${perSecond} a second`,
      truth: "none",
      ...({ bound: "at_most", target: 0, unit: "percent" } as const),
    },
  },
  async measure({ full }: Scope) {
    const count = perSecond * (full ? 5 : 2);
    const runtime = fakeRuntime((_, input) => input);
    const rounds: { p50: number; p99: number; unsent: number }[] = [];
    for (let n = 0; n < 4; n++) {
      const load = await runOpenLoop({ ...calls(runtime, count), rate: perSecond, random: null });
      const at = (part: number) => load.lateness.percentile(part) / 1e6;
      rounds.push({ p50: at(0.5), p99: at(0.99), unsent: load.unsent });
    }
    // The first has code to compile.
    const measured = rounds.slice(1);
    const of = (name: "p50" | "p99") => median(measured.map((round) => round[name]));
    const bare = gaps(0.5);
    const detail = `median of ${measured.length} runs of ${count} calls`;
    const unsent = measured.reduce((sum, round) => sum + round.unsent, 0);
    return {
      lateness_p50: { figure: of("p50"), bare: percentile(bare, 0.5), detail },
      lateness_p99: { figure: of("p99"), bare: percentile(bare, 0.99), detail },
      calls_dropped: { figure: share(unsent, measured.length * count), detail },
    };
  },
});

/** How late a loop is that does nothing but look at the clock, for so many seconds: each instant, in ms, ascending. */
function gaps(seconds: number): Float64Array {
  const stepNs = 1e9 / perSecond;
  const late = new Float64Array(seconds * perSecond);
  const beginNs = Bun.nanoseconds();
  for (let n = 0; n < late.length; n++) {
    const dueNs = beginNs + n * stepNs;
    let nowNs = Bun.nanoseconds();
    while (nowNs < dueNs) nowNs = Bun.nanoseconds();
    late[n] = (nowNs - dueNs) / 1e6;
  }
  return late.sort();
}

/** Whether the client of the closed loop makes as many calls as the fetch that it rests on. */
export const closedLoop = defineMerit({
  name: "closed_loop",
  asks: {
    closed_loop: {
      what: "calls a second of ten callers, of those that bare fetch makes",
      truth: "100 %",
      ...({ bound: "at_least", target: 95, unit: "percent" } as const),
    },
  },
  async measure({ opened, full }: Scope) {
    const server = opened.use(await openPlainServer("steady"));
    const count = 10_000;
    const bare = async () => {
      let next = 0;
      const start = performance.now();
      const caller = async () => {
        while (next++ < count) await (await fetch(server.url)).text();
      };
      await Promise.all(Array.from({ length: 10 }, caller));
      return (count * 1e3) / (performance.now() - start);
    };
    const own = async () =>
      throughput(await runClosedLoop({ ...calls(server.runtime, count), concurrency: 10 }));
    for (let n = 0; n < 3; n++) await own();
    const parts: number[] = [];
    for (let n = 0; n < (full ? 15 : 5); n++) {
      const [before, mine, after] = [await bare(), await own(), await bare()];
      parts.push(100 * (mine / Math.sqrt(before * after)));
    }
    return {
      closed_loop: {
        figure: median(parts),
        detail: `median of ${parts.length} runs of ${count} calls, between two of fetch`,
      },
    };
  },
});
