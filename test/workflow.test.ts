import { describe, expect, test } from "bun:test";
import { gate, open, step } from "./workflow_host.ts";

describe("workflow_submit", () => {
  test("answers at once and runs every step", async () => {
    await using host = open();
    expect(await host.submit("w", step("a"), step("b", "init", "a"))).toMatchObject({
      workflow_id: "w",
      status: "queued",
      step_count: 2,
    });
    await host.engine.finished("w");
    expect(await host.statusOf("w")).toMatchObject({ status: "completed", progress: 1, current_steps: [] });
  });

  test("counts a dependency named twice once", async () => {
    await using host = open();
    await host.submit("w", step("a"), step("b", "init", "a", "a"));
    await host.engine.finished("w");
    const twice = { workflow_id: "v", name: "v", steps: [step("a")], dependencies: ["w", "w"] };
    await host.call("workflow_submit", twice);
    await host.engine.finished("v");
    expect(await host.call("workflow_dependencies", { workflow_id: "w" })).toMatchObject({
      edges: [{ from: "a", to: "b" }],
    });
  });
});

describe("workflow_status", () => {
  test("tells running, queued and waiting steps apart", async () => {
    const { actions, begun, letGo } = gate();
    await using host = open({ concurrency: 1, actions });
    await host.submit("w", step("a", "hold"), step("b"), step("c", "init", "a"));
    await begun;
    expect(await host.statusOf("w")).toMatchObject({
      status: "running",
      progress: 0,
      current_steps: ["a"],
      steps: [{ status: "running" }, { status: "queued" }, { status: "waiting" }],
    });
    letGo();
    await host.engine.finished("w");
  });

  test("measures and leaves out steps when asked", async () => {
    await using host = open();
    await host.submit("w", step("a"));
    await host.engine.finished("w");
    const input = { workflow_id: "w", include_steps: false, include_metrics: true };
    const answer = await host.call("workflow_status", input);
    expect(answer).toMatchObject({ metrics: { step_count: 1, completed_steps: 1 } });
    expect(answer).not.toHaveProperty("steps");
  });
});

describe("workflow_cancel", () => {
  test("lets running steps finish and never starts the rest", async () => {
    const { actions, begun, letGo } = gate();
    await using host = open({ actions });
    await host.submit("w", step("a", "hold"), step("b", "init", "a"), step("c", "init", "b"));
    const signal = await begun;
    expect(await host.call("workflow_cancel", { workflow_id: "w", reason: "enough" })).toMatchObject({
      status: "cancelled",
      cancelled_steps: 2,
    });
    expect(await host.statusOf("w")).toMatchObject({ status: "cancelled", current_steps: ["a"] });
    expect(await host.statusOf("w")).not.toHaveProperty("ended_at");
    await expect(host.call("workflow_result", { workflow_id: "w" })).rejects.toMatchObject({
      code: "conflict",
    });
    letGo();
    await host.engine.finished("w");
    expect(signal.aborted).toBe(false);
    expect(await host.statusOf("w")).toMatchObject({
      status: "cancelled",
      steps: [
        { status: "completed" },
        { status: "cancelled", error: 'Cannot run "b": the workflow was cancelled: enough' },
        { status: "cancelled" },
      ],
    });
  });

  test.each([false, true])("aborts running steps when forced, even if they are deaf: %p", async (deaf) => {
    const { actions, begun } = gate({ deaf });
    await using host = open({ concurrency: 1, actions });
    await host.submit("w", step("a", "hold"), step("b"));
    const signal = await begun;
    expect(await host.call("workflow_cancel", { workflow_id: "w" })).toMatchObject({ cancelled_steps: 1 });
    expect(await host.call("workflow_cancel", { workflow_id: "w", force: true })).toMatchObject({
      cancelled_steps: 1,
    });
    expect(signal.aborted).toBe(true);
    await host.engine.finished("w");
    expect(await host.statusOf("w")).toMatchObject({
      steps: [{ status: "cancelled" }, { status: "cancelled" }],
    });
    await host.submit("next", step("a"));
    await host.engine.finished("next");
  });

  test("stops a workflow before its first step", async () => {
    const { actions, letGo } = gate();
    await using host = open({ actions });
    const submitted = host.submit("w", step("a"), step("b", "init", "a"));
    const cancelled = host.call("workflow_cancel", { workflow_id: "w" });
    await Promise.all([submitted, cancelled]);
    letGo();
    await host.engine.finished("w");
    expect(await host.statusOf("w")).toMatchObject({ status: "cancelled", progress: 0 });
  });
});

