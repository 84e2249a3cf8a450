import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { z } from "zod";
import { maxAnswerBytes } from "../lib/fields.ts";
import { openTaskQueue, type TaskQueue } from "../lib/p2p/tasks/queue.ts";
import { taskqueueTools } from "../lib/p2p/tasks/tools.ts";
import { ToolRegistry } from "../lib/registry.ts";

const maxBytes = 256 * 1024;
let queue: TaskQueue;
let tools: ToolRegistry;

function open(bytes?: number): void {
  queue = openTaskQueue(bytes === undefined ? {} : { maxBytes: bytes });
  tools = new ToolRegistry(taskqueueTools(queue));
}

const call = (name: string, input: object = {}) => tools.get(name).call(input);
const submit = (task_id: string, input: object = {}) =>
  call("task_submit", { task_id, task_type: "echo", payload: {}, ...input });

/** Submits tasks until one is refused with `conflict`, and answers how many were taken. */
async function fill(prefix: string, input: object): Promise<number> {
  for (let n = 0; ; n++) {
    const code = await submit(`${prefix}${n}`, input).then(
      () => "taken",
      (error) => error.code,
    );
    if (code === "conflict") return n;
    expect(code).toBe("taken");
  }
}

afterEach(() => queue[Symbol.asyncDispose]());

describe("a queue of 256 KiB", () => {
  beforeEach(() => open(maxBytes));

  test.each([
    ["payload", { payload: { text: "x".repeat(10_000) } }],
    ["metadata", { metadata: { text: "x".repeat(10_000) } }],
    ["tags", { tags: Array.from({ length: 50 }, (_, n) => `${n}${"x".repeat(100)}`) }],
  ])("takes tasks until their %s fill it, says what would do, and changes nothing", async (_, input) => {
    const taken = await fill("t", input);
    expect(taken).toBeWithin(5, 20);
    await expect(submit("late", input)).rejects.toThrow(
      'Cannot submit "late": open tasks and workers take all of 0.25 MiB; wait for some to end, cancel or clear them',
    );
    expect(await call("queue_stats")).toMatchObject({ queued_count: taken });
    await expect(call("task_status", { task_id: "late" })).rejects.toMatchObject({ code: "not_found" });
    await call("task_cancel", { task_id: "t3" });
    await submit("late", input);
  });

  test("forgets ended tasks, oldest first, before it refuses one", async () => {
    await call("worker_register", { worker_id: "w", capabilities: ["echo"] });
    for (let n = 0; n < 60; n++) {
      await submit(`t${n}`, { payload: { text: "x".repeat(5_000) } });
      await queue.finished(`t${n}`);
    }
    const ids = [...queue.tasks()].map(({ id }) => id);
    expect(ids.length).toBeWithin(10, 40);
    expect(ids).toEqual(Array.from({ length: ids.length }, (_, n) => `t${60 - ids.length + n}`));
  });

  test("counts tasks that run", async () => {
    await call("worker_register", { worker_id: "w", capabilities: [], max_concurrent_tasks: 1_000 });
    const taken = await fill("t", { task_type: "sleep", payload: { ms: 600_000 } });
    await new Promise(setImmediate);
    expect(await call("queue_stats")).toMatchObject({ running_count: taken, queued_count: 0 });
  });

  test("counts what workers are registered with, until they leave", async () => {
    const metadata = { text: "x".repeat(100_000) };
    const register = (worker_id: string) =>
      call("worker_register", { worker_id, capabilities: ["sum"], metadata, resource_limits: metadata });
    await register("a");
    await expect(register("b")).rejects.toMatchObject({ code: "conflict" });
    await expect(call("worker_status", { worker_id: "b" })).rejects.toMatchObject({ code: "not_found" });
    await call("worker_unregister", { worker_id: "a" });
    await register("b");
  });

  test("holds as many tasks after others came to every end as at first", async () => {
    const sleep = { task_type: "sleep", payload: { ms: 600_000 } };
    const first = await fill("t", sleep);
    await call("queue_clear", { confirm: true });
    await call("worker_register", { worker_id: "w", capabilities: ["echo", "fail"] });
    await submit("done", { payload: { text: "x".repeat(500) } });
    await submit("failed", {
      task_type: "fail",
      payload: { message: "no" },
      retry_policy: { max_retries: 2, backoff_ms: 0 },
    });
    await Promise.all(["done", "failed"].map((id) => queue.finished(id)));
    await call("task_retry", { task_id: "failed" });
    await queue.finished("failed");
    await submit("cancelled", sleep);
    await call("task_cancel", { task_id: "cancelled" });
    await call("task_retry", { task_id: "cancelled" });
    await call("task_priority", { task_id: "cancelled", new_priority: 3 });
    await call("worker_unregister", { worker_id: "w" });
    await call("queue_clear", { confirm: true });
    expect(await fill("u", sleep)).toBe(first);
  });

  test("gives up the oldest lines of a task's log where there is no room for more", async () => {
    await submit("t");
    await fill("u", {});
    for (let n = 0; n < 150; n++) await call("task_priority", { task_id: "t", new_priority: n });
    const { log } = queue.task("t");
    expect(log.length).toBeWithin(1, 99);
    expect(log.at(-1)?.message).toBe("priority changed from 148 to 149");
  });

  test("counts the error of a task once, however often it is retried", async () => {
    await call("worker_register", { worker_id: "w", capabilities: ["fail"] });
    await submit("t", { task_type: "fail", payload: { message: "x".repeat(500) } });
    const sizes: number[] = [];
    for (let n = 0; n < 100; n++) {
      await queue.finished("t");
      sizes.push(queue.task("t").bytes);
      await call("task_retry", { task_id: "t" });
    }
    expect((sizes[99] ?? Number.NaN) - (sizes[49] ?? 0)).toBeWithin(0, 1_000);
  });

  test("retries no task that has no room, and forgets nothing for it", async () => {
    await submit("t", { payload: { text: "x".repeat(150_000) } });
    await call("task_cancel", { task_id: "t" });
    await submit("other", { payload: { text: "x".repeat(90_000) } });
    await submit("another", { payload: { text: "x".repeat(10_000) } });
    await expect(call("task_retry", { task_id: "t" })).rejects.toMatchObject({ code: "conflict" });
    expect(await call("task_status", { task_id: "t" })).toMatchObject({ status: "cancelled" });
  });
});

