import { describe, expect, spyOn, test } from "bun:test";
import { QueueManager } from "bunqueue/queue";
import fc from "fast-check";
import { type Action, actions, type Output } from "../lib/p2p/workflows/actions.ts";
import { dagLayers } from "../lib/p2p/workflows/dag.ts";
import { WorkflowHistory } from "../lib/p2p/workflows/history.ts";
import { createWorkflow } from "../lib/p2p/workflows/record.ts";
import { ResultStore } from "../lib/p2p/workflows/store.ts";
import { gate, open, step } from "./workflow_host.ts";

describe("an engine", () => {
  test("runs what has the higher priority first", async () => {
    const order: string[] = [];
    const note: Action = ({ at }) => {
      order.push(String(at));
      return {};
    };
    const { actions, begun, letGo } = gate();
    await using host = open({ concurrency: 1, actions: new Map([...actions, ["note", note]]) });
    await host.submit("first", step("a", "hold"));
    await begun;
    for (const [at, priority] of [
      ["low", 0],
      ["high", 9],
      ["high too", 9],
      ["middle", 1],
    ] as const) {
      const steps = [{ step_id: "a", action: "note", inputs: { at } }];
      await host.call("workflow_submit", { workflow_id: at, name: at, steps, priority });
    }
    letGo();
    await host.engine.finished("low");
    expect(order).toEqual(["high", "high too", "middle", "low"]);
  });

  test("starts no step that another one of the same turn has cancelled", async () => {
    const started: string[] = [];
    const cancel: Action = () => {
      started.push("cancel");
      void host.engine.cancel("w", { force: true });
      return {};
    };
    const note: Action = () => {
      started.push("note");
      return {};
    };
    await using host = open({ actions: new Map([...actions, ["cancel", cancel], ["note", note]]) });
    await host.submit("w", step("a", "cancel"), step("b", "note"));
    await host.engine.finished("w");
    expect(started).toEqual(["cancel"]);
    const { steps } = host.engine.get("w");
    expect([...steps.values()].map(({ state }) => state)).toEqual(["cancelled", "cancelled"]);
  });

  test("takes no output of a step that is cancelled in the instant it ends", async () => {
    const { actions, begun, letGo } = gate({ deaf: true });
    await using host = open({ actions });
    await host.submit("w", step("a", "hold"));
    await begun;
    letGo();
    await host.engine.cancel("w", { force: true });
    await Bun.sleep(0);
    const [held] = host.engine.get("w").steps.values();
    expect([held?.state, held?.output]).toEqual(["cancelled", undefined]);
  });

  test("runs steps together up to the concurrency", async () => {
    let running = 0;
    let most = 0;
    const breathe: Action = async () => {
      most = Math.max(most, ++running);
      await new Promise(setImmediate);
      running--;
      return {};
    };
    await using host = open({ concurrency: 3, actions: new Map([["breathe", breathe]]) });
    await host.submit("w", ...Array.from({ length: 20 }, (_, index) => step(`s${index}`, "breathe")));
    await host.engine.finished("w");
    expect(most).toBe(3);
  });

  test("leaves the event loop to others while a long chain runs", async () => {
    await using host = open();
    const chain = Array.from({ length: 5_000 }, (_, index) =>
      step(`s${index}`, "init", ...(index ? [`s${index - 1}`] : [])),
    );
    let turns = 0;
    const count = () => {
      turns++;
      if (host.engine.get("w").endedAt === undefined) setImmediate(count);
    };
    await host.submit("w", ...chain);
    setImmediate(count);
    await host.engine.finished("w");
    expect(turns).toBeGreaterThan(3);
  });

  test("gives every step what its parents left, and ends as a plain evaluation does", async () => {
    const pure = [
      "init",
      "fetch_data",
      "process",
      "transform",
      "merge",
      "analyze",
      "aggregate",
      "store_result",
    ];
    const dag = fc
      .array(
        fc.record({ action: fc.constantFrom(...pure), before: fc.array(fc.nat(19), { maxLength: 4 }) }),
        {
          minLength: 1,
          maxLength: 20,
          size: "max",
        },
      )
      .map((picks) =>
        picks.map(({ action, before }, index) =>
          step(`s${index}`, action, ...new Set(before.filter((at) => at < index).map((at) => `s${at}`))),
        ),
      )
      .chain((steps) => fc.shuffledSubarray(steps, { minLength: steps.length }));
    let runs = 0;
    const counted = new Map<string, Action>();
    for (const [name, action] of actions)
      counted.set(name, (...given) => {
        runs++;
        return action(...given);
      });
    await using host = open({ actions: counted });
    let workflows = 0;
    await fc.assert(
      fc.asyncProperty(dag, async (steps) => {
        const id = `w${workflows++}`;
        const expected = await evaluate(steps);
        runs = 0;
        await host.submit(id, ...steps);
        await host.engine.finished(id);
        expect(runs).toBe(steps.length);
        const done = host.engine.get(id);
        expect(done.status).toBe("completed");
        for (const { id, output, parents, startedAt = 0 } of done.steps.values()) {
          expect(output).toEqual(expected.get(id) ?? {});
          for (const { endedAt = Number.POSITIVE_INFINITY } of parents)
            expect(endedAt).toBeLessThanOrEqual(startedAt);
        }
      }),
    );
  });
});

