import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { OutcomeBook, type Outcomes, type Span } from "../lib/benchmarks/concurrent_workflows/outcomes.ts";
import { type PlannedStep, planWorkflows } from "../lib/benchmarks/concurrent_workflows/scenarios.ts";
import { submissions } from "../lib/benchmarks/concurrent_workflows/submissions.ts";
import { fakeRuntime } from "../lib/benchmarks/self_check/fake_runtime.ts";
import { Histogram } from "../lib/judge/histogram.ts";
import { openCaller } from "../lib/measure/caller.ts";
import { runClosedLoop } from "../lib/measure/closed_loop.ts";
import { pool } from "../lib/measure/tally.ts";
import { workflowTools } from "../lib/p2p/workflows/tools.ts";
import { openRandom } from "../lib/random.ts";
import { ToolRegistry } from "../lib/registry.ts";
import { openInProcess } from "../lib/runtimes/direct.ts";
import type { Runtime } from "../lib/runtimes/runtime.ts";
import { gate, open } from "./workflow_host.ts";

const one = (action: string, inputs = {}): PlannedStep[] => [
  { step_id: "first", action, inputs, depends_on: [] },
  { step_id: "second", action: "init", inputs: {}, depends_on: ["first"] },
];

/** Submits workflows under load to a runtime and answers what became of them. */
async function submitTo(
  runtime: Runtime,
  workflows: readonly PlannedStep[][],
  { timeoutMs = 30_000, callMs = 30_000 } = {},
) {
  const book = new OutcomeBook(1);
  const testCase = submissions({ workflows, timeoutMs, alone: false, book });
  using caller = openCaller(runtime, { timeoutMs: callMs });
  const plan = workflows.map(() => ({ group: "test", testCase }));
  const load = await runClosedLoop({ caller, plan, concurrency: 4, onError: "count" });
  return { ...book.close(), load: pool(load.tallies) };
}

const countOf = ({ spans }: Outcomes, span: Span) => Histogram.parse(spans.get(span)).n;

async function submit(
  workflows: readonly PlannedStep[][],
  waits: { timeoutMs?: number; callMs?: number } = {},
) {
  await using host = open();
  return await submitTo(openInProcess(new ToolRegistry(workflowTools(host.engine))), workflows, waits);
}

describe("submitted workflows", () => {
  test("of any shape run each step once and in order, on a critical path that no chain exceeds", async () => {
    const shape = { steps: fc.integer({ min: 1, max: 60 }), width: fc.integer({ min: 1, max: 10 }) };
    await fc.assert(
      fc.asyncProperty(fc.record({ ...shape, seed: fc.nat() }), async ({ seed, ...size }) => {
        const submitted = await submit(planWorkflows("random", 3, openRandom(seed), size));
        const { endings, wrong, faults, timeline } = submitted;
        expect({ endings, wrong, faults }).toEqual({
          endings: { completed: 3, failed: 0, cancelled: 0, timeout: 0 },
          wrong: 0,
          faults: [],
        });
        expect([countOf(submitted, "running"), timeline.length]).toEqual([3 * size.steps, size.steps]);
        const ends = new Map(timeline.map(({ step, endedMs }) => [step, endedMs]));
        for (const { dependsOn, startedMs } of timeline)
          for (const parent of dependsOn)
            expect(startedMs).toBeGreaterThanOrEqual(ends.get(parent) ?? Number.NaN);
        expect(countOf(submitted, "added")).toBe(3);
      }),
      { numRuns: 20 },
    );
  });

  test("of 2,000 steps and some 6,000 edges are run in order too", async () => {
    const plan = planWorkflows("random", 1, openRandom(1), { steps: 2_000, width: 50 });
    const submitted = await submit(plan);
    const { endings, wrong, edges } = submitted;
    expect({ endings, wrong }).toMatchObject({ endings: { completed: 1 }, wrong: 0 });
    expect(countOf(submitted, "running")).toBe(2_000);
    expect(edges).toBeGreaterThan(5_500);
  });

  test("that do not end in time are counted as timeouts and cancelled, and their time is in no figure", async () => {
    await using host = open();
    const runtime = openInProcess(new ToolRegistry(workflowTools(host.engine)));
    const held = await submitTo(runtime, [one("init"), one("hold", { ms: 60_000 })], {
      timeoutMs: 700,
      callMs: 600,
    });
    expect(held.endings).toEqual({ completed: 1, failed: 0, cancelled: 0, timeout: 1 });
    expect(countOf(held, "completion")).toBe(1);
    expect(host.engine.get("w-2").status).toBe("cancelled");
  });

  test("that fail are counted, with the step that failed, and what depends on it is skipped", async () => {
    const failed = await submit([one("fail", { message: "out of paper" }), one("init")]);
    expect(failed.endings).toMatchObject({ completed: 1, failed: 1 });
    expect(failed.faults).toEqual(['workflow "w-1" is failed: Cannot run "first": Error: out of paper']);
    expect(countOf(failed, "running")).toBe(2);
  });

  test("that somebody else cancels in the middle are counted as such", async () => {
    const { hold, ...held } = gate();
    await using host = open({ actions: new Map([...held.actions, ["hold", hold]]) });
    const cancelling = held.begun.then(() => host.engine.cancel("w-1", { force: true }));
    const runtime = openInProcess(new ToolRegistry(workflowTools(host.engine)));
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
    expect([...full.load.failed]).toEqual([["conflict", 21]]);
    expect(full.accepted).toBe(4);
    expect(full.endings.timeout).toBe(4);
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
    workflow_id: "w-1",
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
    ["starts a step too early", { started_at: at(4) }, 'step "second" of "w-1" started before its time'],
    ["runs a step twice", { attempts: 2 }, 'step "second" of "w-1" did not start exactly once'],
    ["leaves a step out", { step_id: "third" }, 'step "second" of "w-1" did not start exactly once'],
  ])("and %s is found out", async (_, second, fault) => {
    const { wrong, faults } = await submitTo(fakeRuntime(lie(second)), [one("init")]);
    expect({ wrong, faults }).toEqual({ wrong: 1, faults: [fault] });
  });

  test.each([{ workflow_id: "w-2" }, { status: "completed" }, { step_count: 3 }])(
    "and answers a submission with %j is told so",
    async (wrong) => {
      const { load, accepted } = await submitTo(
        fakeRuntime((call) => ({ ...Object(lie({})(call)), ...wrong })),
        [one("init")],
      );
      expect([[...load.failed], accepted]).toEqual([[["wrong_answer", 1]], 0]);
    },
  );

  test("but tells the truth here is believed", async () => {
    const believed = await submitTo(fakeRuntime(lie({})), [one("init")]);
    expect(believed).toMatchObject({ wrong: 0, faults: [], edges: 1 });
    expect(countOf(believed, "running")).toBe(2);
  });
});
