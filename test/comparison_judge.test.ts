import { describe, expect, test } from "bun:test";
import { askedOf, judgeComparison } from "../lib/benchmarks/runtime_comparison/judge.ts";
import { comparisonOptions } from "../lib/benchmarks/runtime_comparison/options.ts";
import type { LoadSaid, PointSaid, RateSaid, Said } from "../lib/benchmarks/runtime_comparison/said.ts";
import { openTraffic } from "../lib/benchmarks/runtime_comparison/traffic_table.ts";
import { validity } from "../lib/judge/audit.ts";
import { Histogram } from "../lib/judge/histogram.ts";
import { estimateSchema } from "../lib/judge/shapes.ts";
import { openTally, type PackedLoad, packLoad } from "../lib/measure/tally.ts";
import { faultOfTables } from "../lib/result/check_table.ts";
import type { Table } from "../lib/result/table.ts";

const given = comparisonOptions.parse({ workload: ["concurrent"], sweep: "none" });
const sides = ["direct", "http", "dual", "http (control)"] as const;
type SideName = (typeof sides)[number];

/** What calls of each tool took, in milliseconds; those of P2P tools have names that begin with "p". */
type Times = Readonly<Record<string, readonly number[]>>;

/** One call after another, whose elapsed time is longer by this factor than the calls. */
function loadOf(times: Times, { longer = 1, changed = {} }: { longer?: number; changed?: object } = {}) {
  const tallies = Object.entries(times).map(([tool, all]) => {
    const tally = openTally(tool.startsWith("p") ? "p2p" : "general", tool);
    for (const ms of all) {
      tally.service.record(ms * 1e6);
      tally.response.record(ms * 1e6);
    }
    return tally;
  });
  const all = Object.values(times).flat();
  const sumMs = all.reduce((sum, ms) => sum + ms, 0);
  const load = { tallies, issued: all.length, elapsedMs: sumMs * longer, failedMs: 0 };
  return packLoad({ ...load, meanInFlight: 1 / longer, ...changed });
}

/** P2P tools take 0.2 and 0.8 of what they do on http in dual, and 0.1 of it directly; general ones 1.02 and 1.25. */
const timesOf: Readonly<Record<SideName, Times>> = {
  direct: { p1: [1, 1], p2: [0.1, 0.1], g1: [5, 5] },
  http: { p1: [10, 10], p2: [1, 1], g1: [4, 4] },
  dual: { p1: [2, 2], p2: [0.8, 0.8], g1: [4.08, 4.08] },
  "http (control)": { p1: [10.1, 10.1], p2: [1.01, 1.01], g1: [4, 4] },
};

const usage = (client: number, server: number) => ({
  client: { cpuPercent: client, rssBytes: 1 },
  server: { cpuPercent: server, rssBytes: server * 1e6 },
});

/** A load on one side; a later round takes longer on all of them. */
function loaded(runtime: SideName, round: number, change: Partial<LoadSaid> = {}): LoadSaid {
  const slowed = Object.entries(timesOf[runtime]).map(([tool, all]) => [
    tool,
    all.map((ms) => ms * (1 + round)),
  ]);
  const load = loadOf(Object.fromEntries(slowed), { longer: 2 });
  return { kind: "load", workload: "concurrent", runtime, load, usage: usage(50, 10 + round), ...change };
}

const rounds = [0, 1, 2];
const usual = rounds.map((round) => sides.map((side): Said => loaded(side, round)));

function judge(perRound: readonly (readonly Said[])[], asked = given) {
  const found = perRound.flatMap((said, round) => {
    const job = { round, given: asked, parts: [], bootstrap: [], rates: null };
    return said.map((one) => ({ job, said: one, atMs: 0 }));
  });
  const judged = judgeComparison(found, asked);
  expect(faultOfTables(judged.tables)).toBeNull();
  return { ...judged, asked: askedOf(found, asked), validity: validity(judged.audit) };
}

const rowOf = (tables: readonly Table[], name: string, labels: object) =>
  tables.find((table) => table.name === name)?.rows.find((row) => Bun.deepMatch(labels, row)) ?? {};
const perRoundOf = (cell: unknown) =>
  estimateSchema
    .nullable()
    .parse(cell)
    ?.per_round?.map((value) => Number(value.toFixed(6))) ?? null;

