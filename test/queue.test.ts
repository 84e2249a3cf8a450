import { expect, test } from "bun:test";
import fc from "fast-check";
import { openTaskQueue, type TaskQueue } from "../lib/p2p/tasks/queue.ts";
import { hasEnded, type TaskOrder } from "../lib/p2p/tasks/records.ts";
import { taskType } from "../lib/p2p/tasks/types.ts";

const longSleep = { type: "sleep", payload: { ms: 600_000 } };
const once = { type: "echo", payload: {}, priority: 1, tags: [], maxRetries: 0, backoffMs: 0 };

function submit(queue: TaskQueue, id: string, order: Partial<TaskOrder> = {}) {
  return queue.submit({ ...once, ...order, id });
}

function register(queue: TaskQueue, id: string, maxConcurrent = 1, types: readonly string[] = []) {
  return queue.workers.register({ id, maxConcurrent, types: new Set(types) });
}

/** Submits a task and waits for its end; a worker with a free slot has then been given all that came before. */
async function run(queue: TaskQueue, id: string, order: Partial<TaskOrder> = {}) {
  const task = await submit(queue, id, order);
  await queue.finished(id);
  return task;
}

const work: Record<string, object> = {
  echo: { text: "x" },
  hash: { text: "x" },
  sort: { values: [2, 1] },
  sum: { values: [2, 1] },
  sleep: { ms: 0 },
  fail: {},
};

test("starts tasks of all types by priority, then by age, on one slot", async () => {
  const orders = fc.array(
    fc.record({
      type: fc.constantFrom(...taskType.options),
      priority: fc.nat(3),
      changed: fc.option(fc.nat(3)),
    }),
    { minLength: 1, maxLength: 25 },
  );
  await fc.assert(
    fc.asyncProperty(orders, async (orders) => {
      await using queue = openTaskQueue();
      const ended: string[] = [];
      for (const [n, { type, priority }] of orders.entries()) {
        await submit(queue, `${n}`, { type, payload: { ...work[type] }, priority });
        void queue.finished(`${n}`).then(() => ended.push(`${n}`));
      }
      for (const [n, { changed }] of orders.entries())
        if (changed !== null) await queue.prioritise(`${n}`, changed, true);

      const expected = [...queue.tasks()].sort((a, b) => b.priority - a.priority).map(({ id }) => id);
      const positions = [...queue.tasks()].map((task) => [task.id, queue.position(task)]);
      await register(queue, "w");
      await Promise.all(expected.map((id) => queue.finished(id)));

      expect(ended).toEqual(expected);
      expect(Object.fromEntries(positions)).toEqual(Object.fromEntries(expected.map((id, n) => [id, n])));
    }),
    { numRuns: 60 },
  );
});

test("loses no task and fits every task to its worker while workers come and go", async () => {
  const types = fc.subarray(["echo", "sort", "sleep"]);
  const step = fc.oneof(
    fc.record({ do: fc.constant("submit"), type: fc.constantFrom("echo", "sort", "sleep"), ms: fc.nat(3) }),
    fc.record({ do: fc.constant("register"), types, slots: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ do: fc.constant("leave"), graceMs: fc.constantFrom(0, 0, 1, 60_000) }),
    fc.record({ do: fc.constant("turn") }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      await using queue = openTaskQueue();
      const leaving: Promise<unknown>[] = [];
      const left = new Set<string>();
      const taken: string[] = [];
      let [workers, tasks] = [0, 0];
      for (const step of steps) {
        if ("type" in step)
          await submit(queue, `${tasks++}`, {
            type: step.type,
            payload: step.type === "sleep" ? { ms: step.ms } : { values: [1] },
          });
        else if ("types" in step) await register(queue, `${workers++}`, step.slots, step.types);
        else if ("graceMs" in step) {
          const staying = queue.workers.all().find(({ id }) => !left.has(id));
          if (!staying) continue;
          left.add(staying.id);
          leaving.push(queue.workers.unregister(staying.id, step.graceMs));
        } else await new Promise(setImmediate);
        for (const { types, attempts } of queue.workers.all())
          for (const { task } of attempts) if (types.size > 0 && !types.has(task.type)) taken.push(task.id);
      }
      await register(queue, "last", 2);
      for (let n = 0; n < tasks; n++) await queue.finished(`${n}`);
      await Promise.all(leaving);

      expect(taken).toEqual([]);
      expect(queue.tally.count("completed")).toBe(tasks);
      expect(queue.tally.total()).toBe(tasks);
      expect([...queue.tasks()].filter(({ attempt, error }) => attempt || error)).toEqual([]);
    }),
    { numRuns: 40 },
  );
});

