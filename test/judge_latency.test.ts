import { describe, expect, test } from "bun:test";
import { askedOf, judgeLatency } from "../lib/benchmarks/p2p_latency/judge.ts";
import { samplesOf } from "../lib/benchmarks/p2p_latency/options.ts";
import type { Finds, Plan, ToolRow } from "../lib/benchmarks/p2p_latency/tools.ts";
import { p2pCases, toolsOf } from "../lib/cases.ts";
import type { Findings } from "../lib/experiment.ts";
import type { Blocks } from "../lib/judge/pairs.ts";
import { faultOfTables } from "../lib/result/check_table.ts";

const names = ["a", "b", "c", "d", "e"];
const tools = toolsOf(p2pCases).slice(0, 3);

function planOf(arms: number, more: Partial<Plan> = {}): Plan {
  const runtimes = names.slice(0, arms).map((name) => ({ name, runtime: name }));
  return {
    ...{ tool: tools, runtimes, reference: "a", iterations: 8, rounds: 3, precision: 5 },
    ...{ target: 50, samples: false, called: [], left_out: [] },
    ...more,
  };
}

/** What visits of every tool say in which a call of each arm takes these nanoseconds, block by block. */
function visitsOf(plan: Plan, nsOf: (arm: number, round: number, block: number) => number) {
  const found: Finds[number][] = [];
  for (let round = 0; round < (plan.rounds ?? 8); round++)
    for (let visit = 0; visit < (plan.iterations ?? 0) / 4; visit++)
      for (const tool of plan.tool) {
        const blocks = plan.runtimes.map(
          (_, arm): Blocks => [0, 1].map((block) => new Array(2).fill(nsOf(arm, round, 2 * visit + block))),
        );
        const said = { kind: "visited", tool, branch: `${tool} alone`, blocks } as const;
        found.push({ job: { round, bootstrap: undefined }, said, atMs: found.length });
      }
  return found;
}

function rowsOf({ tables }: Findings): ToolRow[] {
  expect(faultOfTables(tables)).toBeNull();
  return JSON.parse(JSON.stringify(tables[0]?.rows));
}

/** Each arm takes a tenth of the time of the one before it; rounds differ by 1 %, blocks by nothing. */
const tenths = (arm: number, round: number) => 1e6 * 0.1 ** arm * (1 + 0.01 * round);

describe.each([1, 2, 3, 5])("the latency of tools on %d runtimes", (arms) => {
  const plan = planOf(arms);

  test("has a row for each tool on each runtime, with all of its samples", () => {
    const rows = rowsOf(judgeLatency(visitsOf(plan, tenths), plan));
    const due = tools.flatMap((tool) => names.slice(0, arms).map((name) => [tool, name]));
    expect(rows.map(({ tool_name, runtime }) => [tool_name, runtime])).toEqual(due);
    for (const { latency, rounds, branch, tool_name, p50_ms, runtime } of rows) {
      expect([latency.n, rounds, branch]).toEqual([24, 3, `${tool_name} alone`]);
      expect(p50_ms.per_round?.[0]).toBeCloseTo(0.1 ** names.indexOf(runtime), 9);
    }
  });

  test("is held against the reference alone, which is held against nothing", () => {
    const rows = rowsOf(judgeLatency(visitsOf(plan, tenths), plan));
    for (const { runtime, improvement_percent, added_ms, control_percent, status } of rows) {
      const arm = names.indexOf(runtime);
      if (arm === 0) {
        expect([improvement_percent, added_ms, control_percent, status]).toEqual([null, null, null, null]);
        continue;
      }
      expect(improvement_percent?.estimate).toBeCloseTo(100 * (1 - 0.1 ** arm), 6);
      expect(added_ms?.per_round?.[0]).toBeCloseTo(1 - 0.1 ** arm, 9);
      expect(control_percent?.estimate).toBeCloseTo(0, 9);
      expect(status).toBe("met (above the range)");
    }
  });

  test("has a criterion for each that is compared, over all of its tools", () => {
    const { criteria, audit } = judgeLatency(visitsOf(plan, tenths), plan);
    expect(criteria.map(({ about, status, over }) => [about.runtime, over?.where.runtime, status])).toEqual(
      names.slice(1, arms).map((name) => [name, name, "met"]),
    );
    expect(audit.filter(({ status }) => status !== "passed")).toEqual([]);
  });
});

describe("the samples of a tool in a round", () => {
  const many = { iterations: undefined, tool: toolsOf(p2pCases), called: [] };
  const brought = { tool: "mine", input: {}, branch: "", home: "http", varies: [], slow: true };

  test.each([
    ["as asked, also of a tool that dials", "peer_connect", { ...many, iterations: 7 }, 7],
    ["40 where all are measured", "queue_stats", many, 40],
    ["what a tool that dials says itself", "peer_connect", many, 34],
    [
      "more the fewer there are",
      "queue_stats",
      { ...many, tool: many.tool.slice(0, 13) },
      Math.floor((40 * many.tool.length) / 13),
    ],
    ["300 at most", "queue_stats", { ...many, tool: ["queue_stats"] }, 300],
    ["10 of one that was brought and is slow", "mine", { ...many, tool: ["mine"], called: [brought] }, 10],
  ])("are %s", (_, tool, asked, samples) => {
    expect(samplesOf(tool, asked)).toBe(samples);
  });
});

