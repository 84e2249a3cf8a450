import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { pipeline } from "node:stream";
import { z } from "zod";
import { openBroker } from "../lib/p2p/broker/broker.ts";
import { openTaskQueue } from "../lib/p2p/tasks/queue.ts";
import { tasksThrough } from "../lib/p2p/tasks/remote.ts";
import type { Action } from "../lib/p2p/workflows/actions.ts";
import { openWorkflows } from "../lib/p2p/workflows/engine.ts";
import { serveSteps } from "../lib/p2p/workflows/remote.ts";
import {
  ask,
  becameOf,
  hold,
  openServer,
  openSubmitter,
  openWorker,
  queue,
  runAll,
  statesOf,
  step,
  waiting,
  workflow,
} from "./broker_host.ts";

// Processes take seconds to start on a busy machine, and a test that is ended takes the shared server with it.
setDefaultTimeout(30_000);

let server: Awaited<ReturnType<typeof openServer>>;
beforeAll(async () => {
  server = await openServer();
});
afterAll(() => server[Symbol.asyncDispose]());

test("what a killed worker held is run by the next one, and counts once", async () => {
  await using submitter = await openSubmitter(server.address);
  const { engine } = submitter;
  await using one = await openWorker(server.address);
  await using other = await openWorker(server.address);
  const workers = [one, other];
  const holding = workers.map((worker) => worker.says());
  await engine.submit(workflow("w", [hold("long", 200), step("after", "init", "long")]));
  const first = await Promise.race(holding.map((line, index) => line.then(() => index)));
  expect(await workers[first]?.kill()).toBe(137);
  expect(await Promise.all(holding)).toEqual(["holding", "holding"]);
  expect(await statesOf(engine, "w")).toEqual([
    ["long", "completed", undefined],
    ["after", "completed", undefined],
  ]);
  const { startedAt = 0, endedAt = 0, ranMs = 0 } = engine.get("w").steps.get("long") ?? {};
  expect(ranMs).toBeGreaterThan(190);
  expect(ranMs).toBeLessThan(endedAt - startedAt);
});

test("a failed step tells what the worker told, and skips what depends on it", async () => {
  await using embedded = openWorkflows();
  await using submitter = await openSubmitter(server.address);
  await using _ = await openWorker(server.address);
  const bad = { ...step("bad", "fail"), inputs: { message: "no\nmore" } };
  const misread = { ...step("misread", "fetch_data"), inputs: { rows: -1 } };
  const w = workflow("w", [
    bad,
    misread,
    step("x", "init", "bad"),
    step("y", "init", "x"),
    step("z", "init"),
  ]);
  await runAll(embedded, [w]);
  await runAll(submitter.engine, [w]);
  expect(becameOf(submitter.engine, "w")).toEqual(becameOf(embedded, "w"));
  expect(becameOf(embedded, "w").steps.map(({ state }) => state)).toEqual([
    "failed",
    "failed",
    "skipped",
    "skipped",
    "completed",
  ]);
});

test("what a step stores elsewhere is kept by who submitted it", async () => {
  await using submitter = await openSubmitter(server.address);
  await using _ = await openWorker(server.address);
  await runAll(submitter.engine, [workflow("w", [step("a", "init"), step("s", "store_result", "a")])]);
  const key = String(submitter.engine.get("w").steps.get("s")?.output?.key);
  expect(submitter.engine.stored(key)).toBe('[["a",{"config":{}}]]');
});

test("a step that is given more than a message takes fails, and says so", async () => {
  await using submitter = await openSubmitter(server.address);
  await serveSteps(submitter.broker);
  const ids = ["a", "b", "c", "d", "e", "f"];
  const fetches = ids.map((id) => ({ ...step(id, "fetch_data"), inputs: { rows: 10_000 } }));
  await submitter.engine.submit(workflow("w", [...fetches, step("all", "merge", ...ids)]));
  const states = await statesOf(submitter.engine, "w");
  expect(states.slice(0, -1)).toEqual(ids.map((id) => [id, "completed", undefined]));
  expect(states.at(-1)).toEqual([
    "all",
    "failed",
    expect.stringMatching(
      /^Cannot run "all": RangeError: Cannot send "steps": \d+ bytes, more than 2097152$/,
    ),
  ]);
});

test("a cancelled step that nobody has taken leaves the server", async () => {
  await using submitter = await openSubmitter(server.address);
  const { broker, engine } = submitter;
  await submitter.handOver(workflow("w", [step("a", "init")]));
  expect(await waiting(server.address)).toBe(1);
  await engine.cancel("w", { force: true, reason: "enough" });
  expect(await statesOf(engine, "w")).toEqual([
    ["a", "cancelled", 'Cannot run "a": the workflow was cancelled: enough'],
  ]);
  await broker[Symbol.asyncDispose]();
  expect(await waiting(server.address)).toBe(0);
});