test("gives a task that comes back its age again", async () => {
  await using queue = openTaskQueue();
  await register(queue, "sleeper", 2, ["sleep"]);
  const first = await submit(queue, "first", longSleep);
  await run(queue, "gap", { type: "sleep", payload: { ms: 3 } });
  const second = await submit(queue, "second");
  await run(queue, "another gap", { type: "sleep", payload: { ms: 3 } });
  await queue.workers.unregister("sleeper", 0);
  expect([queue.position(first), queue.position(second)]).toEqual([0, 1]);
});

test("starts a task of a higher priority before one of its type that came back", async () => {
  await using queue = openTaskQueue();
  await register(queue, "w");
  const first = await submit(queue, "first", longSleep);
  await register(queue, "other", 1, ["echo"]);
  await run(queue, "echo");
  const second = await submit(queue, "second", { type: "sleep", payload: { ms: 3 } });
  await queue.workers.unregister("w", 0);
  await queue.prioritise("second", 5, true);
  await register(queue, "after");
  await queue.finished("second");
  expect([first.attempts, second.attempts]).toEqual([1, 1]);
});

test("aborts the handlers of a worker that leaves at once, and does not count their attempts as failed", async () => {
  await using queue = openTaskQueue();
  const worker = await register(queue, "w", 2);
  await submit(queue, "long", longSleep);
  await run(queue, "echo");
  const signal = queue.task("long").attempt?.abort.signal;
  expect(await queue.workers.unregister("w", 0)).toEqual({ worker, returned: 1 });
  expect(signal?.aborted).toBe(true);
  expect(queue.task("long")).toMatchObject({ status: "queued", attempts: 1, error: undefined });
  expect(worker).toMatchObject({ completed: 1, failed: 0 });
});

test("lets a worker that leaves gracefully finish, and gives it nothing new", async () => {
  await using queue = openTaskQueue();
  const worker = await register(queue, "w", 2);
  await submit(queue, "short", { type: "sleep", payload: { ms: 100 } });
  await run(queue, "echo");
  const left = queue.workers.unregister("w", 60_000);
  await submit(queue, "late");
  await expect(queue.workers.unregister("w", 0)).rejects.toMatchObject({ code: "conflict" });
  expect(await left).toEqual({ worker, returned: 0 });
  expect(queue.task("short").status).toBe("completed");
  expect(queue.task("late").status).toBe("queued");
});

test("returns what is still running when the grace of a worker is over", async () => {
  await using queue = openTaskQueue();
  await register(queue, "w", 2);
  await submit(queue, "long", longSleep);
  await run(queue, "echo");
  expect((await queue.workers.unregister("w", 5)).returned).toBe(1);
  expect(queue.task("long").status).toBe("queued");
});

test("tries a failed task again after its backoff, as often as its policy says", async () => {
  await using queue = openTaskQueue();
  const worker = await register(queue, "w");
  const task = await run(queue, "t", {
    type: "fail",
    payload: { message: "no" },
    maxRetries: 2,
    backoffMs: 20,
  });
  expect(task).toMatchObject({ status: "failed", attempts: 3, error: "no" });
  expect(worker.failed).toBe(3);
  const started = task.log.filter(({ message }) => message.includes("started")).map(({ at }) => at);
  const gaps = started.slice(1).map((at, n) => at - (started[n] ?? Number.NaN));
  expect(gaps).toEqual([expect.any(Number), expect.any(Number)]);
  for (const gap of gaps) expect(gap).toBeGreaterThanOrEqual(0.8 * 20 - 1);
});

test.each(["cancel", "clear"] as const)(
  "never starts a task again after a %s during its backoff",
  async (way) => {
    await using queue = openTaskQueue();
    await register(queue, "w");
    await submit(queue, "t", { type: "fail", maxRetries: 1, backoffMs: 50 });
    await run(queue, "after");
    expect(queue.task("t")).toMatchObject({ status: "queued", attempts: 1, timer: expect.anything() });
    const task = queue.task("t");
    if (way === "cancel") await queue.cancel("t", false);
    else expect(await queue.clear(() => true)).toBe(2);
    await run(queue, "sleep", { type: "sleep", payload: { ms: 70 } });
    expect(task).toMatchObject({ status: "cancelled", attempts: 1, timer: undefined });
  },
);