describe("the latency of tools", () => {
  const plan = planOf(2);
  const judge = (nsOf: (arm: number, round: number, block: number) => number, of = plan) =>
    judgeLatency(visitsOf(of, nsOf), of);
  const statusesOf = (findings: Findings) => [
    ...new Set(rowsOf(findings).flatMap(({ status }) => status ?? [])),
    ...findings.criteria.map(({ status }) => status),
  ];

  test("is judged by its saving: within the range, above it, missed, or on both sides of the target", () => {
    const saving = (percent: number) => (arm: number) => (arm === 0 ? 1e6 : 1e4 * (100 - percent));
    expect(statusesOf(judge(saving(60)))).toEqual(["met", "met"]);
    expect(statusesOf(judge(saving(71)))).toEqual(["met (above the range)", "met"]);
    expect(statusesOf(judge(saving(49)))).toEqual(["missed", "missed"]);
    const swinging = (arm: number, round: number) => saving([30, 70, 50][round] ?? 0)(arm);
    expect(statusesOf(judge(swinging))).toEqual(["inconclusive", "inconclusive"]);
  });

  test.each([0, 1])("is inconclusive where halves of path %d differ as much as the paths do", (swings) => {
    const outer = (block: number) => block % 4 === 0 || block % 4 === 3;
    const noisy = (arm: number, _: number, block: number) =>
      (arm === 0 ? 1e6 : 3e5) * (arm !== swings || outer(block) ? 1 : 20);
    const findings = judge(noisy);
    expect(statusesOf(findings)).toEqual(["inconclusive", "inconclusive"]);
    expect(findings.audit.find(({ check }) => check === "A/A control")?.status).toBe("suspect");
  });

  test("is held against nothing on a runtime alone, even if that is not the reference", () => {
    const alone = planOf(1, { reference: "z" });
    const { criteria, ...findings } = judge(tenths, alone);
    expect(criteria).toEqual([]);
    expect(statusesOf({ criteria, ...findings })).toEqual([]);
  });

  test("is held against whichever runtime is the reference", () => {
    const turned = planOf(2, { reference: "b" });
    const rows = rowsOf(judge(tenths, turned));
    expect(rows.map(({ status }) => status)).toEqual(tools.flatMap(() => ["missed", null]));
    expect(rows[0]?.improvement_percent?.estimate).toBeCloseTo(-900, 6);
  });

  test("keeps its samples in the order taken, when asked", () => {
    const counting = (arm: number, round: number, block: number) =>
      1e6 * (1 + arm * 100 + round * 10 + block);
    const [first, second] = rowsOf(judge(counting, planOf(2, { samples: true })));
    const blocks = [0, 1, 2].flatMap((round) => [0, 1, 2, 3].map((block) => 1 + round * 10 + block));
    expect(first?.samples_ms).toEqual(blocks.flatMap((ms) => [ms, ms]));
    expect(second?.samples_ms).toEqual(blocks.flatMap((ms) => [100 + ms, 100 + ms]));
    expect(rowsOf(judge(counting))[0]?.samples_ms).toBeNull();
  });

  test("fails its audit while samples are missing, and has no criterion before every tool has some", () => {
    const found = visitsOf(plan, tenths);
    const missing = judgeLatency(found.slice(1), plan);
    expect(missing.audit[0]).toMatchObject({ check: "sample count", status: "failed" });
    expect(missing.audit[0]?.detail).toEndWith(`; not so: ${tools[0]} on a, ${tools[0]} on b`);
    expect(missing.criteria).toBeArrayOfSize(1);
    const early = judgeLatency(found.slice(0, 2), plan);
    expect([early.criteria, rowsOf(early).length]).toEqual([[], 4]);
    const nothing = judgeLatency([], plan);
    expect([nothing.criteria, rowsOf(nothing)]).toEqual([[], []]);
  });

  test("tells what opening took, with peers and without, and what more rounds would bring", () => {
    const opened = (peers: boolean, ms: number): Finds[number] => ({
      job: { round: 0, bootstrap: peers ? [] : undefined },
      said: { kind: "opened", ms, job: peers ? "with peers" : "without peers" },
      atMs: 1,
    });
    const swinging = (arm: number, round: number) => (arm === 0 ? 1e6 : 1e5 * (4 + round));
    const found = [opened(false, 100), opened(false, 300), opened(true, 2000), ...visitsOf(plan, swinging)];
    const notes = judgeLatency(found, plan).tables[0]?.notes ?? [];
    expect(notes[0]).toBe("Opening a round took 0.10 s without peers, 2.00 s with peers (medians).");
    expect(notes.slice(1)).toEqual(
      tools.map((tool) => expect.stringMatching(new RegExp(`^${tool} is known to ± \\d`))),
    );
    expect(judgeLatency([opened(false, 100), ...visitsOf(plan, tenths)], plan).tables[0]?.notes).toEqual([
      "Opening a round took 0.10 s without peers (medians).",
    ]);
  });

  test("asks for narrow savings, or for a narrow median where nothing is compared", () => {
    const widths = (of: Plan, nsOf: (arm: number, round: number) => number) =>
      askedOf(visitsOf(of, nsOf), of).map(({ halfWidth }) => halfWidth);
    const swinging = (arm: number, round: number) => (arm === 0 ? 1e6 : 1e6 * 0.1 ** arm * (1 + round / 10));
    const [two, three] = [widths(plan, swinging)[0] ?? 0, widths(planOf(3), swinging)[0] ?? 0];
    // A tenth of a tenth swings as much in logarithms, and a tenth as much in points: the widest counts.
    expect(three).toBeCloseTo(two, 9);
    expect(two).toBeWithin(0.5, 10);
    const alone = planOf(1);
    const [percent = 0] = widths(alone, (_, round) => 1e6 * (1 + round / 10));
    expect(percent).toBeWithin(10, 40);
    expect(widths(planOf(1, { rounds: 1 }), tenths)).toEqual([null, null, null]);
    expect(askedOf([], plan).map(({ halfWidth, rounds }) => [halfWidth, rounds])).toEqual(
      tools.map(() => [null, 0]),
    );
  });
});
