import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { z } from "zod";
import { openTaskQueue, type TaskQueue } from "../lib/p2p/tasks/queue.ts";
import { taskqueueTools } from "../lib/p2p/tasks/tools.ts";
import { ToolRegistry } from "../lib/registry.ts";

let queue: TaskQueue;
let tools: ToolRegistry;

beforeEach(() => {
  queue = openTaskQueue();
  tools = new ToolRegistry(taskqueueTools(queue));
});

afterEach(() => queue[Symbol.asyncDispose]());

const anything = z.record(z.string(), z.unknown());

/** Calls a tool and checks its answer against its own schema. */
async function call(name: string, input: object = {}): Promise<Record<string, unknown>> {
  const tool = tools.get(name);
  const output = await tool.call(input);
  expect(tool.output.parse(output)).toEqual(output);
  expect(JSON.parse(JSON.stringify(output))).toStrictEqual(output);
  return anything.parse(output);
}

const echo = { task_type: "echo", payload: { text: "x" } };
const long = { task_type: "sleep", payload: { ms: 600_000 } };
const iso = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

/** One task in every status: `queued`, `running`, `completed`, `failed`, `cancelled`, and two workers. */
async function fill(): Promise<void> {
  await call("worker_register", { worker_id: "w", capabilities: ["echo", "fail"] });
  await call("worker_register", { worker_id: "sleeper", capabilities: ["sleep"], max_concurrent_tasks: 1 });
  await call("task_submit", { task_id: "running", ...long, priority: 9 });
  await call("task_submit", {
    task_id: "queued",
    ...long,
    tags: ["a", "b"],
    priority: 3,
    metadata: { n: 1 },
  });
  await call("task_submit", { task_id: "cancelled", ...long });
  await call("task_cancel", { task_id: "cancelled", reason: "test" });
  await call("task_submit", {
    task_id: "failed",
    task_type: "fail",
    payload: { message: "no" },
    tags: ["a"],
  });
  await call("task_submit", { task_id: "completed", ...echo });
  await Promise.all([queue.finished("failed"), queue.finished("completed")]);
}

test("offers the fourteen tools, at home in the direct runtime", () => {
  const list = tools.list();
  expect(list.map(({ name }) => name).sort()).toEqual([
    "queue_clear",
    "queue_pause",
    "queue_resume",
    "queue_stats",
    "task_cancel",
    "task_list",
    "task_priority",
    "task_result",
    "task_retry",
    "task_status",
    "task_submit",
    "worker_register",
    "worker_status",
    "worker_unregister",
  ]);
  for (const { category, home } of list) expect([category, home]).toEqual(["p2p_taskqueue", "direct"]);
});