test("lets a retried task wait for the time that the caller chose", async () => {
  await using queue = openTaskQueue();
  await register(queue, "w");
  const task = await run(queue, "t", { type: "fail" });
  await queue.retry("t", 7, 10);
  expect(task).toMatchObject({ status: "queued", priority: 7, retryCount: 1, error: undefined });
  const retriedAt = performance.now();
  await queue.finished("t");
  expect(performance.now() - retriedAt).toBeGreaterThan(8);
  expect(task).toMatchObject({ status: "failed", attempts: 2 });
});

test("aborts a task that is cancelled by force, at once, and frees its slot", async () => {
  await using queue = openTaskQueue();
  const sleeper = await register(queue, "sleeper", 1, ["sleep"]);
  await register(queue, "other", 1, ["echo"]);
  const long = await submit(queue, "long", { ...longSleep, maxRetries: 3 });
  await run(queue, "echo");
  const signal = long.attempt?.abort.signal;
  await expect(queue.cancel("long", false)).rejects.toMatchObject({ code: "conflict" });
  await queue.cancel("long", true, "enough");
  expect(signal?.aborted).toBe(true);
  expect(long).toMatchObject({ status: "cancelled", attempt: undefined });
  expect(long.log.at(-1)?.message).toBe("cancelled: enough");
  const next = await run(queue, "next", { type: "sleep", payload: { ms: 0 } });
  expect(next).toMatchObject({ status: "completed", workerId: "sleeper" });
  expect(long).toMatchObject({ status: "cancelled", attempts: 1 });
  expect(sleeper).toMatchObject({ completed: 1, failed: 0 });
});

test("runs a cancelled task that is retried before its first handler has returned", async () => {
  await using queue = openTaskQueue();
  await register(queue, "w", 2);
  await submit(queue, "t", { type: "sleep", payload: { ms: 50 } });
  await run(queue, "echo");
  await Promise.all([queue.cancel("t", true), queue.retry("t", undefined, 0)]);
  await queue.finished("t");
  expect(queue.task("t")).toMatchObject({ status: "completed", attempts: 2 });
  expect(queue.task("t").output?.copy()).toBe(50);
});

test("fails an attempt that takes longer than the task allows, and tries again", async () => {
  await using queue = openTaskQueue();
  await register(queue, "w");
  const task = await run(queue, "t", { ...longSleep, timeoutMs: 5, maxRetries: 1 });
  expect(task).toMatchObject({ status: "failed", attempts: 2, error: "timed out after 0.005 s" });
});

test("starts nothing while paused, and lets running tasks finish", async () => {
  await using queue = openTaskQueue();
  await register(queue, "w", 2);
  await submit(queue, "short", { type: "sleep", payload: { ms: 10 } });
  await run(queue, "echo");
  const since = await queue.workers.pause("lunch");
  await submit(queue, "held");
  await queue.finished("short");
  expect(queue.task("held").status).toBe("queued");
  expect(await queue.workers.pause(undefined)).toBe(since);
  await queue.resume(true);
  await queue.finished("held");
  expect(queue.task("held").status).toBe("completed");
});

test("moves a task whose priority was changed without requeue only when the queue is reordered", async () => {
  await using queue = openTaskQueue();
  const first = await submit(queue, "first");
  const second = await submit(queue, "second");
  await queue.prioritise("second", 9, false);
  expect([queue.position(first), queue.position(second)]).toEqual([0, 1]);
  expect(await queue.resume(false)).toBe(0);
  expect([queue.position(first), queue.position(second)]).toEqual([0, 1]);
  expect(await queue.resume(true)).toBe(1);
  expect([queue.position(first), queue.position(second)]).toEqual([1, 0]);
  expect(await queue.resume(true)).toBe(0);
});

test("gives a task to the least busy of the workers that can take it", async () => {
  await using queue = openTaskQueue();
  for (const id of ["a", "b", "c"]) await register(queue, id, 5, id === "c" ? ["echo"] : ["sleep"]);
  for (let n = 0; n < 4; n++) await submit(queue, `${n}`, longSleep);
  await run(queue, "echo");
  expect([...queue.workers.all()].map(({ attempts }) => attempts.size)).toEqual([2, 2, 0]);
});