test("an engine keeps what a store_result step was given", async () => {
  await using host = open();
  await host.submit("w", step("a"), step("b", "store_result", "a"));
  await host.engine.finished("w");
  const key = String(host.engine.get("w").steps.get("b")?.output?.key);
  expect(host.engine.stored(key)).toBe('[["a",{"config":{}}]]');
});

/** The outputs of all steps, each computed in its turn. */
async function evaluate(steps: ReturnType<typeof step>[]) {
  const outputs = new Map<string, Output>();
  const context = { signal: new AbortController().signal, store: new ResultStore(1e9) };
  for (const id of dagLayers(steps).flat()) {
    const { action = "", depends_on = [] } = steps.find(({ step_id }) => step_id === id) ?? {};
    const upstream = new Map(depends_on.map((parent) => [parent, outputs.get(parent) ?? {}]));
    outputs.set(id, (await actions.get(action)?.({}, upstream, context)) ?? {});
  }
  return outputs;
}

describe("a step that fails", () => {
  const steps = [
    step("good"),
    { ...step("bad", "fail", "good"), inputs: { message: "no luck" } },
    step("behind", "init", "bad", "good"),
    step("far behind", "init", "behind"),
    step("beside", "init", "good"),
  ];

  test("skips what depends on it, near and far, and nothing else", async () => {
    await using host = open();
    await host.submit("w", ...steps);
    await host.engine.finished("w");
    expect(await host.statusOf("w")).toMatchObject({
      status: "failed",
      progress: 0.4,
      steps: [
        { status: "completed" },
        { status: "failed", error: 'Cannot run "bad": Error: no luck' },
        { status: "skipped", error: 'Cannot run "behind": step "bad" failed' },
        { status: "skipped" },
        { status: "completed" },
      ],
    });
    expect(await host.call("workflow_result", { workflow_id: "w" })).toMatchObject({
      status: "failed",
      result: { beside: { config: {} } },
      outputs: { good: { config: {} }, beside: { config: {} } },
    });
  });

  test("is one whose inputs its action refuses", async () => {
    await using host = open();
    await host.submit("w", { step_id: "a", action: "fetch_data", inputs: { rows: "many" } });
    await host.engine.finished("w");
    expect(await host.statusOf("w")).toMatchObject({
      steps: [{ status: "failed", error: expect.stringContaining("expected number, received string") }],
    });
  });
});

