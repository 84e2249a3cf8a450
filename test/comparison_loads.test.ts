import { describe, expect, test } from "bun:test";
import { runClosed, runSequential, runSweep } from "../lib/benchmarks/runtime_comparison/loads.ts";
import { comparisonOptions, loadsFor } from "../lib/benchmarks/runtime_comparison/options.ts";
import { runRates } from "../lib/benchmarks/runtime_comparison/rates.ts";
import type { Said } from "../lib/benchmarks/runtime_comparison/said.ts";
import type { Sides } from "../lib/benchmarks/runtime_comparison/sides.ts";
import { openTraffic } from "../lib/benchmarks/runtime_comparison/traffic_table.ts";
import { fakeRuntime } from "../lib/benchmarks/self_check/fake_runtime.ts";
import type { Case } from "../lib/case.ts";
import { Histogram } from "../lib/judge/histogram.ts";
import { openCaller } from "../lib/measure/caller.ts";
import { unpackLoad } from "../lib/measure/tally.ts";
import { openRandom } from "../lib/random.ts";

const caseOf = (tool: string, more: Partial<Case> = {}): Case => ({
  ...{ tool, branch: "", ...more },
  open: () => ({ prepare: () => ({ input: { tool }, expect: { tool } }) }),
});
const [p1, p2, dials] = [caseOf("p1"), caseOf("p2"), caseOf("dials", { slow: true })];
const [g1, alone] = [caseOf("g1"), caseOf("alone", { exclusive: true })];
const subject = { p2p: [p1, p2, dials], general: [g1], swept: [p1, g1] };
const names = ["direct", "http", "dual", "http (control)"];

/** Four sides, of which the first serves in this process, and a log of who was called with which tool. */
function openSides(flags: object, { seed = 1, slow = "" } = {}) {
  const given = comparisonOptions.parse({ concurrency: 1, ...flags });
  const log: { readonly side: string; readonly tool: string }[] = [];
  let turns = 0;
  const all = names.map((name, n) => {
    const runtime = fakeRuntime((_, input) => {
      log.push({ side: name, tool: String(Object(input).tool) });
      if (name === slow) Bun.sleepSync(2);
      return input;
    }, name);
    return { name, caller: openCaller(runtime), serverPid: n === 0 ? process.pid : 2 ** 30 + n };
  });
  const sides: Sides = {
    ...{ all, traffic: openTraffic(), random: openRandom(seed), subject, given, round: 0 },
    meter: {
      during: (_, work) => work(),
      usage: (_, pid) => ({ cpuPercent: pid, rssBytes: pid }),
      [Symbol.dispose]() {},
    },
    async turn() {
      turns += 1;
    },
  };
  return { sides, log, turns: () => turns };
}

/** How often each side came first, of the turns of all. */
function firstOf(log: readonly { readonly side: string }[]): number[] {
  const turns = log.filter(({ side }, n) => side !== log[n - 1]?.side);
  const firsts = turns.filter((_, n) => n % names.length === 0);
  return names.map((name) => firsts.filter(({ side }) => side === name).length);
}

const loadsOf = (said: readonly Said[]) =>
  said.flatMap((one) => (one.kind === "load" ? [{ ...one, load: unpackLoad(one.load) }] : []));

describe("calls one at a time", () => {
  const calls = { iterations: 24, slowIterations: 1 };

  test("are as many of each tool on every side, in the group that the tool is of", async () => {
    const { sides } = openSides({});
    for (const { load, usage } of loadsOf(await runSequential(sides, calls, { cold: true }))) {
      const made = load.tallies.map(({ group, tool, service }) => `${group} ${tool} ${service.n}`).sort();
      expect(made).toEqual(["general g1 24", "p2p dials 1", "p2p p1 24", "p2p p2 24"]);
      expect([load.issued, usage]).toEqual([73, null]);
    }
  });

  test("go from tool to tool in another order each time, and another side begins", async () => {
    const { sides, log, turns } = openSides({});
    await runSequential(sides, calls, { cold: false });
    // Two visits of ten calls and one of four to three tools, and one visit to the tool that dials.
    expect(turns()).toBe(10);
    const tools = log.map(({ tool }) => tool).filter((tool, n, all) => tool !== all[n - 1]);
    const orders = [tools.slice(0, 4), tools.slice(4, 7), tools.slice(7)].map((order) =>
      order.filter((tool) => tool !== "dials").join(),
    );
    expect(new Set(orders).size).toBeGreaterThan(1);
    // Who begins a visit ends it too, for it goes there and back.
    const visits = log.filter(({ tool }, n) => tool !== log[n + 1]?.tool && tool !== "dials");
    expect(new Set(visits.map(({ side }) => side)).size).toBe(names.length);
  });

  test("warm up before their first visit alone, and not where they were called before", async () => {
    const made = async (cold: boolean) => {
      const { sides, log } = openSides({});
      await runSequential(sides, calls, { cold });
      return log.filter(({ side, tool }) => side === "http" && tool === "p1").length;
    };
    // One of each visit is no sample, by which mitata sees what it measures.
    expect(await made(false)).toBe(24 + 3);
    expect(await made(true)).toBeWithin(24 + 3 + 1, 24 + 3 + 20 + 1);
  });
});

