import { describe, expect, test } from "bun:test";
import { judgeWorkflows } from "../lib/benchmarks/concurrent_workflows/judge.ts";
import type { Alone, Measured, Swept, Together } from "../lib/benchmarks/concurrent_workflows/loads.ts";
import { OutcomeBook, type Outcomes } from "../lib/benchmarks/concurrent_workflows/outcomes.ts";
import type { Scenario } from "../lib/benchmarks/concurrent_workflows/scenarios.ts";
import { judgeSweep } from "../lib/benchmarks/concurrent_workflows/sweep.ts";
import { validity } from "../lib/judge/audit.ts";
import { Histogram } from "../lib/judge/histogram.ts";
import { type PackedLoad, packLoad } from "../lib/measure/tally.ts";
import { faultOfTables } from "../lib/result/check_table.ts";
import type { Table } from "../lib/result/table.ts";

/** Workflows of two steps that take 4 ms each, the last of which is completed when `perSecond` says. */
function outcomesOf(count: number, perSecond = 1_000, changed: Partial<Outcomes> = {}): Outcomes {
  const book = new OutcomeBook(1);
  for (let n = 0; n < count; n++) {
    book.accept();
    book.complete({
      id: `w${n}`,
      submittedMs: 1e12,
      times: [],
      execution: {
        completionMs: (count * 1e3) / perSecond,
        criticalPathMs: 4,
        addedPerEdgeMs: 1,
        waitingMs: [1, 1],
        handOverMs: [1],
        runningMs: [2, 2],
        early: [],
      },
      edges: 2,
      repeated: [],
      outputs: { n },
    });
  }
  return { ...book.close(), ...changed };
}

/** Each runtime of these, served by a process of its own, or by the client's. */
const names = ["direct", "http", "mcp"];
const of = (arm: number, outcomes: Outcomes) => ({
  ...({ scenario: "simple", arm, clientPid: 1 } as const),
  serverPid: names[arm] === "direct" ? 1 : 2 + arm,
  outcomes,
});

function alone(arm: number, submitMs: number, outcomes = outcomesOf(8)): Alone {
  const block = Array(4).fill(submitMs * 1e6);
  return { kind: "alone", ...of(arm, outcomes), blocks: [block, block] };
}

const usage = (cpuPercent: number) => ({ cpuPercent, rssBytes: 1 });

/** A second in which so many submissions were accepted, one at a time. */
function loadOf(accepted: number, failed: [string, number][] = []): PackedLoad {
  const service = new Histogram();
  for (let n = 0; n < accepted; n++) service.record(1e9 / accepted);
  const refused = failed.reduce((sum, [, count]) => sum + count, 0);
  const tally = { group: "simple", tool: "workflow_submit", service, response: new Histogram() };
  return packLoad({
    ...{ tallies: [{ ...tally, failed: new Map(failed) }], issued: accepted + refused },
    ...{ elapsedMs: 1_000, failedMs: 0, meanInFlight: accepted > 0 ? 1 : 0 },
  });
}

function many(arm: number, outcomes = outcomesOf(10), { concurrency = 10, client = 50, server = 50 } = {}) {
  const usages = { client: usage(client), server: usage(server) };
  return { ...of(arm, outcomes), concurrency, load: loadOf(outcomes.accepted), ...usages };
}
const together = (...given: Parameters<typeof many>): Together => ({ kind: "together", ...many(...given) });
const swept = (...given: Parameters<typeof many>): Swept => ({ kind: "sweep", ...many(...given) });

/** What the named runtimes make of what each round measured, as tables that are as they declare. */
function judge(
  rounds: readonly Measured[][],
  {
    runtimes = ["direct", "http"],
    scenario = ["simple"],
    monitor = false,
    missing = 0,
  }: { runtimes?: string[]; scenario?: Scenario[]; monitor?: boolean; missing?: number } = {},
) {
  const asked = { reference: "http", target: 50, linear: 90, monitor, runtimes: runtimes.map(armOf) };
  const found = rounds.flatMap((list, round) => {
    // A job of as many loads as told something, and some more: one runtime, no scenario, a sweep of so many points.
    const sweep = Array.from({ length: list.length + missing }, (_, n) => n + 1);
    const job = { runtimes: [armOf("any")], scenario: [], sweep, round };
    return list.map((said) => ({ job, said, atMs: 0 }));
  });
  const judged = judgeWorkflows(found, { ...asked, scenario, sweep: [], precision: 5 });
  expect(faultOfTables(judged.tables)).toBeNull();
  return judged;
}
const armOf = (name: string) => ({ name, runtime: name });
const rowsOf = (tables: readonly Table[], name: string) =>
  tables.find((table) => table.name === name)?.rows ?? [];