test("who closes takes along what nobody has taken, and its own queue", async () => {
  const replies = async () => {
    const { queues } = await ask(server.address, { cmd: "ListQueues" });
    return z
      .array(z.string())
      .parse(queues)
      .filter((name) => name.startsWith("tool-runtime.replies."));
  };
  await using submitter = await openSubmitter(server.address);
  await submitter.handOver(workflow("w", [step("a", "init"), step("b", "init")]));
  expect(await waiting(server.address)).toBe(2);
  expect(await replies()).toHaveLength(1);
  await submitter[Symbol.asyncDispose]();
  expect(await waiting(server.address)).toBe(0);
  expect(await replies()).toEqual([]);
});

test("work that waits when its broker closes fails, and leaves the server", async () => {
  await using broker = await openBroker(server.address);
  await broker.work("echo", (work) => ({ output: work }));
  const options = { priority: 0, signal: AbortSignal.timeout(60_000) };
  const lost = broker.run("steps", {}, options);
  await broker.run("echo", 1, options);
  expect(await waiting(server.address)).toBe(1);
  const closed = { code: "conflict", message: `Cannot use broker "${server.address}": it is closed` };
  const closing = broker[Symbol.asyncDispose]();
  await expect(lost).rejects.toMatchObject(closed);
  await closing;
  expect(await waiting(server.address)).toBe(0);
  await expect(broker.run("steps", {}, options)).rejects.toMatchObject(closed);
});

test("higher priorities run first", async () => {
  await using submitter = await openSubmitter(server.address);
  const { broker, engine } = submitter;
  for (const priority of [1, 3, 2])
    await submitter.handOver(
      workflow(`p${priority}`, [{ ...step("a", "init"), inputs: { priority } }], priority),
    );
  const order: unknown[] = [];
  const note: Action = ({ priority }) => ({ at: order.push(priority) });
  await serveSteps(broker, new Map([["init", note]]));
  await Promise.all(["p1", "p2", "p3"].map((id) => engine.finished(id)));
  expect(order).toEqual([3, 2, 1]);
});

test("the first of two outcomes counts, and one that makes no sense counts as none", async () => {
  await using submitter = await openSubmitter(server.address);
  const { engine } = submitter;
  await submitter.handOver(workflow("w", [step("a", "init")]));
  const { jobs } = await ask(server.address, { cmd: "PULLB", queue, count: 1, timeout: 0 });
  const [{ id, data }] = z
    .tuple([z.object({ id: z.string(), data: z.object({ reply_to: z.string() }) })])
    .parse(jobs);
  const saying = (output: unknown) => ({ id, ran_ms: 1, result: JSON.stringify({ output, stored: [] }) });
  const replies = [
    null,
    { outcomes: [{ ...saying({ n: 0 }), id: 5 }] },
    { outcomes: [{ ...saying({ n: 0 }), id: "other" }, saying({ n: 1 }), saying({ n: 2 })] },
    { outcomes: [{ id, ran_ms: 1, error: "no" }] },
  ];
  const pushed = replies.map((data) => ({ name: "x", data }));
  await ask(server.address, { cmd: "PUSHB", queue: data.reply_to, jobs: pushed });
  await engine.finished("w");
  expect(becameOf(engine, "w").steps).toMatchObject([{ state: "completed", output: { n: 1 } }]);
  await ask(server.address, { cmd: "Cancel", id });
});

test("a job that is delivered twice while it runs is done once", async () => {
  await using submitter = await openSubmitter(server.address);
  const letGo = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  let starts = 0;
  const hold: Action = async () => {
    starts += 1;
    begun.resolve();
    await letGo.promise;
    return {};
  };
  // Only the server and its worker know the token of a lock, and what passes between them.
  using line = await listenIn(server.address);
  await using worker = await openBroker(line.address);
  await serveSteps(worker, new Map([["hold", hold]]));
  await submitter.engine.submit(workflow("w", [step("long", "hold")]));
  await begun.promise;
  const jobs = z.object({ jobs: z.array(z.object({ id: z.string() })) });
  const active = jobs.parse(await ask(server.address, { cmd: "GetJobs", queue, state: "active" }));
  expect(active.jobs).toBeArrayOfSize(1);
  const [, token] = /tokens.{1,4}?([0-9a-f-]{36})/s.exec(line.heard()) ?? [];
  const again = { cmd: "MoveToWait", id: active.jobs[0]?.id, token };
  expect(await ask(server.address, again)).toMatchObject({ ok: true });
  // What is asked for later is taken later.
  await submitter.engine.submit(workflow("v", [step("next", "hold")]));
  while (starts < 2) await Bun.sleep(1);
  letGo.resolve();
  expect(await statesOf(submitter.engine, "w")).toEqual([["long", "completed", undefined]]);
  await submitter.engine.finished("v");
  expect(starts).toBe(2);
});