describe("answers", () => {
  beforeEach(fill);

  test.each([
    [
      "task_submit",
      { task_id: "new", ...long, priority: 2 },
      { task_id: "new", status: "queued", queue_position: 1, submitted_at: iso },
    ],
    [
      "task_status",
      { task_id: "queued" },
      {
        task_id: "queued",
        status: "queued",
        progress: 0,
        queue_position: 0,
        attempts: 0,
        submitted_at: iso,
      },
    ],
    [
      "task_status",
      { task_id: "running" },
      {
        task_id: "running",
        status: "running",
        progress: 0,
        worker_id: "sleeper",
        attempts: 1,
        submitted_at: iso,
        started_at: iso,
      },
    ],
    [
      "task_status",
      { task_id: "completed", include_logs: true, include_metrics: true },
      {
        task_id: "completed",
        status: "completed",
        progress: 1,
        worker_id: "w",
        attempts: 1,
        submitted_at: iso,
        started_at: iso,
        ended_at: iso,
        logs: ["submitted", "attempt 1 started on worker w", "completed"].map((message) => ({
          at: iso,
          message,
        })),
        metrics: { wait_ms: expect.any(Number), execution_ms: expect.any(Number) },
      },
    ],
    ["task_cancel", { task_id: "queued" }, { task_id: "queued", status: "cancelled", cancelled_at: iso }],
    [
      "task_cancel",
      { task_id: "running", force: true, reason: "enough" },
      { task_id: "running", status: "cancelled", cancelled_at: iso },
    ],
    [
      "task_priority",
      { task_id: "queued", new_priority: 7 },
      { task_id: "queued", old_priority: 3, new_priority: 7, queue_position: 0 },
    ],
    [
      "task_result",
      { task_id: "completed" },
      { task_id: "completed", status: "completed", output: { text: "x" }, execution_ms: expect.any(Number) },
    ],
    [
      "task_result",
      { task_id: "completed", include_output: false },
      { task_id: "completed", status: "completed", execution_ms: expect.any(Number) },
    ],
    [
      "task_result",
      { task_id: "failed" },
      { task_id: "failed", status: "failed", error: "no", execution_ms: expect.any(Number) },
    ],
    [
      "task_result",
      { task_id: "cancelled", include_logs: true },
      {
        task_id: "cancelled",
        status: "cancelled",
        execution_ms: 0,
        logs: ["submitted", "cancelled: test"].map((message) => ({ at: iso, message })),
      },
    ],
    [
      "task_retry",
      { task_id: "cancelled", retry_config: { priority: 4 } },
      { task_id: "cancelled", retry_count: 1, status: "queued", queue_position: 0 },
    ],
    [
      "queue_stats",
      {},
      {
        status: "active",
        queued_count: 1,
        running_count: 1,
        completed_count: 1,
        failed_count: 1,
        cancelled_count: 1,
        average_wait_ms: expect.any(Number),
        average_execution_ms: expect.any(Number),
        throughput_per_s: expect.any(Number),
      },
    ],
    [
      "queue_pause",
      { reason: "lunch" },
      { status: "paused", paused_at: iso, queued_tasks: 1, running_tasks: 1 },
    ],
    ["queue_resume", {}, { status: "active", resumed_at: iso, queued_tasks: 1, reordered: 0 }],
    ["queue_clear", { confirm: true }, { cleared_count: 4, remaining_count: 1, cleared_at: iso }],
    [
      "queue_clear",
      { confirm: true, status_filter: "failed" },
      { cleared_count: 1, remaining_count: 4, cleared_at: iso },
    ],
    [
      "worker_register",
      { worker_id: "new", capabilities: [] },
      { worker_id: "new", status: "idle", registered_at: iso },
    ],
    [
      "worker_unregister",
      { worker_id: "w" },
      {
        worker_id: "w",
        status: "unregistered",
        unregistered_at: iso,
        completed_tasks: 1,
        abandoned_tasks: 0,
      },
    ],
    [
      "worker_unregister",
      { worker_id: "sleeper", graceful: false },
      {
        worker_id: "sleeper",
        status: "unregistered",
        unregistered_at: iso,
        completed_tasks: 0,
        abandoned_tasks: 1,
      },
    ],
    [
      "worker_status",
      { worker_id: "w" },
      {
        worker_id: "w",
        status: "idle",
        capabilities: ["echo", "fail"],
        running_tasks: 0,
        completed_tasks: 1,
        failed_tasks: 1,
        registered_at: iso,
      },
    ],
    [
      "worker_status",
      { worker_id: "sleeper", include_tasks: true, include_metrics: true },
      {
        worker_id: "sleeper",
        status: "busy",
        capabilities: ["sleep"],
        running_tasks: 1,
        completed_tasks: 0,
        failed_tasks: 0,
        registered_at: iso,
        tasks: [{ task_id: "running", task_type: "sleep", started_at: iso }],
        metrics: { average_execution_ms: 0, throughput_per_s: 0 },
      },
    ],
  ])("%s of %j", async (name, input, output) => {
    expect(await call(name, input)).toEqual(output);
  });

  test.each([
    [{}, ["completed", "failed", "cancelled", "queued", "running"]],
    [{ status_filter: "failed" }, ["failed"]],
    [{ worker_filter: "w" }, ["completed", "failed"]],
    [{ tag_filter: ["a"] }, ["failed", "queued"]],
    [{ tag_filter: ["a", "b"] }, ["queued"]],
    [{ priority_min: 3 }, ["queued", "running"]],
    [{ status_filter: "queued", priority_min: 4 }, []],
  ])("task_list of %j", async (input, ids) => {
    const { tasks, ...counts } = await call("task_list", input);
    expect(tasks).toMatchObject(ids.map((task_id) => ({ task_id })));
    expect(counts).toEqual({ total_count: ids.length, returned_count: ids.length, has_more: false });
  });

  test("task_list by pages, with all that a task was given", async () => {
    expect(await call("task_list", { limit: 2, offset: 3 })).toEqual({
      tasks: [
        {
          task_id: "queued",
          task_type: "sleep",
          status: "queued",
          priority: 3,
          tags: ["a", "b"],
          submitted_at: iso,
          metadata: { n: 1 },
        },
        {
          task_id: "running",
          task_type: "sleep",
          status: "running",
          priority: 9,
          tags: [],
          worker_id: "sleeper",
          submitted_at: iso,
          started_at: iso,
        },
      ],
      total_count: 5,
      returned_count: 2,
      has_more: false,
    });
    expect(await call("task_list", { limit: 2, offset: 2 })).toMatchObject({
      returned_count: 2,
      has_more: true,
    });
  });

  test("queue_stats of each worker and minute", async () => {
    await call("queue_pause", { reason: "lunch" });
    const counts = { completed_tasks: 1, failed_tasks: 1, running_tasks: 0 };
    const stats = await call("queue_stats", { include_worker_stats: true, include_historical: true });
    expect(stats).toMatchObject({
      status: "paused",
      pause_reason: "lunch",
      worker_stats: [
        { worker_id: "w", status: "idle", ...counts },
        { worker_id: "sleeper", status: "busy", completed_tasks: 0, failed_tasks: 0, running_tasks: 1 },
      ],
    });
    const minute = z.object({ completed: z.int(), failed: z.int(), cancelled: z.int() });
    const minutes = z.array(minute).parse(stats.historical);
    const sum = (of: "completed" | "failed" | "cancelled") => minutes.reduce((n, at) => n + at[of], 0);
    expect([sum("completed"), sum("failed"), sum("cancelled")]).toEqual([1, 1, 1]);
  });

  test("worker_status of what the worker was registered with", async () => {
    const given = { resource_limits: { memory_mb: 512 }, metadata: { zone: "a" } };
    await call("worker_register", { worker_id: "new", capabilities: ["echo", "echo"], ...given });
    expect(await call("worker_status", { worker_id: "new" })).toMatchObject({
      capabilities: ["echo"],
      ...given,
    });
  });

  test.each([
    ["task_submit", { task_id: "queued", ...echo }, "already_exists"],
    ["task_submit", { task_id: "completed", ...echo }, "already_exists"],
    ["task_submit", { task_id: "new", task_type: "dance", payload: {} }, "invalid_input"],
    ["task_status", { task_id: "none" }, "not_found"],
    ["task_cancel", { task_id: "none" }, "not_found"],
    ["task_cancel", { task_id: "running" }, "conflict"],
    ["task_cancel", { task_id: "completed", force: true }, "conflict"],
    ["task_cancel", { task_id: "cancelled", force: true }, "conflict"],
    ["task_priority", { task_id: "none", new_priority: 1 }, "not_found"],
    ["task_priority", { task_id: "running", new_priority: 1 }, "conflict"],
    ["task_priority", { task_id: "failed", new_priority: 1 }, "conflict"],
    ["task_result", { task_id: "none" }, "not_found"],
    ["task_result", { task_id: "queued" }, "conflict"],
    ["task_result", { task_id: "running" }, "conflict"],
    ["task_retry", { task_id: "none" }, "not_found"],
    ["task_retry", { task_id: "completed" }, "conflict"],
    ["task_retry", { task_id: "queued" }, "conflict"],
    ["task_retry", { task_id: "running" }, "conflict"],
    ["queue_clear", {}, "confirmation_required"],
    ["queue_clear", { confirm: true, status_filter: "running" }, "invalid_input"],
    ["worker_register", { worker_id: "w", capabilities: [] }, "already_exists"],
    ["worker_register", { worker_id: "new", capabilities: ["dance"] }, "invalid_input"],
    ["worker_unregister", { worker_id: "none" }, "not_found"],
    ["worker_status", { worker_id: "none" }, "not_found"],
  ])("%s of %j with an error, and changes nothing", async (name, input, code) => {
    const before = await state();
    const [id] = Object.values(input);
    await expect(call(name, input)).rejects.toMatchObject({ name: "ToolError", code });
    if (code !== "invalid_input" && typeof id === "string")
      await expect(call(name, input)).rejects.toThrow(`"${id}"`);
    expect(await state()).toEqual(before);
  });
});