describe("workflow_list", () => {
  test("answers a page, newest first, of what matches every filter", async () => {
    await using host = open();
    for (const [index, tags] of [["x"], ["x", "y"], ["y"], []].entries())
      await host.call("workflow_submit", {
        workflow_id: `w${index}`,
        name: "w",
        steps: [step("a", index === 3 ? "fail" : "init")],
        tags,
        metadata: { peer_id: `peer ${index % 2}` },
      });
    for (let index = 0; index < 4; index++) await host.engine.finished(`w${index}`);
    const list = async (filter: object) => host.call("workflow_list", filter);
    const ids = (...names: string[]) => ({ workflows: names.map((workflow_id) => ({ workflow_id })) });
    expect(await list({})).toMatchObject({ ...ids("w3", "w2", "w1", "w0"), total_count: 4, has_more: false });
    expect(await list({ limit: 2, offset: 1 })).toMatchObject({
      ...ids("w2", "w1"),
      total_count: 4,
      returned_count: 2,
      has_more: true,
    });
    expect(await list({ offset: 9 })).toMatchObject({ ...ids(), total_count: 4, has_more: false });
    expect(await list({ status_filter: "failed" })).toMatchObject({ ...ids("w3"), total_count: 1 });
    expect(await list({ peer_filter: "peer 0" })).toMatchObject({ ...ids("w2", "w0"), total_count: 2 });
    expect(await list({ tag_filter: ["x"], limit: 1 })).toMatchObject({
      ...ids("w1"),
      total_count: 2,
      has_more: true,
    });
    expect(await list({ tag_filter: ["x", "y"] })).toMatchObject({ ...ids("w1"), total_count: 1 });
  });
});

describe("workflow_dependencies", () => {
  const steps = [step("d", "init", "b", "c"), step("b", "init", "a"), step("a"), step("c", "init", "a")];

  test.each([
    ["json", expect.objectContaining({ nodes: ["d", "b", "a", "c"] })],
    ["dot", expect.stringContaining('"a" -> "b";')],
    ["mermaid", expect.stringContaining("flowchart TD")],
  ])("shows the graph as %s", async (fmt, dag) => {
    await using host = open();
    await host.submit("w", ...steps);
    expect(await host.call("workflow_dependencies", { workflow_id: "w", fmt })).toMatchObject({
      layers: [["a"], ["b", "c"], ["d"]],
      critical_path: ["a", "b", "d"],
      dag,
    });
  });
});

describe("workflow_result", () => {
  test("holds the outputs of the last steps and, if asked, of all, and the log", async () => {
    await using host = open();
    await host.submit("w", { ...step("a"), inputs: { x: 1 } }, step("b", "analyze", "a"));
    await host.engine.finished("w");
    const analysis = { count: 0, mean: null, stdev: null, min: null, max: null };
    const short = await host.call("workflow_result", { workflow_id: "w", include_outputs: false });
    expect(short).toMatchObject({ status: "completed", result: { b: analysis } });
    expect(short).not.toHaveProperty("outputs");
    const long = await host.call("workflow_result", { workflow_id: "w", include_logs: true });
    expect(long).toMatchObject({
      result: { b: analysis },
      outputs: { a: { config: { x: 1 } }, b: analysis },
      logs: [
        "workflow submitted",
        'step "a" started',
        'step "a" completed',
        'step "b" started',
        'step "b" completed',
        "workflow completed",
      ].map((message) => ({ message })),
    });
  });
});

describe("workflow_status", () => {
  test("waits for the end of a workflow as long as it is asked to", async () => {
    const { actions, begun, letGo } = gate();
    await using host = open({ actions });
    await host.submit("w", step("a", "hold"), step("b", "init", "a"));
    await begun;
    expect(await host.call("workflow_status", { workflow_id: "w", wait_ms: 1 })).toMatchObject({
      status: "running",
    });
    const ended = host.call("workflow_status", { workflow_id: "w", wait_ms: 20_000 });
    letGo();
    expect(await ended).toMatchObject({ status: "completed", progress: 1 });
    await expect(host.call("workflow_status", { workflow_id: "w", wait_ms: 20_001 })).rejects.toMatchObject({
      code: "invalid_input",
    });
  });

  test("tells to the microsecond when each step ran, and how often it was started", async () => {
    await using host = open();
    await host.submit("w", step("a"), step("b", "fail", "a"), step("c", "init", "b"));
    const answer = Object(await host.call("workflow_status", { workflow_id: "w", wait_ms: 20_000 }));
    expect(answer.steps).toMatchObject([
      { attempts: 1 },
      { attempts: 1 },
      { attempts: 0, status: "skipped" },
    ]);
    const [a, b] = answer.steps;
    const times = [answer.submitted_at, a.started_at, a.ended_at, b.started_at, b.ended_at, answer.ended_at];
    for (const time of times) expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    expect(times.toSorted()).toEqual(times);
  });
});

