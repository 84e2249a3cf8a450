import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { submissions } from "../lib/benchmarks/workflow_case.ts";
import { Outcomes } from "../lib/benchmarks/workflow_outcomes.ts";
import { type PlannedStep, planWorkflows } from "../lib/benchmarks/workflow_scenarios.ts";
import type { WorkflowEngineOptions } from "../lib/engines/workflows/engine.ts";
import { Histogram } from "../lib/measure/histogram.ts";
import { runClosedLoop } from "../lib/measure/load.ts";
import { pool } from "../lib/measure/tally.ts";
import { openRandom } from "../lib/random.ts";
import { openDirect } from "../lib/runtimes/direct.ts";
import type { Runtime } from "../lib/runtimes/runtime.ts";
import { ToolRegistry } from "../lib/tools/registry.ts";
import { workflowTools } from "../lib/tools/workflow.ts";
import { fakeRuntime } from "./fake_runtime.ts";
import { gate, open } from "./workflow_host.ts";

const one = (action: string, inputs = {}): PlannedStep[] => [
  { step_id: "first", action, inputs, depends_on: [] },
  { step_id: "second", action: "init", inputs: {}, depends_on: ["first"] },
];

/** Submits workflows under load to a runtime and answers what became of them. */
async function submitTo(runtime: Runtime, workflows: readonly PlannedStep[][], timeoutMs = 30_000) {
  const outcomes = new Outcomes(1);
  let serials = 0;
  const testCase = submissions({ prefix: "w", workflows, timeoutMs, alone: false, outcomes });
  const load = await runClosedLoop({
    runtime,
    plan: workflows.map(() => ({ group: "test", testCase })),
    concurrency: 4,
    serial: () => serials++,
    onError: "count",
    signal: new AbortController().signal,
  });
  return { ...outcomes.toJSON(), load: pool(load.tallies) };
}

async function submit(
  workflows: readonly PlannedStep[][],
  { timeoutMs, ...options }: WorkflowEngineOptions & { timeoutMs?: number } = {},
) {
  await using host = open(options);
  return await submitTo(openDirect(new ToolRegistry(workflowTools(host.engine))), workflows, timeoutMs);
}