test("unregisters a worker once, and reports it as leaving until then", async () => {
  await call("worker_register", { worker_id: "w", capabilities: [] });
  await call("task_submit", { task_id: "long", ...long });
  await call("task_submit", { task_id: "echo", ...echo });
  await queue.finished("echo");
  const left = call("worker_unregister", { worker_id: "w", timeout: 60 });
  await expect(call("worker_unregister", { worker_id: "w" })).rejects.toMatchObject({ code: "conflict" });
  expect(await call("worker_status", { worker_id: "w" })).toMatchObject({ status: "leaving" });
  await expect(call("worker_register", { worker_id: "w", capabilities: [] })).rejects.toMatchObject({
    code: "already_exists",
  });
  await call("task_cancel", { task_id: "long", force: true });
  expect(await left).toMatchObject({ completed_tasks: 1, abandoned_tasks: 0 });
  await expect(call("worker_status", { worker_id: "w" })).rejects.toMatchObject({ code: "not_found" });
});

test("shares no memory with its callers", async () => {
  const payload = { list: [1] };
  await call("task_submit", { task_id: "t", task_type: "echo", payload, metadata: payload });
  payload.list.push(2);
  await call("worker_register", { worker_id: "w", capabilities: [] });
  await queue.finished("t");
  const { output } = await call("task_result", { task_id: "t" });
  Reflect.set(Object(output), "list", []);
  expect(await call("task_result", { task_id: "t" })).toMatchObject({ output: { list: [1] } });
  expect(await call("task_list")).toMatchObject({ tasks: [{ metadata: { list: [1] } }] });
});