describe("an answer", () => {
  beforeEach(() => open());
  const pages = z.object({
    tasks: z.array(z.object({ task_id: z.string() })),
    total_count: z.int(),
    returned_count: z.int(),
    has_more: z.boolean(),
  });

  test("of task_list ends before it is too long, and the pages behind it hold the rest", async () => {
    const text = "任".repeat(100_000);
    for (let n = 0; n < 40; n++) await submit(`t${n}`, { metadata: { text } });
    const seen: string[] = [];
    for (let more = true; more; ) {
      const answer = await call("task_list", { limit: 1_000, offset: seen.length });
      const page = pages.parse(answer);
      expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThanOrEqual(maxAnswerBytes);
      expect(page.returned_count).toBe(page.tasks.length);
      expect(page.returned_count).toBeWithin(1, 40);
      expect(page.total_count).toBe(40);
      seen.push(...page.tasks.map(({ task_id }) => task_id));
      more = page.has_more;
    }
    expect(seen).toEqual(Array.from({ length: 40 }, (_, n) => `t${39 - n}`));
  });

  test("of task_result is refused when the output is too long, and given without it", async () => {
    await call("worker_register", { worker_id: "w", capabilities: [] });
    const values = Array.from({ length: 10_000 }, () => -1.2345678901234567e-100);
    await submit("t", { payload: { text: "\u0001".repeat(1_040_000), values } });
    await queue.finished("t");
    await expect(call("task_result", { task_id: "t" })).rejects.toThrow(
      'Cannot give the output of "t": it takes more than 6291456 bytes; set include_output to false',
    );
    expect(await call("task_result", { task_id: "t", include_output: false })).toMatchObject({
      status: "completed",
    });
  });

  test("of task_list holds what has all the tags asked for, whatever their order and number", async () => {
    await submit("t", { tags: ["a", "b", "b", "c"] });
    for (const [tag_filter, total_count] of [
      [["c", "a"], 1],
      [["b", "b"], 1],
      [["a", "b", "c", "d"], 0],
      [[], 1],
    ] as const)
      expect(await call("task_list", { tag_filter })).toMatchObject({ total_count });
  });
});

test.each([
  ["a payload", { payload: { text: "x".repeat(1024 * 1024) } }],
  ["metadata", { metadata: { text: "x".repeat(1024 * 1024) } }],
])("refuses %s of more text than a request can bring", async (_, input) => {
  open();
  await expect(submit("t", input)).rejects.toMatchObject({ code: "invalid_input" });
});

describe("the event loop turns", () => {
  beforeEach(() => open());

  /** How often it turns until `work` is done. */
  async function turnsOf(work: () => Promise<unknown>): Promise<number> {
    let [turns, over] = [0, false];
    const count = () => {
      turns++;
      if (!over) setImmediate(count);
    };
    setImmediate(count);
    await work();
    over = true;
    return turns;
  }

  test("while many tasks are cleared, and nothing of them is left", async () => {
    for (let n = 0; n < 5_000; n++) await submit(`t${n}`);
    expect(await turnsOf(() => call("queue_clear", { confirm: true }))).toBeGreaterThan(3);
    expect(await call("queue_stats")).toMatchObject({ queued_count: 0 });
  });

  test("while many tasks are started at once", async () => {
    const ids = Array.from({ length: 5_000 }, (_, n) => `t${n}`);
    await call("queue_pause");
    for (let n = 0; n < 10; n++)
      await call("worker_register", { worker_id: `w${n}`, capabilities: [], max_concurrent_tasks: 1_000 });
    for (const id of ids) await submit(id, { task_type: "sleep", payload: { ms: 1_000_000 } });
    const running = async () => {
      await call("queue_resume");
      while (queue.tally.count("queued") > 0) await new Promise(setImmediate);
    };
    expect(await turnsOf(running)).toBeGreaterThan(3);
  });

  test("between one heavy task and the next", async () => {
    const values = Array.from({ length: 19_000 }, (_, n) => n / 7);
    await call("queue_pause");
    await call("worker_register", { worker_id: "w", capabilities: [], max_concurrent_tasks: 50 });
    for (let n = 0; n < 50; n++) await submit(`t${n}`, { task_type: "hash", payload: { values } });
    await call("queue_resume");
    expect(await turnsOf(() => queue.finished("t49"))).toBeGreaterThan(8);
  });
});