describe("a load of the comparison", () => {
  test.each([
    ["direct", 90, 25],
    ["http", null, null],
    ["dual", 60, 2],
    ["http (control)", -1, 0],
  ])(
    "holds P2P and general tools of %s against those of the reference in the same round",
    (runtime, saved, more) => {
      const row = rowOf(judge(usual).tables, "workloads", { runtime });
      const each = (value: number | null) => (value === null ? null : rounds.map(() => value));
      // The geometric mean of tools, so that none weighs more for being slow.
      expect(perRoundOf(row.p2p_saving_percent)).toEqual(each(saved));
      expect(perRoundOf(row.general_excess_percent)).toEqual(each(more));
    },
  );

  test("has the throughput of each round, and how many more calls that is", () => {
    const { tables } = judge(usual);
    // 6 calls in 60 ms times 2 on http, and in 13.76 times 2 in dual.
    expect(perRoundOf(rowOf(tables, "workloads", { runtime: "http" }).throughput_per_s)).toEqual([
      100, 50, 33.333333,
    ]);
    const more = perRoundOf(rowOf(tables, "workloads", { runtime: "dual" }).throughput_excess_percent);
    expect(more?.map(Math.round)).toEqual(rounds.map(() => Math.round((30 / 13.76 - 1) * 100)));
  });

  test("has the latencies of P2P and of general tools apart", () => {
    const row = rowOf(judge(usual).tables, "workloads", { runtime: "dual" });
    expect(row).toMatchObject({ p2p: { n: 12, max_ms: 6 }, general: { n: 6, max_ms: 12.24 } });
  });

  test("tells what the client used and what the server did, and nothing where nobody could", () => {
    const row = rowOf(judge(usual).tables, "workloads", { runtime: "dual" });
    expect(row).toMatchObject({ client_cpu_percent: 50, server_cpu_percent: 11, server_rss_bytes: 12e6 });
    const unseen = usual.map((said) => said.map((one) => ({ ...one, usage: null })));
    expect(rowOf(judge(unseen).tables, "workloads", { runtime: "dual" })).toMatchObject({
      ...{ client_cpu_percent: null, server_cpu_percent: null, server_rss_bytes: null },
    });
  });

  test("is judged in dual alone: by what P2P tools save, and by calls per second", () => {
    const { criteria, asked, validity } = judge(usual);
    expect(criteria).toMatchObject([
      { id: "p2p_saving", about: { workload: "concurrent" }, bound: "at_least", target: 50, status: "met" },
      { id: "more_calls", about: { workload: "concurrent" }, bound: "at_least", target: -5, status: "met" },
    ]);
    expect(asked).toMatchObject([
      { part: "concurrent", rounds: 3, halfWidth: expect.closeTo(0, 6) },
      { part: "concurrent", rounds: 3 },
    ]);
    expect(validity).toBe("valid");
  });

  test("claims no saving that its control shows too", () => {
    const swinging = usual.map((said, round) =>
      said.map((one) => {
        if (one.kind !== "load" || one.runtime !== "http (control)") return one;
        const factor = round === 1 ? 1 : 20;
        return { ...one, load: loadOf({ p1: [10 * factor, 10 * factor], p2: [factor, factor], g1: [4, 4] }) };
      }),
    );
    expect(judge(swinging).criteria.map(({ id, status }) => [id, status])).toEqual([
      ["p2p_saving", "inconclusive"],
      ["more_calls", "met"],
    ]);
  });

  test("one call at a time has no verdict on calls per second", () => {
    const asked = comparisonOptions.parse({ workload: ["sequential"], sweep: "none" });
    const sequential = rounds.map((round) =>
      sides.map((side) => loaded(side, round, { workload: "sequential" })),
    );
    const { criteria, tables } = judge(sequential, asked);
    expect(criteria.map(({ id }) => id)).toEqual(["p2p_saving"]);
    expect(rowOf(tables, "workloads", { runtime: "dual" }).concurrency).toBe(1);
  });
});

/** Mixed calls at a rate; the response times of general tools are those of calls one by one. */
function rated(
  runtime: SideName,
  generalMs: readonly (number | null)[],
  change: Partial<RateSaid> = {},
): RateSaid {
  const answered = generalMs.filter((ms) => ms !== null);
  return {
    ...{
      kind: "rate",
      runtime,
      share: "a third",
      perSecond: 100,
      offeredPerSecond: 99,
      achievedPerSecond: 98,
    },
    load: loadOf({ p1: [1, 1], g1: answered, g2: answered.map((ms) => ms * 2) }),
    ...{ unsent: 0, saturated: [], lateness: new Histogram().toJSON() },
    generalNs: generalMs.map((ms) => (ms === null ? null : ms * 1e6)),
    ...change,
  };
}