test("takes a duplicate id only once when both come together", async () => {
  const both = await Promise.allSettled([1, 2].map(() => call("task_submit", { task_id: "t", ...echo })));
  expect(both.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
  expect(await call("queue_stats")).toMatchObject({ queued_count: 1 });
});

describe("refuses", () => {
  const badIds = [
    undefined,
    null,
    7,
    {},
    [],
    "",
    "x".repeat(10_240),
    "a\u0000b",
    "a\nb",
    "__proto__",
    "constructor",
  ];
  const badNumbers = [null, "1", -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1e300];
  const looped: Record<string, unknown> = {};
  looped.self = looped;
  const badObjects = [null, "x", [], 1, looped, { f: () => 1 }, JSON.parse('{"__proto__": 1}'), new Date()];
  const badFlags = [null, "true", 1, {}];

  const submit = { task_id: "new", ...echo };
  const worker = { worker_id: "new", capabilities: [] };
  const task = { task_id: "queued" };
  const fields: [tool: string, valid: object, field: string, bad: readonly unknown[]][] = [
    ["task_submit", submit, "task_id", badIds],
    ["task_submit", submit, "task_type", [...badIds, "dance"]],
    ["task_submit", submit, "payload", [undefined, ...badObjects]],
    ["task_submit", submit, "priority", badNumbers],
    ["task_submit", submit, "tags", ["a", [1], [""], Array(101).fill("a"), ["a\u0007"]]],
    ["task_submit", submit, "timeout", [null, "1", 0, -1, Number.NaN, Number.POSITIVE_INFINITY, 86_401]],
    ["task_submit", submit, "retry_policy", [null, 1, {}, { max_retries: 1 }, { backoff_ms: 1 }]],
    ...badNumbers.map((max_retries): [string, object, string, unknown[]] => [
      "task_submit",
      submit,
      "retry_policy",
      [
        { max_retries, backoff_ms: 1 },
        { max_retries: 1, backoff_ms: max_retries },
      ],
    ]),
    ["task_submit", submit, "metadata", badObjects],
    ["task_status", task, "task_id", badIds],
    ["task_status", task, "include_logs", badFlags],
    ["task_status", task, "include_metrics", badFlags],
    ["task_cancel", task, "task_id", badIds],
    ["task_cancel", task, "reason", [null, 1, "x".repeat(10_240)]],
    ["task_cancel", task, "force", badFlags],
    ["task_list", {}, "status_filter", [null, "", "done", "__proto__"]],
    ["task_list", {}, "worker_filter", badIds.slice(1)],
    ["task_list", {}, "tag_filter", ["a", [1], [""]]],
    ["task_list", {}, "priority_min", badNumbers],
    ["task_list", {}, "limit", [...badNumbers, 0, 1_001]],
    ["task_list", {}, "offset", badNumbers],
    ["task_priority", { ...task, new_priority: 1 }, "task_id", badIds],
    ["task_priority", { ...task, new_priority: 1 }, "new_priority", [undefined, ...badNumbers]],
    ["task_priority", { ...task, new_priority: 1 }, "requeue", badFlags],
    ["task_result", task, "task_id", badIds],
    ["task_result", task, "include_output", badFlags],
    ["task_retry", task, "task_id", badIds],
    ["task_retry", task, "retry_config", [null, 1, { priority: -1 }, { backoff_ms: 1e9 }, { more: 1 }]],
    ["queue_stats", {}, "include_historical", badFlags],
    ["queue_stats", {}, "include_worker_stats", badFlags],
    ["queue_pause", {}, "reason", [null, 1, "x".repeat(10_240)]],
    ["queue_resume", {}, "reorder_by_priority", badFlags],
    ["queue_clear", { confirm: true }, "confirm", badFlags],
    ["queue_clear", { confirm: true }, "status_filter", [null, "", "running", "all"]],
    ["worker_register", worker, "worker_id", badIds],
    [
      "worker_register",
      worker,
      "capabilities",
      [undefined, null, "echo", [1], ["dance"], Array(101).fill("echo")],
    ],
    ["worker_register", worker, "max_concurrent_tasks", [...badNumbers, 0, 1_001]],
    ["worker_register", worker, "resource_limits", badObjects],
    ["worker_register", worker, "metadata", badObjects],
    ["worker_unregister", { worker_id: "w" }, "worker_id", badIds],
    ["worker_unregister", { worker_id: "w" }, "graceful", badFlags],
    ["worker_unregister", { worker_id: "w" }, "timeout", [null, "1", -1, Number.NaN, 1e300]],
    ["worker_status", { worker_id: "w" }, "worker_id", badIds],
    ["worker_status", { worker_id: "w" }, "include_tasks", badFlags],
  ];

  beforeEach(fill);

  test.each(fields)("%s %j with a wrong %s", async (name, valid, field, bad) => {
    const before = await state();
    for (const value of bad)
      await expect(tools.get(name).call({ ...valid, [field]: value })).rejects.toMatchObject({
        name: "ToolError",
        code: "invalid_input",
      });
    expect(await state()).toEqual(before);
  });

  test("an unknown field, and input that is no object, in every tool", async () => {
    const before = await state();
    const valid = new Map(fields.map(([tool, valid]) => [tool, valid]));
    for (const { name } of tools.list())
      for (const input of [{ ...valid.get(name), more: 1 }, undefined, null, 1, "x", [], () => 1])
        await expect(tools.get(name).call(input)).rejects.toMatchObject({ code: "invalid_input" });
    expect(await state()).toEqual(before);
  });
});

/** All that a call could have changed, without the figures that change with time. */
async function state() {
  const { throughput_per_s: _, ...stats } = await call("queue_stats", { include_worker_stats: true });
  return { stats, tasks: await call("task_list"), logs: [...queue.tasks()].map(({ log }) => [...log]) };
}
