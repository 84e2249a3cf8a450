import { describe, expect, test } from "bun:test";
import type { AloneEvent, Arm, LoadEvent, Measured } from "../lib/benchmarks/concurrent_workflows.ts";
import { judgeWorkflows } from "../lib/benchmarks/workflow_judge.ts";
import { Outcomes, type OutcomesJson } from "../lib/benchmarks/workflow_outcomes.ts";
import { sumUpWorkflowSweep } from "../lib/benchmarks/workflow_sweep.ts";
import { Histogram } from "../lib/measure/histogram.ts";
import { concurrentWorkflows } from "../lib/results/concurrent_workflows.ts";
import { startRun } from "../lib/run.ts";
import { temporaryFolder } from "./run_script.ts";

/** Workflows of two steps that take 4 ms each, the last of which is completed when `perSecond` says. */
function outcomesOf(count: number, perSecond = 1_000, changed: Partial<OutcomesJson> = {}): OutcomesJson {
  const outcomes = new Outcomes(1);
  for (let n = 0; n < count; n++) {
    outcomes.accept();
    outcomes.complete({
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
      edges: 1,
      repeated: [],
      outputs: { n },
    });
  }
  return { ...outcomes.toJSON(), ...changed };
}

const usage = (cpu: number) => ({
  samples: 3,
  cpu_percent: { mean: cpu, max: cpu },
  rss_bytes: { mean: 1, max: 1, first: 1, last: 1 },
});

function alone(arm: Arm, submitMs: number, outcomes = outcomesOf(8)): AloneEvent {
  return { event: "alone", arm, scenario: "simple", submit_ns: Array(8).fill(submitMs * 1e6), outcomes };
}

function load(
  arm: Arm,
  outcomes = outcomesOf(10),
  { concurrency = 10, client = 50, server = 50 } = {},
): LoadEvent {
  const service = new Histogram();
  for (let n = 0; n < outcomes.accepted; n++) service.record(1e6);
  const tally = { group: "simple", tool: "workflow_submit", failed: {}, response: new Histogram().toJSON() };
  return {
    event: "load",
    arm,
    scenario: "simple",
    concurrency,
    tallies: [{ ...tally, service: service.toJSON() }],
    issued: outcomes.accepted,
    elapsed_ms: outcomes.accepted,
    failed_ms: 0,
    mean_in_flight: 1,
    client_cpu_percent: 50,
    client: usage(client),
    server: usage(server),
    outcomes,
  };
}

const point = (...given: Parameters<typeof load>): LoadEvent => ({ ...load(...given), event: "point" });

async function judge(
  events: readonly (AloneEvent | LoadEvent)[][],
  { monitor = false, planned = events.flat().length } = {},
) {
  using folder = temporaryFolder();
  const run = await startRun({ output: `${folder.path}/result.json`, seed: 1 });
  const measured: Measured[] = events.flatMap((list, round) => list.map((event) => ({ round, event })));
  return concurrentWorkflows.parse(
    judgeWorkflows(measured, { target: 50, linear: 90, monitor, planned }, run, true),
  );
}

describe("the verdicts", () => {
  test("compare the submissions of each round, and say what HTTP adds to a workflow and an edge", async () => {
    const rounds = [10, 11, 12].map((http) => [
      alone("direct", 2),
      alone("http", http),
      load("direct"),
      load("http"),
    ]);
    const { criteria, scenarios, validity } = await judge(rounds);
    expect(validity).toBe("valid");
    expect(criteria).toMatchObject([{ name: "simple: time that a direct submission saves", status: "met" }]);
    expect(criteria[0]?.estimate).toBeCloseTo(100 * (1 - 2 / (10 * 11 * 12) ** (1 / 3)), 9);
    expect(scenarios[0]?.http_adds?.per_workflow_ms.estimate).toBeCloseTo(9, 9);
    expect(scenarios[0]?.http_adds?.per_edge_ms?.estimate).toBeCloseTo(9, 9);
  });

  test("are none with one runtime only, whose figures stand", async () => {
    const { criteria, scenarios, validity } = await judge([[alone("http", 1), load("http")]]);
    expect({ criteria, validity }).toEqual({ criteria: [], validity: "valid" });
    expect(scenarios[0]).toMatchObject({
      http_adds: null,
      runtimes: [{ runtime: "http", together: { issued: 10 } }],
    });
    expect(scenarios[0]?.runtimes[0]?.together?.completed_per_s?.estimate).toBeCloseTo(1_000, 6);
  });

  test("tell where the time of steps went with --monitor only", async () => {
    const detailOf = async (monitor: boolean) => {
      const { scenarios } = await judge([[alone("http", 1), load("http")]], { monitor });
      return scenarios[0]?.runtimes[0]?.together?.detail;
    };
    expect(await detailOf(false)).toBeNull();
    expect(await detailOf(true)).toMatchObject({ critical_path: { n: 10 }, waiting: { n: 20 } });
  });
});