test("a cancelled step that runs elsewhere ends at once, and its outcome changes nothing", async () => {
  await using submitter = await openSubmitter(server.address);
  const { engine } = submitter;
  await using worker = await openWorker(server.address);
  await engine.submit(workflow("w", [hold("long", 300)]));
  expect(await worker.says()).toBe("holding");
  await engine.cancel("w", { force: true });
  const before = becameOf(engine, "w");
  expect(before.steps).toMatchObject([{ step: "long", state: "cancelled" }]);
  await runAll(engine, [workflow("later", [hold("as long", 400)])]);
  expect(becameOf(engine, "w")).toEqual(before);
});

test("tasks are done elsewhere, with their limits of time and their retries, and leave nothing to wait for", async () => {
  await using broker = await openBroker(server.address);
  await using tasks = openTaskQueue({ execute: tasksThrough(broker) });
  await using _ = await openWorker(server.address);
  await tasks.workers.register({ id: "w", types: new Set(), maxConcurrent: 8 });
  const order = { priority: 1, tags: [], maxRetries: 0, backoffMs: 0 };
  await tasks.submit({ ...order, id: "sum", type: "sum", payload: { values: [1, 2, 3] } });
  await tasks.submit({ ...order, id: "slow", type: "sleep", payload: { ms: 60_000 }, timeoutMs: 100 });
  await tasks.submit({ ...order, id: "endless", type: "sleep", payload: { ms: 60_000 } });
  await tasks.submit({ ...order, id: "bad", type: "fail", payload: { message: "no" }, maxRetries: 2 });
  await Promise.all(["sum", "slow", "bad"].map((id) => tasks.finished(id)));
  expect(tasks.task("sum").status).toBe("completed");
  expect(tasks.task("sum").output?.copy()).toBe(6);
  expect(tasks.task("slow")).toMatchObject({ status: "failed", error: "timed out after 0.1 s" });
  expect(tasks.task("bad")).toMatchObject({ status: "failed", error: "no", attempts: 3 });
});

test("a worker outlives jobs that make no sense, and says what is wrong with them", async () => {
  const reply_to = `tool-runtime.replies.${crypto.randomUUID()}`;
  const work = JSON.stringify({ action: "init", inputs: {}, upstream: [] });
  const rows = JSON.stringify({ action: "merge", inputs: {}, upstream: [["a", { rows: [{ value: 1 }] }]] });
  const polluting = '{"action":"init","inputs":{"constructor":1},"upstream":[]}';
  const strangers = [
    null,
    "x",
    {},
    { reply_to: "orders", work },
    { reply_to, work, more: 1 },
    { reply_to, work: 1 },
  ];
  const confused = [
    "no json",
    "null",
    rows,
    polluting,
    JSON.stringify({ action: "rm", inputs: {}, upstream: [] }),
  ];
  const jobs = [...strangers, ...confused.map((work) => ({ reply_to, work }))].map((data, index) => ({
    name: "x",
    data,
    customId: `${"long".repeat(100)}-${index}`,
  }));
  await ask(server.address, { cmd: "PUSHB", queue, jobs });
  await using submitter = await openSubmitter(server.address);
  await using _ = await openWorker(server.address);
  await runAll(submitter.engine, [workflow("w", [step("a", "init"), step("b", "init", "a")])]);
  expect(becameOf(submitter.engine, "w").status).toBe("completed");
  const { jobs: replies } = await ask(server.address, {
    cmd: "PULLB",
    queue: reply_to,
    count: 100,
    timeout: 5_000,
  });
  const errors = JSON.stringify(replies).matchAll(/"error":"((?:[^"\\]|\\.)*)"/g);
  const told = [...errors].map(([, error]) => error);
  expect(told).toHaveLength(confused.length);
  expect(told).toEqual(
    expect.arrayContaining([
      expect.stringContaining('Cannot read \\"work\\"'),
      expect.stringContaining("expected object, received null"),
      expect.stringContaining("must be an object whose rows have an id"),
      expect.stringContaining("safe keys"),
      expect.stringContaining('Cannot run \\"rm\\": it is no action'),
    ]),
  );
  expect(await ask(server.address, { cmd: "Dlq", queue })).toMatchObject({
    jobs: { length: strangers.length },
  });
});

/** A way to a server on which all that it answers is heard. */
async function listenIn(address: string) {
  const [host = "", port] = address.split(":");
  let heard = "";
  const proxy = createServer((near) => {
    const far = connect(Number(port), host);
    far.on("data", (bytes) => {
      heard += bytes.toString("latin1");
    });
    pipeline(near, far, near, () => {});
  });
  proxy.listen(0, host);
  await once(proxy, "listening");
  const { port: here } = z.object({ port: z.int() }).parse(proxy.address());
  return { address: `${host}:${here}`, heard: () => heard, [Symbol.dispose]: () => void proxy.close() };
}