describe("submitted workflows", () => {
  test("of any shape run each step once and in order, on a critical path that no chain exceeds", async () => {
    const shape = { steps: fc.integer({ min: 1, max: 60 }), width: fc.integer({ min: 1, max: 10 }) };
    await fc.assert(
      fc.asyncProperty(fc.record({ ...shape, seed: fc.nat() }), async ({ seed, ...size }) => {
        const { endings, wrong, faults, steps, timeline, spans } = await submit(
          planWorkflows("random", 3, openRandom(seed), size),
        );
        expect({ endings, wrong, faults }).toEqual({
          endings: { completed: 3, failed: 0, cancelled: 0, timeout: 0 },
          wrong: 0,
          faults: [],
        });
        expect([steps, timeline.length]).toEqual([3 * size.steps, size.steps]);
        const ends = new Map(timeline.map(({ step_id, ended_ms }) => [step_id, ended_ms]));
        for (const { depends_on, started_ms } of timeline)
          for (const parent of depends_on)
            expect(started_ms).toBeGreaterThanOrEqual(ends.get(parent) ?? Number.NaN);
        expect(Histogram.parse(spans.running).n).toBe(3 * size.steps);
        expect(Histogram.parse(spans.added).n).toBe(3);
      }),
      { numRuns: 20 },
    );
  });

  test("of 2,000 steps and some 6,000 edges are run in order too", async () => {
    const plan = planWorkflows("random", 1, openRandom(1), { steps: 2_000, width: 50 });
    const { endings, wrong, steps, edges } = await submit(plan);
    expect({ endings, wrong, steps }).toMatchObject({ endings: { completed: 1 }, wrong: 0, steps: 2_000 });
    expect(edges).toBeGreaterThan(5_500);
  });

  test("that do not end in time are counted as timeouts and cancelled, and their time is in no figure", async () => {
    await using host = open();
    const runtime = openDirect(new ToolRegistry(workflowTools(host.engine)));
    const held = await submitTo(runtime, [one("init"), one("hold", { ms: 60_000 })], 50);
    expect(held.endings).toEqual({ completed: 1, failed: 0, cancelled: 0, timeout: 1 });
    expect(Histogram.parse(held.spans.completion).n).toBe(1);
    expect(host.engine.get("w-1").status).toBe("cancelled");
  });

  test("that fail are counted, with the step that failed, and what depends on it is skipped", async () => {
    const failed = await submit([one("fail", { message: "out of paper" }), one("init")]);
    expect(failed.endings).toMatchObject({ completed: 1, failed: 1 });
    expect(failed.faults).toEqual(['workflow "w-0" is failed: Cannot run "first": Error: out of paper']);
    expect(failed.steps).toBe(2);
  });

  test("that somebody else cancels in the middle are counted as such", async () => {
    const { hold, ...held } = gate();
    await using host = open({ actions: new Map([...held.actions, ["hold", hold]]) });
    const cancelling = held.begun.then(() => host.engine.cancel("w-0", { force: true }));
    const runtime = openDirect(new ToolRegistry(workflowTools(host.engine)));
    const cancelled = await submitTo(runtime, [one("hold", { ms: 0 }), one("init")]);
    await cancelling;
    expect(cancelled.endings).toMatchObject({ completed: 1, cancelled: 1, timeout: 0 });
  });

  test("that the engine refuses are counted by code, and no more is heard of them", async () => {
    const wide = Array.from({ length: 4_900 }, (_, n) => ({
      step_id: `s${n}`,
      action: "hold",
      inputs: { ms: 60_000 },
      depends_on: [],
    }));
    const full = await submit(
      Array.from({ length: 25 }, () => wide),
      { timeoutMs: 1 },
    );
    expect([...full.load.failed]).toEqual([["conflict", 5]]);
    expect(full.accepted).toBe(20);
    expect(full.endings.timeout).toBe(20);
  });

  test("leave the same digest when they leave the same, and another when not", async () => {
    const plan = (seed: number) => planWorkflows("mixed", 6, openRandom(seed), { steps: 1, width: 1 });
    const [first, again, other] = [await submit(plan(1)), await submit(plan(1)), await submit(plan(2))];
    expect(again.digest).toBe(first.digest);
    expect(other.digest).not.toBe(first.digest);
  });
});

describe("an engine that lies", () => {
  const at = (ms: number) => new Date(1_700_000_000_000 + ms).toISOString();
  const answers = (second: object) => ({
    workflow_id: "w-0",
    status: "completed",
    step_count: 2,
    submitted_at: at(0),
    ended_at: at(9),
    steps: [
      { step_id: "first", attempts: 1, started_at: at(1), ended_at: at(5) },
      { step_id: "second", attempts: 1, started_at: at(6), ended_at: at(9), ...second },
    ],
    outputs: {},
  });
  const lie = (second: object) => (call: number) =>
    call === 1 ? { ...answers(second), status: "queued" } : answers(second);
  test.each([
    ["starts a step too early", { started_at: at(4) }, 'step "second" of "w-0" started before its time'],
    ["runs a step twice", { attempts: 2 }, 'step "second" of "w-0" did not start exactly once'],
    ["leaves a step out", { step_id: "third" }, 'step "second" of "w-0" did not start exactly once'],
  ])("and %s is found out", async (_, second, fault) => {
    const { wrong, faults } = await submitTo(fakeRuntime(lie(second)), [one("init")]);
    expect({ wrong, faults }).toEqual({ wrong: 1, faults: [fault] });
  });

  test("but tells the truth here is believed", async () => {
    expect(await submitTo(fakeRuntime(lie({})), [one("init")])).toMatchObject({
      wrong: 0,
      faults: [],
      steps: 2,
      edges: 1,
    });
  });
});