describe("mixed calls at equal rates", () => {
  const offered = (dual: readonly (number | null)[], change: Partial<RateSaid> = {}) =>
    usual.map((said) => [...said, rated("http", [1, 2, 3, 4, null]), rated("dual", dual, change)]);

  test("are held call by call against the same ones on the reference, where both were answered", () => {
    // Ratios of 1.1, 1.2 and 1.02: their median is 10 % more; the last two calls have no other.
    const { tables, criteria } = judge(offered([1.1, 2.4, 3.06, null, 9]));
    const row = rowOf(tables, "equal_load", { runtime: "dual" });
    expect(perRoundOf(row.general_excess_percent)).toEqual([10, 10, 10]);
    expect(perRoundOf(row.achieved_per_s)).toEqual([98, 98, 98]);
    // By their means, tool by tool: 15.56 / 4 against 10 / 4 in both.
    expect(perRoundOf(row.general_mean_excess_percent)?.map(Math.round)).toEqual([56, 56, 56]);
    expect(rowOf(tables, "equal_load", { runtime: "http" }).general_excess_percent).toBeNull();
    expect(criteria.slice(2)).toMatchObject([
      { id: "general_not_slower", about: { load: "a third" }, bound: "at_most", target: 5, status: "missed" },
    ]);
  });

  test("of an even number are between the two in the middle, whichever side is the reference", () => {
    const { tables } = judge(offered([1.1, 2.2, 3 * 1.2, 4 * 1.32, null]));
    const [first = 0] =
      perRoundOf(rowOf(tables, "equal_load", { runtime: "dual" }).general_excess_percent) ?? [];
    expect(first).toBeCloseTo(100 * (Math.sqrt(1.1 * 1.2) - 1), 6);
  });

  test("have no ratio where the reference was not answered", () => {
    const cut = usual.map((said) => [
      ...said,
      rated("http", [1, 2, 3, null, null]),
      rated("dual", [1.1, 2.4, 3.06, 9, 9]),
    ]);
    const row = rowOf(judge(cut).tables, "equal_load", { runtime: "dual" });
    expect(perRoundOf(row.general_excess_percent)).toEqual([10, 10, 10]);
  });

  test("are judged not slower within the margin", () => {
    const { criteria, asked } = judge(offered([1.04, 2.08, 3.12, 4.16, null]));
    expect(criteria.at(-1)).toMatchObject({ id: "general_not_slower", status: "met" });
    expect(asked.at(-1)).toMatchObject({ part: "rates", rounds: 3 });
  });

  test("that were not kept up with make the run suspect, and what was not sent is told", () => {
    const { tables, audit, validity } = judge(
      offered([1, 2, 3, 4, 5], { saturated: ["too slow"], unsent: 7 }),
    );
    expect(rowOf(tables, "equal_load", { runtime: "dual" })).toMatchObject({
      ...{ unsent: 21, saturated: ["too slow", "too slow", "too slow"] },
    });
    expect(validity).not.toBe("valid");
    expect(audit.find(({ check }) => check === "the answers kept up")).toEqual({
      ...{ check: "the answers kept up", status: "suspect" },
      detail: "saturated: mixed at a third dual 1, mixed at a third dual 2, mixed at a third dual 3",
    });
  });
});

test("a sweep has the throughput and the p95 of each concurrency, ascending", () => {
  const hundred = Array.from({ length: 100 }, (_, n) => n + 1);
  const point = (concurrency: number, longer: number): PointSaid => ({
    ...{ kind: "point", runtime: "http", concurrency },
    load: loadOf({ g1: hundred }, { longer, changed: { meanInFlight: 1 / longer } }),
  });
  const { tables } = judge(usual.map((said) => [...said, point(10, 1), point(2, 2), point(1, 4)]));
  const rows = tables.find(({ name }) => name === "sweep")?.rows ?? [];
  expect(rows.map(({ concurrency }) => concurrency)).toEqual(["1", "2", "10"]);
  expect(perRoundOf(rows[2]?.throughput_per_s)).toEqual(rounds.map(() => Number((100e3 / 5_050).toFixed(6))));
  for (const p95 of perRoundOf(rows[2]?.p95_ms) ?? []) expect(p95).toBeWithin(94.5, 95.5);
  expect(tables.find(({ name }) => name === "scaling")?.rows).toBeArrayOfSize(1);
});