describe("a workflow that depends on others", () => {
  const after = (workflow_id: string, ...dependencies: string[]) => ({
    workflow_id,
    name: workflow_id,
    steps: [step("a"), step("b", "init", "a")],
    dependencies,
  });

  test("starts when the last of them is completed", async () => {
    const [slow, quick] = [gate(), gate()];
    const holds = new Map([...actions, ["slow", slow.hold], ["quick", quick.hold]]);
    await using host = open({ actions: holds });
    for (const id of ["slow", "quick"]) await host.submit(id, step("a", id));
    await host.call("workflow_submit", after("w", "slow", "quick"));
    quick.letGo();
    await host.engine.finished("quick");
    const waiting = [{ status: "waiting" }, { status: "waiting" }];
    expect(await host.statusOf("w")).toMatchObject({ status: "queued", steps: waiting });
    slow.letGo();
    await host.engine.finished("w");
    expect(await host.statusOf("w")).toMatchObject({ status: "completed" });
    const { startedAt = 0 } = host.engine.get("w");
    expect(startedAt).toBeGreaterThanOrEqual(host.engine.get("slow").endedAt ?? Number.POSITIVE_INFINITY);
  });

  test("starts at once when they are completed already", async () => {
    await using host = open();
    await host.submit("before", step("a"));
    await host.engine.finished("before");
    await host.call("workflow_submit", after("w", "before"));
    await host.engine.finished("w");
    expect(await host.statusOf("w")).toMatchObject({ status: "completed" });
  });

  test("fails with the reason in its steps when one fails or is cancelled, now or before", async () => {
    const { actions, begun, letGo } = gate();
    await using host = open({ actions });
    await host.submit("held", step("a", "hold"));
    await begun;
    await host.submit("bad", step("a", "fail"));
    await host.engine.finished("bad");
    expect(await host.call("workflow_submit", after("late", "held", "bad"))).toMatchObject({
      status: "failed",
    });
    await host.call("workflow_submit", after("early", "held"));
    await host.call("workflow_submit", after("behind early", "early", "held"));
    await host.call("workflow_cancel", { workflow_id: "held", force: true });
    await host.engine.finished("behind early");
    for (const [id, cause] of [
      ["late", '"bad" is failed'],
      ["early", '"held" is cancelled'],
      ["behind early", "is "],
    ])
      expect(await host.statusOf(id ?? "")).toMatchObject({
        status: "failed",
        steps: [{ status: "skipped", error: expect.stringContaining(cause ?? "") }, { status: "skipped" }],
      });
    letGo();
  });

  test("can be cancelled while it waits, and stays so", async () => {
    const { actions, begun } = gate();
    await using host = open({ actions });
    await host.submit("held", step("a", "hold"));
    await begun;
    await host.call("workflow_submit", after("w", "held"));
    expect(await host.call("workflow_cancel", { workflow_id: "w" })).toMatchObject({ cancelled_steps: 2 });
    await host.call("workflow_cancel", { workflow_id: "held", force: true });
    const steps = [{ status: "cancelled" }, { status: "cancelled" }];
    expect(await host.statusOf("w")).toMatchObject({ status: "cancelled", steps });
  });

  test("may stand at the end of 5,000 others that fail", async () => {
    const { actions, begun } = gate();
    await using host = open({ actions });
    await host.submit("w0", step("a", "hold"));
    await begun;
    for (let index = 1; index <= 5_000; index++)
      await host.call("workflow_submit", after(`w${index}`, `w${index - 1}`));
    await host.call("workflow_cancel", { workflow_id: "w0", force: true });
    expect(await host.statusOf("w5000")).toMatchObject({ status: "failed" });
  });
});