describe("calls of several callers", () => {
  const blocks = Array.from({ length: 8 }, (_, n) => {
    const testCase = caseOf(`of block ${n}`);
    return Array.from({ length: 3 }, () => ({ group: "p2p", testCase }));
  });

  test("are made block by block on every side, each of them first as often as any other", async () => {
    const { sides, log, turns } = openSides({});
    const loads = loadsOf(await runClosed("concurrent", sides, blocks));
    expect(loads.map(({ runtime, load }) => [runtime, load.issued])).toEqual(names.map((name) => [name, 24]));
    expect(turns()).toBe(8);
    const timed = log.slice(-8 * 3 * names.length);
    expect(firstOf(timed)).toEqual([2, 2, 2, 2]);
    const made = timed.filter(({ side }) => side === "dual").map(({ tool }) => tool);
    expect(made).toEqual(blocks.flat().map(({ testCase }) => testCase.tool));
  });

  test("warm up with the first block on every side, which counts among no figures", async () => {
    const { sides, log } = openSides({});
    const loads = loadsOf(await runClosed("concurrent", sides, blocks));
    const warm = log.slice(0, log.length - 8 * 3 * names.length);
    expect(warm).toEqual(names.flatMap((side) => Array(3).fill({ side, tool: "of block 0" })));
    for (const { load } of loads) for (const { service } of load.tallies) expect(service.n).toBe(3);
  });

  test("are told with what this process used, and what the one that serves did", async () => {
    const { sides } = openSides({});
    const used = loadsOf(await runClosed("concurrent", sides, blocks)).map(({ usage }) => [
      usage?.client.cpuPercent,
      usage?.server.cpuPercent,
    ]);
    expect(used).toEqual(sides.all.map(({ serverPid }) => [process.pid, serverPid]));
  });

  test("of a sweep are 20 for each caller, and as many as a p95 takes", async () => {
    const { sides } = openSides({ sweep: "1,4,32" });
    const points = await runSweep(sides, loadsFor(sides.given).swept);
    const counts = new Map(points.map(({ concurrency, load }) => [concurrency, load.issued]));
    expect([1, 4, 32].map((concurrency) => counts.get(concurrency))).toEqual([59, 80, 640]);
  });

  test("sweep over concurrencies in an order that is drawn, on all sides but the control", async () => {
    const orders = [];
    for (const seed of [1, 2, 3, 4]) {
      const { sides, log } = openSides({ sweep: "1,2,3,4" }, { seed });
      const points = await runSweep(sides, () => 10);
      expect(points.slice(0, 3).map(({ runtime }) => runtime)).toEqual(names.slice(0, 3));
      expect(points).toBeArrayOfSize(12);
      expect(points.map(({ load }) => load.issued)).toEqual(Array(12).fill(10));
      // Code is warm by the second concurrency.
      expect(log).toBeArrayOfSize(3 * (4 * 10 + 10));
      orders.push(points.map(({ concurrency }) => concurrency).join());
    }
    expect(new Set(orders).size).toBeGreaterThan(1);
  });
});

describe("calls at a rate", () => {
  const third = [{ share: "a third", perSecond: 2_000 }];
  const plan = (count: number) =>
    Array.from({ length: count }, (_, n) =>
      n % 4 === 0 ? { group: "general", testCase: g1 } : { group: "p2p", testCase: n % 4 === 1 ? alone : p1 },
    );

  test("are the same at the same instants for each side whose general tools another process serves", async () => {
    const { sides, log, turns } = openSides({ workload: ["mixed"] });
    const rated = await runRates(sides, third, plan, 200);
    expect(rated.map(({ runtime, load }) => [runtime, load.issued])).toEqual([
      ["http", 150],
      ["dual", 150],
    ]);
    expect(turns()).toBe(2);
    const [http, dual] = rated;
    expect(http?.offeredPerSecond).not.toBeCloseTo(2_000, 3);
    expect(dual?.offeredPerSecond).toBe(http?.offeredPerSecond ?? 0);
    // What waits for another call cannot start at an instant.
    expect(log.filter(({ tool }) => tool === "alone")).toEqual([]);
  });

  test("arrive evenly where that is asked for", async () => {
    const { sides } = openSides({ workload: ["mixed"], arrivals: "fixed" });
    for (const { offeredPerSecond } of await runRates(sides, third, plan, 100))
      expect(offeredPerSecond).toBeCloseTo(2_000, 6);
  });

  test("are told one by one where they are of general tools, and how late all of them were", async () => {
    const { sides } = openSides({ workload: ["mixed"] });
    for (const { generalNs, lateness } of await runRates(sides, third, plan, 200)) {
      expect(generalNs).toBeArrayOfSize(50);
      expect(Histogram.parse(lateness).n).toBe(150);
    }
  });

  test("are saturated where answers do not keep up in most blocks", async () => {
    const { sides } = openSides({ workload: ["mixed"] }, { slow: "dual" });
    const dual = (await runRates(sides, third, plan, 200)).find(({ runtime }) => runtime === "dual");
    expect(dual?.saturated).toEqual([expect.stringMatching(/^each second the client fell \d+ ms behind$/)]);
  });
});