test("what a router sends where counts for the workload that it was sent in, with what failed apart", () => {
  const traffic = openTraffic();
  traffic.count({ runtime: "http", ns: 5, error: null });
  traffic.count({ runtime: "http", ns: 9, error: "conflict" });
  traffic.count({ runtime: "direct", ns: 1, error: null });
  expect(traffic.take()).toMatchObject([
    { runtime: "http", calls: 2, errors: new Map([["conflict", 1]]), latency: { n: 1, max_ns: 5 } },
    { runtime: "direct", calls: 1, errors: new Map(), latency: { n: 1 } },
  ]);
  expect(traffic.take()).toEqual([]);
});

test("where the router sent its calls is summed up by runtime", () => {
  const latency = new Histogram();
  latency.record(5e6);
  const traffic = (runtime: string, errors: [string, number][]): Said => ({
    ...{ kind: "traffic", workload: "concurrent", runtime, calls: 3 },
    ...{ errors: new Map(errors), latency: latency.toJSON() },
  });
  const { tables } = judge(
    usual.map((said) => [...said, traffic("direct", []), traffic("http", [["conflict", 2]])]),
  );
  const rows = tables.find(({ name }) => name === "router_traffic")?.rows;
  expect(rows).toMatchObject([
    { runtime: "direct", calls: 9, errors: [], latency: { n: 3 } },
    { runtime: "http", calls: 9, errors: ["6 conflict"], latency: { n: 3 } },
  ]);
});

describe("the audit of the comparison", () => {
  const statusOf = (perRound: readonly (readonly Said[])[], check: string, asked = given) =>
    judge(perRound, asked).audit.find((one) => one.check === check);
  const replaced = (load: PackedLoad, runtime = "dual") =>
    usual.map((said, round) =>
      said.map((one) =>
        round === 1 && one.kind === "load" && one.runtime === runtime ? { ...one, load } : one,
      ),
    );

  test("finds a runtime that made other calls than the reference", () => {
    const fewer = replaced(loadOf({ p1: [2], p2: [0.8, 0.8], g1: [4, 4] }));
    expect(statusOf(fewer, "every runtime made the same calls")).toEqual({
      ...{ check: "every runtime made the same calls", status: "failed" },
      detail: "as many of each tool as http; not so: concurrent dual 2",
    });
  });

  test("holds the calls of a round against those of the same round", () => {
    const fewer = loadOf({ p1: [2], p2: [0.8], g1: [4] });
    const second = usual.map((said, round) =>
      said.map((one) => (round === 1 && one.kind === "load" ? { ...one, load: fewer } : one)),
    );
    expect(statusOf(second, "every runtime made the same calls")?.status).toBe("passed");
  });

  test("finds a call that is lost, and a broken Little's law", () => {
    const lost = replaced(loadOf(timesOf.dual, { changed: { issued: 7 } }));
    expect(statusOf(lost, "every call is accounted for")).toMatchObject({
      status: "failed",
      detail: expect.stringContaining("concurrent dual 2 (7 calls were issued"),
    });
    const broken = replaced(loadOf(timesOf.dual, { changed: { meanInFlight: 2 } }));
    expect(statusOf(broken, "Little's law")).toMatchObject({
      status: "failed",
      detail: expect.stringContaining("concurrent dual 2 (2.00 calls"),
    });
  });

  test("looks at the points of a sweep too", () => {
    const load = loadOf({ g1: [1, 2] }, { changed: { issued: 3 } });
    const point: Said = { kind: "point", runtime: "http", concurrency: 4, load };
    expect(statusOf([[...(usual[0] ?? []), point]], "every call is accounted for")?.detail).toContain(
      "not so: sweep http 1 at 4 (",
    );
  });

  test("misses a workload that was not run", () => {
    const asked = comparisonOptions.parse({ workload: ["concurrent", "mixed"], sweep: "none" });
    expect(statusOf(usual, "every workload was run", asked)).toMatchObject({
      ...{ status: "failed", detail: "concurrent, mixed; not so: mixed" },
    });
  });
});