describe("the audit", () => {
  const checkOf = async (...events: (AloneEvent | LoadEvent)[]) => {
    const { audit, validity } = await judge([events]);
    return { validity, wrong: audit.filter(({ status }) => status !== "passed").map(({ check }) => check) };
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
  ] as const)("finds %s", async (_, changed, validity, check) => {
    const outcomes = outcomesOf(10, 1_000, changed);
    expect(await checkOf(load("direct", outcomes))).toEqual({ validity, wrong: [check] });
    expect(await checkOf(alone("direct", 1, outcomes))).toEqual({ validity, wrong: [check] });
  });

  test("finds workflows that leave something else on another runtime or in another round", async () => {
    const other = outcomesOf(10, 1_000, { digest: "other" });
    const due = { validity: "invalid" as const, wrong: ["workflows leave the same"] };
    expect(await checkOf(load("direct"), load("http", other))).toEqual(due);
    expect(await checkOf(load("direct"), load("http"))).toEqual({ validity: "valid", wrong: [] });
  });

  test("compares no outputs of loads that lost workflows", async () => {
    const less = outcomesOf(10, 1_000, {
      digest: "less",
      endings: { completed: 9, failed: 0, cancelled: 0, timeout: 1 },
    });
    expect((await checkOf(load("direct"), load("http", less))).wrong).toEqual([
      "every workflow ended in time",
    ]);
  });

  test("finds a submission that is lost or answered wrongly, a broken Little's law, a load that was not run, a process unseen", async () => {
    expect((await checkOf({ ...load("http"), issued: 11 })).wrong).toEqual([
      "every submission is accounted for",
    ]);
    const [tally] = load("http").tallies;
    const wrong = {
      ...load("http"),
      issued: 11,
      tallies: tally ? [{ ...tally, failed: { wrong_answer: 1 } }] : [],
    };
    expect(await checkOf(wrong)).toEqual({
      validity: "invalid",
      wrong: ["no submission was answered wrongly"],
    });
    expect((await checkOf({ ...load("http"), mean_in_flight: 2 })).wrong).toEqual(["Little's law"]);
    expect((await checkOf({ ...load("http"), server: { ...usage(1), samples: 0 } })).wrong).toEqual([
      "every process was watched",
    ]);
    const { audit } = await judge([[load("http")]], { planned: 2 });
    expect(audit.find(({ status }) => status === "failed")?.check).toBe("every load was run");
  });
});

describe("a sweep", () => {
  const sweepOf = (
    perSecond: readonly number[],
    cpu: { client?: number; server?: number },
    arm: Arm = "http",
    cores = 2,
  ) => {
    const measured = [0, 1, 2].flatMap((round) =>
      perSecond.map((rate, n) => ({
        round,
        event: point(arm, outcomesOf(10, rate * (1 + round / 1e3)), { concurrency: 2 ** n, ...cpu }),
      })),
    );
    return sumUpWorkflowSweep(measured, arm, 90, cores)[0];
  };

  test("is linear as long as N in flight complete N times as many", () => {
    const swept = sweepOf([100, 195, 390], {});
    expect(swept?.criterion).toMatchObject({
      name: "http: linear scaling up to 2 submissions in flight",
      status: "met",
    });
    expect(swept?.figures.bend).toBeNull();
    expect(swept?.figures.points.map(({ completed_per_s }) => Math.round(completed_per_s.estimate))).toEqual([
      100, 195, 390,
    ]);
  });

  test("is judged up to the cores there are only, and not at all with one", () => {
    expect(sweepOf([100, 195, 200], {})?.criterion?.status).toBe("met");
    expect(sweepOf([100, 195, 200], {}, "http", 4)?.criterion).toMatchObject({
      status: "missed",
      target: "at least 90 % of 4 times one",
    });
    expect(sweepOf([100, 195, 200], {}, "http", 1)?.criterion).toBeNull();
  });

  test.each([
    ["http", { client: 99, server: 60 }, "client"],
    ["http", { client: 60, server: 99 }, "server"],
    ["http", { client: 30, server: 30 }, "queue"],
    ["direct", { client: 99, server: 99 }, "process"],
  ] as const)("on %s with a CPU of %j bends at 4 for the %s", (arm, cpu, cause) => {
    expect(sweepOf([100, 195, 200], cpu, arm)?.figures.bend).toEqual({ concurrency: 4, cause });
  });

  test("leaves out a round in which no workflow was completed", () => {
    const measured = [outcomesOf(10), outcomesOf(0)].map((outcomes, round) => ({
      round,
      event: point("http", outcomes),
    }));
    const [swept] = sumUpWorkflowSweep(measured, "http", 90);
    expect(swept?.figures.points[0]?.completed_per_s.estimate).toBeCloseTo(1_000, -1);
  });

  test("is nothing without a completed workflow", () => {
    expect(sumUpWorkflowSweep([{ round: 0, event: point("http", outcomesOf(0)) }], "http", 90)).toEqual([]);
  });
});