describe("the verdicts", () => {
  test("compare the submissions of each round, and say what the reference adds to a workflow and an edge", () => {
    const rounds = [10, 11, 12].map((http) => [alone(0, 2), alone(1, http), together(0), together(1)]);
    const { criteria, tables, audit } = judge(rounds);
    expect(validity(audit)).toBe("valid");
    expect(criteria).toMatchObject([
      { id: "saving", about: { scenario: "simple", runtime: "direct" }, status: "met", target: 50 },
    ]);
    expect(criteria[0]?.estimate).toBeCloseTo(100 * (1 - 2 / (10 * 11 * 12) ** (1 / 3)), 9);
    expect(rowsOf(tables, "alone")).toMatchObject([
      {
        ...{ runtime: "direct", status: "met", submission: { n: 24, p50_ms: 2 }, completed: 24, rounds: 3 },
        added_ms: { estimate: expect.closeTo(9, 9), per_round: [8, 9, 10] },
        added_per_edge_ms: { estimate: expect.closeTo(4.5, 9) },
        control_percent: { estimate: 0 },
      },
      { runtime: "http", status: null, improvement_percent: null, added_ms: null },
    ]);
  });

  test("hold every runtime but the reference against it, by the rounds that have both", () => {
    const rounds = [1, 1.1].map((fast) => [alone(0, fast), alone(1, 10), alone(2, 8)]);
    const { criteria } = judge([...rounds, [alone(0, 1)]], { runtimes: names });
    expect(criteria.map(({ about, per_round, status }) => [about.runtime, per_round, status])).toEqual([
      ["direct", [expect.closeTo(90, 9), expect.closeTo(89, 9)], "met"],
      ["mcp", [expect.closeTo(20, 9), expect.closeTo(20, 9)], "missed"],
    ]);
  });

  test("claim no saving that the halves of a path show too", () => {
    const [slow, fast] = [new Array(4).fill(12e6), new Array(4).fill(2e6)];
    const rounds = [1, 2, 3].map(() => [{ ...alone(0, 2), blocks: [slow, fast, fast, slow] }, alone(1, 10)]);
    expect(judge(rounds).criteria).toMatchObject([{ status: "inconclusive" }]);
  });

  test("are those of each scenario alone", () => {
    const dag = (measured: Alone | Together) => ({ ...measured, scenario: "dag" as const });
    const rounds = [1, 2].map(() => [
      alone(0, 2),
      alone(1, 10),
      dag(alone(0, 8)),
      dag(alone(1, 10)),
      dag(together(1)),
    ]);
    const { criteria, tables } = judge(rounds, { scenario: ["simple", "dag"] });
    expect(criteria.map(({ about, estimate }) => [about.scenario, Math.round(estimate)])).toEqual([
      ["simple", 80],
      ["dag", 20],
    ]);
    expect(rowsOf(tables, "together")).toMatchObject([{ scenario: "dag", runtime: "http", issued: 20 }]);
  });

  test("tell what the client used and what the serving process did", () => {
    const used = together(1, outcomesOf(10), { client: 40, server: 60 });
    const { tables } = judge([[{ ...used, server: { cpuPercent: 60, rssBytes: 9 } }]]);
    expect(rowsOf(tables, "together")).toMatchObject([
      { client_cpu_percent: 40, server_cpu_percent: 60, client_rss_bytes: 1, server_rss_bytes: 9 },
    ]);
  });

  test("are none with one runtime only, whose figures stand", () => {
    const { criteria, tables, audit } = judge([[alone(0, 1), together(0)]], { runtimes: ["direct"] });
    expect({ criteria, validity: validity(audit) }).toEqual({ criteria: [], validity: "valid" });
    expect(rowsOf(tables, "alone")).toMatchObject([{ runtime: "direct", improvement_percent: null }]);
    expect(rowsOf(tables, "together")).toMatchObject([
      { runtime: "direct", issued: 10, completed_per_s: { estimate: expect.closeTo(1_000, 6) } },
    ]);
  });

  test("tell where the time of steps went with --monitor only", () => {
    const tablesOf = (monitor: boolean) => judge([[alone(0, 1), together(0)]], { monitor }).tables;
    expect(tablesOf(false).map(({ name }) => name)).toEqual(["alone", "together"]);
    expect(rowsOf(tablesOf(true), "details")).toMatchObject([
      { critical_path: { n: 10 }, waiting: { n: 20 }, added_per_edge: { n: 10 } },
    ]);
  });

  test("keep what refused submissions failed with, and no rate where none was accepted", () => {
    const none = { ...together(1, outcomesOf(0)), load: loadOf(0, [["conflict", 5]]) };
    const { tables } = judge([[none]]);
    expect(rowsOf(tables, "together")).toMatchObject([
      { issued: 5, refused: 5, refusals: ["5 conflict"], submitted_per_s: null, completed_per_s: null },
    ]);
  });
});