describe("memory", () => {
  test("keeps the last ended workflows and all that have not ended", async () => {
    const { actions, begun, letGo } = gate();
    await using host = open({ actions, keep: 2 });
    await host.submit("held", step("a", "hold"));
    await begun;
    for (const id of ["w1", "w2", "w3"]) {
      await host.submit(id, step("a"));
      await host.engine.finished(id);
    }
    expect(await host.call("workflow_list", {})).toMatchObject({
      workflows: [{ workflow_id: "w3" }, { workflow_id: "w2" }, { workflow_id: "held" }],
      total_count: 3,
    });
    await expect(host.statusOf("w1")).rejects.toMatchObject({ code: "not_found" });
    await host.submit("w1", step("a"));
    letGo();
    await Promise.all(["w1", "held"].map((id) => host.engine.finished(id)));
  });

  test("forgets in the order of ending, not of coming", async () => {
    const { actions, begun, letGo } = gate();
    await using host = open({ actions, keep: 1 });
    await host.submit("held", step("a", "hold"));
    await begun;
    await host.submit("w", step("a"));
    await host.engine.finished("w");
    letGo();
    await host.engine.finished("held");
    const workflows = [{ workflow_id: "held" }];
    expect(await host.call("workflow_list", {})).toMatchObject({ workflows, total_count: 1 });
  });

  test("holds no job for steps that were skipped or cancelled", async () => {
    const configured = spyOn(QueueManager.prototype, "setStallConfig");
    const { actions, begun, letGo } = gate();
    await using host = open({ actions });
    const manager: unknown = configured.mock.contexts[0];
    if (!(manager instanceof QueueManager)) throw new TypeError("Cannot find the queue");
    configured.mockRestore();
    const chain = (action: string) => [step("a", action), step("b", "init", "a"), step("c", "init", "b")];
    await host.submit("failing", ...chain("fail"));
    await host.submit("running", ...chain("hold"));
    await begun;
    await host.call("workflow_cancel", { workflow_id: "running" });
    const early = ["e1", "e2", "e3"];
    const submitted = early.map((id) => host.submit(id, ...chain("init")));
    // As soon as it is known, which takes a turn of the event loop on a slow machine.
    const cancel = async (workflow_id: string): Promise<unknown> => {
      try {
        return await host.call("workflow_cancel", { workflow_id });
      } catch (error) {
        if (Object(error).code !== "not_found") throw error;
        await new Promise(setImmediate);
        return cancel(workflow_id);
      }
    };
    await Promise.all([...submitted, ...early.map(cancel)]);
    letGo();
    await Promise.all(["failing", "running", ...early].map((id) => host.engine.finished(id)));
    await new Promise(setImmediate);
    expect(manager.getJobIndex().size).toBe(0);
    for (const { waitingDeps } of manager.getShards()) expect(waitingDeps.size).toBe(0);
  });

  test("gives up ended workflows when outputs are too large, and refuses outputs that still do not fit", () => {
    const history = new WorkflowHistory({ keep: 10, mostBytes: 100_000 });
    const [first, second, third] = ["w1", "w2", "w3"].map((workflow_id, serial) => {
      const request = {
        workflow_id,
        name: "w",
        steps: [],
        priority: 1,
        tags: [],
        dependencies: [],
        metadata: {},
      };
      const workflow = createWorkflow(request, [], serial);
      expect(history.add(workflow)).toBe(true);
      return workflow;
    });
    if (!first || !second || !third) throw new Error("unreachable");
    expect(history.takeOutput(first, 60_000)).toBe(true);
    history.markEnded(first);
    expect(history.takeOutput(second, 33_000)).toBe(true);
    expect(history.takeOutput(third, 60_000)).toBe(true);
    expect(history.get("w1")).toBeUndefined();
    expect(history.takeOutput(third, 5_000)).toBe(false);
    expect(history.page({}, { limit: 5, offset: 0 }).workflows).toEqual([third, second]);
  });

  test("is not asked for more unfinished steps than 48 MiB hold", async () => {
    const { actions, begun, letGo } = gate();
    await using host = open({ actions });
    await host.submit("held", step("a", "hold"));
    await begun;
    const steps = Array.from({ length: 5_000 }, (_, index) => step(`s${index}`));
    const waiting = (id: string) => ({ workflow_id: id, name: id, steps, dependencies: ["held"] });
    for (let index = 1; index < 5; index++) await host.call("workflow_submit", waiting(`w${index}`));
    await expect(host.call("workflow_submit", waiting("w5"))).rejects.toMatchObject({
      code: "conflict",
      message:
        'Cannot submit "w5": those that have not ended take all of 48 MiB; wait for some to end or cancel them',
    });
    await host.call("workflow_cancel", { workflow_id: "w1" });
    await host.call("workflow_submit", waiting("w5"));
    await host.call("workflow_cancel", { workflow_id: "held", force: true });
    letGo();
  });
});

describe("closing", () => {
  test("aborts what runs, ends what waits and takes nothing more", async () => {
    const { actions, begun } = gate({ deaf: true });
    const host = open({ actions });
    await host.submit("w", step("a", "hold"), step("b", "init", "a"));
    await host.call("workflow_submit", {
      workflow_id: "v",
      name: "v",
      steps: [step("a")],
      dependencies: ["w"],
    });
    const signal = await begun;
    const finished = Promise.all([host.engine.finished("w"), host.engine.finished("v")]);
    await host[Symbol.asyncDispose]();
    await finished;
    expect(signal.aborted).toBe(true);
    expect(host.engine.get("w").status).toBe("cancelled");
    await expect(host.submit("late", step("a"))).rejects.toMatchObject({ code: "conflict" });
  });

  test("leaves nothing that keeps the process alive", async () => {
    const module = JSON.stringify(new URL("../lib/p2p/workflows/engine.ts", import.meta.url).pathname);
    const script = `
      const { openWorkflows } = await import(${module});
      const engine = openWorkflows();
      const step = { step_id: "a", action: "init", inputs: {}, depends_on: [] };
      await engine.submit({ workflow_id: "w", name: "w", steps: [step], priority: 1, tags: [], dependencies: [], metadata: {} });
      await engine.finished("w");
      await engine[Symbol.asyncDispose]();`;
    const child = Bun.spawn([process.execPath, "-e", script], { stdout: "inherit", stderr: "inherit" });
    expect(await child.exited).toBe(0);
  });
});
