import { beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import {
  type Batch,
  batchOf,
  type Measured,
  refuseFailures,
  submitAlone,
  submitTogether,
} from "../lib/benchmarks/concurrent_workflows/loads.ts";
import { workflowOptions } from "../lib/benchmarks/concurrent_workflows/options.ts";
import { OutcomeBook } from "../lib/benchmarks/concurrent_workflows/outcomes.ts";
import { openChild } from "../lib/child.ts";
import { MeasurementError } from "../lib/errors.ts";
import { openCaller } from "../lib/measure/caller.ts";
import { actions } from "../lib/p2p/workflows/actions.ts";
import { workflowTools } from "../lib/p2p/workflows/tools.ts";
import { openRandom } from "../lib/random.ts";
import { ToolRegistry } from "../lib/registry.ts";
import { openInProcess } from "../lib/runtimes/direct.ts";
import { open } from "./workflow_host.ts";

const given = workflowOptions.parse({});

/** A runtime of an engine of its own that notes which tools it is called with, and says that a process serves it. */
function openArm(name: string, log: string[], opened: AsyncDisposableStack, pid = process.pid) {
  const spin = () => {
    const end = performance.now() + 100;
    while (performance.now() < end);
    return {};
  };
  const host = opened.use(open({ actions: new Map([...actions, ["spin", spin]]) }));
  const runtime = openInProcess(new ToolRegistry(workflowTools(host.engine)), name);
  return opened.use(
    openCaller({
      ...{ ...runtime, pid },
      async call(tool, input) {
        log.push(`${name} ${tool}`);
        return { ...(await runtime.call(tool, input)), pid };
      },
    }),
  );
}

describe("workflows that are submitted one at a time", () => {
  const count = 40;

  async function submit() {
    await using opened = new AsyncDisposableStack();
    const log: string[] = [];
    const callers = ["one", "other"].map((name) => openArm(name, log, opened));
    const found = await submitAlone(callers, batchOf("simple", count, given), openRandom(1));
    const submitters = log
      .filter((call) => call.endsWith("workflow_submit"))
      .map((call) => call.split(" ")[0]);
    return { found, log, timed: submitters.slice(-2 * count), warm: submitters.slice(0, -2 * count) };
  }

  let submitted: Awaited<ReturnType<typeof submit>>;
  beforeAll(async () => {
    submitted = await submit();
  });

  test("warm up on every runtime, which counts among no figures", () => {
    const { found, warm } = submitted;
    // Twenty, and the one by which mitata sees what it measures, which is a workflow of the load.
    for (const name of ["one", "other"]) expect(warm.filter((one) => one === name)).toBeArrayOfSize(20 + 1);
    expect(found.map(({ blocks }) => blocks.flat().length)).toEqual([count, count]);
    expect(found.map(({ outcomes }) => outcomes.accepted)).toEqual([count + 1, count + 1]);
    expect(found.map(({ outcomes }) => outcomes.endings.completed)).toEqual([count + 1, count + 1]);
  });

  test("take turns in being first", () => {
    const { timed } = submitted;
    expect(timed.slice(0, 10)).toEqual(Array(10).fill(timed[0]));
    // Who begins a visit of twenty ends it; the other one does so with the next.
    expect(timed[39]).toBe(timed[0]);
    expect(timed[79]).not.toBe(timed[0]);
  });

  test("have ended before the next is submitted", () => {
    const { log } = submitted;
    for (const [n, call] of log.entries())
      if (call.endsWith("workflow_submit"))
        expect(log[n + 1]).toBe(call.replace("workflow_submit", "workflow_status"));
  });

  test("are the same in every round and on every runtime, and others by another seed", () => {
    const steps = (seed: number) => batchOf("mixed", 6, { ...given, seed }).workflows;
    expect(steps(1)).toEqual(steps(1));
    expect(steps(1)).not.toEqual(steps(2));
  });
});

describe("workflows that are submitted together", () => {
  const spinning: Batch = {
    ...{ scenario: "simple", timeoutMs: 10_000 },
    workflows: [[{ step_id: "spin", action: "spin", inputs: {}, depends_on: [] }]],
  };

  test("tell what the client and the serving process used until the last has ended", async () => {
    await using opened = new AsyncDisposableStack();
    const told = join(import.meta.dir, "fixtures", "told_child.ts");
    const idle = opened.use(await openChild(told, "ready"));
    const found = await submitTogether(openArm("one", [], opened, idle.pid), spinning, 1);
    expect([found.clientPid, found.serverPid]).toEqual([process.pid, idle.pid]);
    expect(found.outcomes.endings.completed).toBe(1);
    // A busy machine leaves this process a part of a core; the other one does nothing.
    expect(found.client.cpuPercent).toBeGreaterThan(20);
    expect(found.server.cpuPercent).toBeLessThan(found.client.cpuPercent / 2);
    expect(found.server.rssBytes).not.toBe(found.client.rssBytes);
  });

  test.each([
    [
      "failed",
      "fail",
      { message: "out of paper" },
      /^Cannot run "simple" on one: workflow "w-\d+" is failed: /,
    ],
    ["timeout", "hold", { ms: 60_000 }, /^Cannot run "simple" on one: workflow "w-\d+" is cancelled: /],
  ] as const)(
    "end the run where some are %s, or none is completed",
    async (ending, action, inputs, message) => {
      await using opened = new AsyncDisposableStack();
      const steps = [{ step_id: "only", action, inputs, depends_on: [] }];
      const batch = { ...spinning, timeoutMs: 50, workflows: [steps] };
      const found = await submitTogether(openArm("one", [], opened), batch, 1);
      expect(found.outcomes.endings).toMatchObject({ completed: 0, [ending]: 1 });
      const measured: Measured = { kind: "together", arm: 0, ...found };
      const arms = [{ name: "one", runtime: "direct" }];
      expect(() => refuseFailures(measured, arms)).toThrow(message);
      expect(() => refuseFailures(measured, arms)).toThrow(MeasurementError);
      const others = { ...found.outcomes, endings: { ...found.outcomes.endings, completed: 9 } };
      const refusing = expect(() => refuseFailures({ ...measured, outcomes: others }, arms));
      if (ending === "failed") refusing.toThrow(message);
      else refusing.not.toThrow();
    },
  );
});

test("what a load completed in a second counts from the first submission to the end of the last workflow", () => {
  const book = new OutcomeBook(0);
  const complete = (id: string, submittedMs: number, completionMs: number) => {
    book.accept();
    book.complete({
      ...{ id, submittedMs, times: [], edges: 0, repeated: [], outputs: {} },
      execution: {
        ...{ completionMs, criticalPathMs: 3, addedPerEdgeMs: null, early: [] },
        ...{ waitingMs: [], handOverMs: [], runningMs: [] },
      },
    });
  };
  // The first one ends last.
  complete("a", 1_000, 100);
  complete("b", 1_010, 20);
  const { firstMs, lastMs, spans } = book.close();
  expect([firstMs, lastMs]).toEqual([1_000, 1_100]);
  expect(spans.get("added")).toMatchObject({ n: 2, min_ns: 17e6, max_ns: 97e6 });
  expect(spans.get("completion")).toMatchObject({ min_ns: 20e6, max_ns: 100e6 });
});