test("remembers no more ended tasks than it is asked to keep", async () => {
  await using queue = openTaskQueue({ keep: 3 });
  await register(queue, "w");
  for (let n = 0; n < 10; n++) await run(queue, `${n}`);
  expect([...queue.tasks()].map(({ id }) => id)).toEqual(["7", "8", "9"]);
  expect(queue.tally.count("completed")).toBe(3);
  expect(queue.tally.averages().executionMs).toBeGreaterThan(0);
  await queue.clear(hasEnded);
  expect(queue.tally.averages()).toEqual({ waitMs: 0, executionMs: 0 });
});

test("keeps timers and sockets going while short tasks follow each other", async () => {
  await using queue = openTaskQueue();
  for (let n = 0; n < 500; n++) await submit(queue, `${n}`);
  await register(queue, "w");
  const timer = new Promise<number>((done) => setTimeout(() => done(queue.tally.count("queued")), 1));
  expect(await timer).toBeGreaterThan(0);
});

test.each([
  ["echo", { a: [1, { b: null }] }, { a: [1, { b: null }] }],
  ["sort", { values: [10, 9, -1, 2.5] }, [-1, 2.5, 9, 10]],
  ["sum", { values: [1, 2, 3.5] }, 6.5],
  ["sum", { values: [] }, 0],
  ["sleep", { ms: 0 }, 0],
  // printf '{"a":{"x":2,"y":[1]},"b":1}' | sha256sum
  ["hash", { b: 1, a: { y: [1], x: 2 } }, "41b3f32b6d8238962c08e27b38e3ce73bf7869797fd885e61b16965786a34dd3"],
])("does the work of %s on %j", async (type, payload, output) => {
  await using queue = openTaskQueue();
  await register(queue, "w");
  const task = await run(queue, "t", { type, payload });
  expect([task.status, task.output?.copy()]).toEqual(["completed", output]);
});

test.each([
  ["sort", { values: "1,2" }, /^Cannot read the payload: values: /],
  ["sort", {}, /^Cannot read the payload: values: /],
  ["sum", { values: [1], more: 1 }, /^Cannot read the payload: payload: Unrecognized key/],
  ["sum", { values: [1e308, 1e308] }, "Cannot sum the values: the sum is not finite"],
  ["sleep", { ms: -1 }, /^Cannot read the payload: ms: /],
  ["sleep", { ms: 86_400_001 }, /^Cannot read the payload: ms: /],
  ["fail", {}, "asked to fail"],
  ["fail", { message: "no" }, "no"],
])("fails %s on %j", async (type, payload, error) => {
  await using queue = openTaskQueue();
  await register(queue, "w");
  const task = await run(queue, "t", { type, payload });
  expect(task.status).toBe("failed");
  expect(task.error).toMatch(error);
});

test("ends running tasks, timers and itself when it is closed, and refuses all that comes after", async () => {
  const queue = openTaskQueue();
  await register(queue, "w", 2);
  await submit(queue, "long", longSleep);
  await submit(queue, "later", { type: "fail", maxRetries: 1, backoffMs: 600_000, priority: 2 });
  await run(queue, "echo");
  const signal = queue.task("long").attempt?.abort.signal;
  const leaving = queue.workers.unregister("w", 60_000).catch((error: unknown) => error);
  await queue[Symbol.asyncDispose]();
  expect(signal?.aborted).toBe(true);
  expect(queue.task("later").timer).toBeUndefined();
  expect(await leaving).toBeDefined();
  await expect(submit(queue, "late")).rejects.toMatchObject({ code: "conflict" });
});

test("lets its process end once it is closed", async () => {
  const script = `
    import { openTaskQueue } from "${import.meta.dir}/../lib/p2p/tasks/queue.ts";
    const once = { tags: [], priority: 1, backoffMs: 600_000, timeoutMs: 600_000 };
    await using queue = openTaskQueue();
    await queue.workers.register({ id: "w", maxConcurrent: 2, types: new Set() });
    await queue.submit({ ...once, id: "fail", type: "fail", payload: {}, maxRetries: 1 });
    await queue.submit({ ...once, id: "long", type: "sleep", payload: { ms: 600_000 }, maxRetries: 0 });
    await queue.submit({ ...once, id: "echo", type: "echo", payload: {}, maxRetries: 0 });
    await queue.finished("echo");
    await queue.workers.register({ id: "leaving", maxConcurrent: 1, types: new Set() });
    await queue.workers.unregister("leaving", 600_000);`;
  const child = Bun.spawn([process.execPath, "-e", script], { stderr: "pipe" });
  expect([await child.exited, await new Response(child.stderr).text()]).toEqual([0, ""]);
});