describe("a refused call", () => {
  const workflow = (...steps: unknown[]) => ({ workflow_id: "new", name: "new", steps });
  const a = step("a");
  const dense = Array.from({ length: 400 }, (_, index) =>
    step(`s${index}`, "init", ...Array.from({ length: index }, (_, parent) => `s${parent}`)),
  );
  const many = (length: number) => Array.from({ length }, (_, index) => step(`s${index}`));

  test.each<[string, string, unknown, string]>([
    ["no input", "workflow_submit", undefined, "invalid_input"],
    ["a list for input", "workflow_submit", [], "invalid_input"],
    ["an unknown field", "workflow_submit", { ...workflow(a), owner: "me" }, "invalid_input"],
    ["an unknown field of a step", "workflow_submit", workflow({ ...a, retries: 1 }), "invalid_input"],
    ["no steps", "workflow_submit", workflow(), "invalid_input"],
    ["steps that are text", "workflow_submit", { ...workflow(), steps: "a" }, "invalid_input"],
    ["10,000 steps", "workflow_submit", workflow(...many(10_000)), "invalid_input"],
    [
      "1,001 dependencies",
      "workflow_submit",
      workflow({ ...a, depends_on: many(1_001).map(({ step_id }) => step_id) }),
      "invalid_input",
    ],
    ["79,800 edges", "workflow_submit", workflow(...dense), "invalid_input"],
    ["an empty id", "workflow_submit", { ...workflow(a), workflow_id: "" }, "invalid_input"],
    [
      "an id of 10 KB",
      "workflow_submit",
      { ...workflow(a), workflow_id: "x".repeat(10_000) },
      "invalid_input",
    ],
    ["control characters", "workflow_submit", workflow(step("a\u0000b")), "invalid_input"],
    ["a step called __proto__", "workflow_submit", workflow(step("__proto__")), "invalid_input"],
    [
      "inputs with __proto__",
      "workflow_submit",
      workflow({ ...a, inputs: JSON.parse('{"__proto__":{"x":1}}') }),
      "invalid_input",
    ],
    ["a negative priority", "workflow_submit", { ...workflow(a), priority: -1 }, "invalid_input"],
    [
      "a priority that is no number",
      "workflow_submit",
      { ...workflow(a), priority: Number.NaN },
      "invalid_input",
    ],
    ["a huge priority", "workflow_submit", { ...workflow(a), priority: 1e300 }, "invalid_input"],
    [
      "metadata that is no JSON",
      "workflow_submit",
      { ...workflow(a), metadata: { at: new Date(0) } },
      "invalid_input",
    ],
    ["a repeated step", "workflow_submit", workflow(a, a), "invalid_input"],
    ["a dependency that is no step", "workflow_submit", workflow(step("a", "init", "b")), "invalid_input"],
    ["a cycle", "workflow_submit", workflow(step("a", "init", "b"), step("b", "init", "a")), "invalid_input"],
    ["an action nobody implements", "workflow_submit", workflow(step("a", "toString")), "invalid_input"],
    ["an id that exists", "workflow_submit", { ...workflow(a), workflow_id: "there" }, "already_exists"],
    [
      "an unknown workflow to wait for",
      "workflow_submit",
      { ...workflow(a), dependencies: ["nobody"] },
      "not_found",
    ],
    ["itself to wait for", "workflow_submit", { ...workflow(a), dependencies: ["new"] }, "not_found"],
    ["the status of nothing", "workflow_status", { workflow_id: "new" }, "not_found"],
    ["the status of a number", "workflow_status", { workflow_id: 7 }, "invalid_input"],
    ["the cancelling of nothing", "workflow_cancel", { workflow_id: "new" }, "not_found"],
    [
      "the cancelling of what has ended",
      "workflow_cancel",
      { workflow_id: "there", force: true },
      "conflict",
    ],
    [
      "a reason without end",
      "workflow_cancel",
      { workflow_id: "there", reason: "x".repeat(257) },
      "invalid_input",
    ],
    ["a page before the first", "workflow_list", { offset: -1 }, "invalid_input"],
    ["a page of nothing", "workflow_list", { limit: 0 }, "invalid_input"],
    ["an endless page", "workflow_list", { limit: Number.POSITIVE_INFINITY }, "invalid_input"],
    ["an unknown status", "workflow_list", { status_filter: "waiting" }, "invalid_input"],
    ["the graph of nothing", "workflow_dependencies", { workflow_id: "new" }, "not_found"],
    [
      "a graph in another language",
      "workflow_dependencies",
      { workflow_id: "there", fmt: "svg" },
      "invalid_input",
    ],
    ["the result of nothing", "workflow_result", { workflow_id: "new" }, "not_found"],
    ["the result of itself", "workflow_result", { workflow_id: "there", self: true }, "invalid_input"],
  ])("with %s changes nothing", async (_, tool, input, code) => {
    await using host = open();
    await host.submit("there", a);
    await host.engine.finished("there");
    const before = await host.call("workflow_list", {});
    await expect(host.call(tool, input)).rejects.toMatchObject({ name: "ToolError", code });
    expect(await host.call("workflow_list", {})).toEqual(before);
  });

  test("names the cycle and the action", async () => {
    await using host = open();
    const cycle = host.submit("w", step("a", "init", "b"), step("b", "init", "a"));
    await expect(cycle).rejects.toThrow('Cannot submit "w": its steps form a cycle: b → a → b');
    const stranger = host.submit("w", step("a", "guess"));
    await expect(stranger).rejects.toThrow('Cannot submit "w": step "a" has the unknown action "guess"');
  });
});