describe("the audit", () => {
  const checkOf = (...measured: Measured[]) => {
    const { audit } = judge([measured]);
    const wrong = audit.filter(({ status }) => status !== "passed");
    return { validity: validity(audit), wrong: wrong.map(({ check }) => check) };
  };

  test.each([
    ["a workflow that nobody found again", { accepted: 11 }, "invalid", "every workflow is accounted for"],
    [
      "a workflow that failed",
      { accepted: 11, endings: { completed: 10, failed: 1, cancelled: 0, timeout: 0 } },
      "invalid",
      "no workflow failed",
    ],
    [
      "a workflow that was cancelled",
      { accepted: 11, endings: { completed: 10, failed: 0, cancelled: 1, timeout: 0 } },
      "invalid",
      "no workflow failed",
    ],
    [
      "a workflow that timed out",
      { accepted: 11, endings: { completed: 10, failed: 0, cancelled: 0, timeout: 1 } },
      "suspect",
      "every workflow ended in time",
    ],
    ["a step out of order", { wrong: 1 }, "invalid", "every step ran once, and in order"],
  ] as const)("finds %s", (_, changed, validity, check) => {
    const outcomes = outcomesOf(10, 1_000, changed);
    expect(checkOf(together(0, outcomes))).toEqual({ validity, wrong: [check] });
    expect(checkOf(alone(0, 1, outcomes))).toEqual({ validity, wrong: [check] });
  });

  test("finds workflows that leave something else on another runtime or in another round", () => {
    const other = outcomesOf(10, 1_000, { digest: "other" });
    const due = { validity: "invalid" as const, wrong: ["workflows leave the same"] };
    expect(checkOf(together(0), together(1, other))).toEqual(due);
    expect(checkOf(alone(0, 1, outcomesOf(10)), alone(1, 1, other))).toEqual(due);
    expect(checkOf(together(0), together(1))).toEqual({ validity: "valid", wrong: [] });
  });

  test("compares no outputs of loads that lost workflows", () => {
    const less = outcomesOf(10, 1_000, {
      digest: "less",
      endings: { completed: 9, failed: 0, cancelled: 0, timeout: 1 },
    });
    expect(checkOf(together(0), together(1, less)).wrong).toEqual(["every workflow ended in time"]);
  });

  test("finds a submission that is lost or answered wrongly, a broken Little's law, a load that was not run", () => {
    const wrongWith = (load: PackedLoad) => checkOf({ ...together(1), load }).wrong;
    expect(wrongWith({ ...loadOf(10), issued: 11 })).toEqual(["every submission is accounted for"]);
    expect(wrongWith({ ...loadOf(10), meanInFlight: 2 })).toEqual(["Little's law"]);
    expect(wrongWith(loadOf(10, [["conflict", 1]]))).toEqual([]);
    expect(checkOf({ ...together(1), load: loadOf(10, [["wrong_answer", 1]]) })).toEqual({
      validity: "invalid",
      wrong: ["no submission was answered wrongly"],
    });
    const { audit } = judge([[together(1)]], { missing: 1 });
    expect(audit.find(({ status }) => status === "failed")?.check).toBe("every load was run");
  });
});

describe("a sweep", () => {
  const sweepOf = (
    perSecond: readonly number[],
    cpu: { client?: number; server?: number } = {},
    { arm = 1, cores = 2 } = {},
  ) => {
    const runs = [0, 1, 2].flatMap((round) =>
      perSecond.map((rate, n) => ({
        ...swept(arm, outcomesOf(10, rate * (1 + round / 1e3)), { concurrency: 2 ** n, ...cpu }),
        round,
      })),
    );
    const { tables, criteria } = judgeSweep(runs, { runtimes: names.map(armOf), linear: 90 }, cores);
    expect(faultOfTables(tables)).toBeNull();
    return {
      rows: rowsOf(tables, "sweep"),
      laws: rowsOf(tables, "scaling"),
      criteria,
      notes: tables[0]?.notes,
    };
  };

  test("is linear as long as N in flight complete N times as many", () => {
    const { rows, laws, criteria, notes } = sweepOf([100, 195, 390]);
    expect(criteria).toMatchObject([
      { id: "linear_scaling", about: { runtime: "http" }, status: "met", estimate: expect.closeTo(97.5, 3) },
    ]);
    expect(notes).toEqual(["http stays linear up to 4 in flight."]);
    const rate = (row: (typeof rows)[number]) => Math.round(Object(row.completed_per_s).estimate);
    expect(rows.map((row) => [row.concurrency, rate(row)])).toEqual([
      ["1", 100],
      ["2", 195],
      ["4", 390],
    ]);
    expect(laws).toMatchObject([{ runtime: "http", lambda: { estimate: expect.closeTo(100, -1) } }]);
  });

  test("is judged up to the cores there are only, and not at all with one", () => {
    const criteriaOf = (cores: number) => sweepOf([100, 195, 200], {}, { cores }).criteria;
    expect(criteriaOf(2)).toMatchObject([{ status: "met" }]);
    expect(criteriaOf(4)).toMatchObject([{ status: "missed", estimate: expect.closeTo(50, 3) }]);
    expect(criteriaOf(1)).toEqual([]);
  });

  test.each([
    [1, { client: 99, server: 60 }, "client", "the client is busy"],
    [1, { client: 60, server: 99 }, "server", "the server is busy"],
    [1, { client: 30, server: 30 }, "none", "no process is busy: workflows queue"],
    [0, { client: 99, server: 99 }, "its one process", "its one process, client and engine, is busy"],
    [0, { client: 30, server: 30 }, "none", "no process is busy: workflows queue"],
  ])("of runtime %j with a CPU of %j has %s busy where it bends", (arm, cpu, busy, cause) => {
    const { rows, notes } = sweepOf([100, 195, 200], cpu, { arm });
    expect(rows.at(-1)).toMatchObject({ concurrency: "4", busy });
    expect(notes).toEqual([`${names[arm]} bends at 4 in flight: ${cause}.`]);
  });

  test("has the 95th percentile of what completions took", () => {
    const histogram = new Histogram();
    for (let ms = 1; ms <= 100; ms++) histogram.record(ms * 1e6);
    const outcomes = outcomesOf(10);
    const spans = new Map(outcomes.spans).set("completion", histogram.toJSON());
    const { tables } = judgeSweep([{ ...swept(1, { ...outcomes, spans }), round: 0 }], {
      ...{ runtimes: names.map(armOf), linear: 90 },
    });
    expect(Object(rowsOf(tables, "sweep")[0]?.p95_ms).estimate).toBeWithin(94.5, 95.5);
  });

  test("leaves out a round in which no workflow was completed", () => {
    const runs = [outcomesOf(10), outcomesOf(0)].map((outcomes, round) => ({
      ...swept(1, outcomes),
      round,
    }));
    const { tables } = judgeSweep(runs, { runtimes: names.map(armOf), linear: 90 });
    expect(rowsOf(tables, "sweep")).toMatchObject([
      { completed_per_s: { estimate: expect.closeTo(1_000, 6), per_round: [expect.closeTo(1_000, 6)] } },
    ]);
  });

  test("is nothing without a completed workflow", () => {
    const { tables, criteria } = judgeSweep([{ ...swept(1, outcomesOf(0)), round: 0 }], {
      ...{ runtimes: names.map(armOf), linear: 90 },
    });
    expect([...tables.flatMap(({ rows }) => rows), ...criteria]).toEqual([]);
  });
});
