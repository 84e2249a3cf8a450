import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { TcpConnectionPool } from "bunqueue/client";
import { z } from "zod";
import { Secret } from "../lib/broker_options.ts";
import { openBroker } from "../lib/engines/broker/broker.ts";
import { openTaskQueue } from "../lib/engines/tasks/queue.ts";
import { tasksThrough } from "../lib/engines/tasks/remote.ts";
import type { Action } from "../lib/engines/workflows/actions.ts";
import { openWorkflows, type WorkflowEngine } from "../lib/engines/workflows/engine.ts";
import type { StepExecutor } from "../lib/engines/workflows/executor.ts";
import type { WorkflowRequest } from "../lib/engines/workflows/record.ts";
import { serveSteps, stepsThrough } from "../lib/engines/workflows/remote.ts";
import { becameOf, openServer, openWorker, runAll, step, workflow } from "./broker_bench.ts";
import { readUntil, startScript } from "./run_script.ts";

// Processes take seconds to start on a busy machine, and a test that is ended takes the shared server with it.
setDefaultTimeout(30_000);

const queue = "tool-runtime.steps";

let server: Awaited<ReturnType<typeof openServer>>;
beforeAll(async () => {
  server = await openServer();
});
afterAll(() => server[Symbol.asyncDispose]());

/** An engine whose steps run wherever somebody works for the broker. */
async function openSubmitter(address = server.address) {
  await using opened = new AsyncDisposableStack();
  const broker = opened.use(await openBroker(address));
  const through = stepsThrough(broker);
  let handed = () => {};
  const execute: StepExecutor = (work) => {
    const output = through(work);
    handed();
    return output;
  };
  const engine = opened.use(openWorkflows({ execute }));
  const all = opened.move();
  /** Resolves when the server has all its steps, which must not wait for each other. */
  const handOver = async (request: WorkflowRequest) => {
    const out = Promise.withResolvers<void>();
    let left = request.steps.length;
    handed = () => (--left === 0 ? out.resolve() : undefined);
    await engine.submit(request);
    await out.promise;
    // An echo goes the way of the steps, behind them.
    await broker.run("echo", 1, { priority: 0, signal: AbortSignal.timeout(5_000) });
  };
  await broker.work("echo", (work) => ({ output: work }));
  return { broker, engine, handOver, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

function hold(step_id: string, ms: number) {
  return { ...step(step_id, "hold"), inputs: { ms } };
}

async function statesOf(engine: WorkflowEngine, id: string) {
  await engine.finished(id);
  return becameOf(engine, id).steps.map(({ step, state, error }) => [step, state, error]);
}

test("what a killed worker held is run by the next one, and counts once", async () => {
  await using submitter = await openSubmitter();
  const { engine } = submitter;
  await using one = await openWorker(server.address);
  await using other = await openWorker(server.address);
  const workers = [one, other];
  const holding = workers.map((worker) => worker.line());
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
  await using submitter = await openSubmitter();
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
  await using submitter = await openSubmitter();
  await using _ = await openWorker(server.address);
  await runAll(submitter.engine, [workflow("w", [step("a", "init"), step("s", "store_result", "a")])]);
  const key = String(submitter.engine.get("w").steps.get("s")?.output?.key);
  expect(submitter.engine.stored(key)).toBe('[["a",{"config":{}}]]');
});

test("a cancelled step that nobody has taken leaves the server", async () => {
  await using submitter = await openSubmitter();
  const { broker, engine } = submitter;
  await submitter.handOver(workflow("w", [step("a", "init")]));
  expect(await waiting()).toBe(1);
  await engine.cancel("w", { force: true, reason: "enough" });
  expect(await statesOf(engine, "w")).toEqual([
    ["a", "cancelled", 'Cannot run "a": the workflow was cancelled: enough'],
  ]);
  await broker[Symbol.asyncDispose]();
  expect(await waiting()).toBe(0);
});

test("who closes takes along what nobody has taken", async () => {
  await using submitter = await openSubmitter();
  await submitter.handOver(workflow("w", [step("a", "init"), step("b", "init")]));
  expect(await waiting()).toBe(2);
  await submitter[Symbol.asyncDispose]();
  expect(await waiting()).toBe(0);
});

test("work that waits when its broker closes fails, and leaves the server", async () => {
  await using broker = await openBroker(server.address);
  await broker.work("echo", (work) => ({ output: work }));
  const options = { priority: 0, signal: AbortSignal.timeout(60_000) };
  const lost = broker.run("steps", {}, options);
  await broker.run("echo", 1, options);
  expect(await waiting()).toBe(1);
  const closed = { code: "conflict", message: `Cannot use broker "${server.address}": it is closed` };
  const closing = broker[Symbol.asyncDispose]();
  await expect(lost).rejects.toMatchObject(closed);
  await closing;
  expect(await waiting()).toBe(0);
  await expect(broker.run("steps", {}, options)).rejects.toMatchObject(closed);
});

test("higher priorities run first", async () => {
  await using submitter = await openSubmitter();
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
  await using submitter = await openSubmitter();
  const { engine } = submitter;
  await submitter.handOver(workflow("w", [step("a", "init")]));
  const { jobs } = await ask({ cmd: "PULLB", queue, count: 1, timeout: 0 });
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
  await ask({ cmd: "PUSHB", queue: data.reply_to, jobs: pushed });
  await engine.finished("w");
  expect(becameOf(engine, "w").steps).toMatchObject([{ state: "completed", output: { n: 1 } }]);
  await ask({ cmd: "Cancel", id });
});

test("a cancelled step that runs elsewhere ends at once, and its outcome changes nothing", async () => {
  await using submitter = await openSubmitter();
  const { engine } = submitter;
  await using worker = await openWorker(server.address);
  await engine.submit(workflow("w", [hold("long", 300)]));
  expect(await worker.line()).toBe("holding");
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
  expect(tasks.task("sum")).toMatchObject({ status: "completed", output: 6 });
  expect(tasks.task("slow")).toMatchObject({ status: "failed", error: "timed out after 0.1 s" });
  expect(tasks.task("bad")).toMatchObject({ status: "failed", error: "no", attempts: 3 });
});

test("all that waits fails at once when the server dies, and all that comes later", async () => {
  await using mortal = await openServer();
  await using submitter = await openSubmitter(mortal.address);
  const { engine, broker } = submitter;
  await using worker = await openWorker(mortal.address);
  await engine.submit(workflow("w", [hold("long", 60_000), step("after", "init", "long")]));
  expect(await worker.line()).toBe("holding");
  await mortal.kill();
  const lost = `Cannot reach broker "${mortal.address}": the connection is lost`;
  expect(await statesOf(engine, "w")).toEqual([
    ["long", "failed", `Cannot run "long": ToolError: ${lost}`],
    ["after", "skipped", 'Cannot run "after": step "long" failed'],
  ]);
  await engine.submit(workflow("later", [step("a", "init")]));
  expect(await statesOf(engine, "later")).toEqual([["a", "failed", `Cannot run "a": ToolError: ${lost}`]]);
  await expect(serveSteps(broker)).rejects.toMatchObject({ code: "unreachable", message: lost });
});

test("a server that allows too few requests is named as the cause", async () => {
  await using strict = await openServer({ RATE_LIMIT_MAX_REQUESTS: "10" });
  await using submitter = await openSubmitter(strict.address);
  await serveSteps(submitter.broker);
  const steps = Array.from({ length: 30 }, (_, index) =>
    step(`s${index}`, "init", ...(index === 0 ? [] : [`s${index - 1}`])),
  );
  await runAll(submitter.engine, [workflow("w", steps)]);
  const errors = becameOf(submitter.engine, "w").steps.map(({ error }) => error);
  expect(errors.find((error) => error?.includes("ToolError"))).toEndWith(
    `Cannot reach broker "${strict.address}": its limit of requests is exceeded; start it with RATE_LIMIT_MAX_REQUESTS=1000000000`,
  );
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
  const jobs = [...strangers, ...confused.map((work) => ({ reply_to, work }))].map((data) => ({
    name: "x",
    data,
  }));
  await ask({ cmd: "PUSHB", queue, jobs });
  await using submitter = await openSubmitter();
  await using _ = await openWorker(server.address);
  await runAll(submitter.engine, [workflow("w", [step("a", "init"), step("b", "init", "a")])]);
  expect(becameOf(submitter.engine, "w").status).toBe("completed");
  const { jobs: replies } = await ask({ cmd: "PULLB", queue: reply_to, count: 100, timeout: 5_000 });
  const errors = JSON.stringify(replies).matchAll(/"error":"((?:[^"\\]|\\.)*)"/g);
  expect([...errors].map(([, error]) => error)).toEqual([
    expect.stringContaining('Cannot read \\"work\\"'),
    expect.stringContaining("expected object, received null"),
    expect.stringContaining("must be an object whose rows have an id"),
    expect.stringContaining("safe keys"),
    expect.stringContaining('Cannot run \\"rm\\": it is no action'),
  ]);
  expect(await ask({ cmd: "Dlq", queue })).toMatchObject({ jobs: { length: strangers.length } });
});

test.each([
  ["none", undefined, "it asks for a token; give it with --broker-token"],
  ["a wrong one", new Secret("mellon"), "it refuses the token; correct --broker-token or $BROKER_TOKEN"],
])("refuses who has no token (%s), and lets in who has", async (_, token, state) => {
  await using guarded = await openServer({ AUTH_TOKENS: "open-sesame" });
  const { address } = guarded;
  await expect(openBroker(address, token)).rejects.toMatchObject({
    name: "UsageError",
    message: `Cannot use broker "${address}": ${state}`,
  });
  await using broker = await openBroker(address, new Secret("open-sesame"));
  await using engine = openWorkflows({ execute: stepsThrough(broker) });
  await using worker = await openWorker(address, { BROKER_TOKEN: "open-sesame" });
  await runAll(engine, [workflow("w", [step("a", "init")])]);
  expect(becameOf(engine, "w").status).toBe("completed");
  await worker[Symbol.asyncDispose]();
});

test("a worker that closes ends by itself", async () => {
  const worker = await openWorker(server.address);
  await worker[Symbol.asyncDispose]();
  expect([await worker.line(), await worker.line()]).toEqual(["closed", undefined]);
});

test("serve --broker works for the broker, and says in one line that there is none", async () => {
  await using script = startScript("serve", "--peers", "2", "--broker", server.address);
  await readUntil(script.stdout, /http:\/\/127\.0\.0\.1:\d+/);
  await using submitter = await openSubmitter();
  await runAll(submitter.engine, [workflow("w", [step("a", "init")])]);
  expect(becameOf(submitter.engine, "w").status).toBe("completed");
  script.kill("SIGINT");
  expect(await script.exited).toBe(0);
  expect(await new Response(script.stderr).text()).toBe("");

  const closed = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  closed.stop();
  await using lonely = startScript("serve", "--broker", `127.0.0.1:${closed.port}`);
  expect(await new Response(lonely.stderr).text()).toBe(
    `Cannot reach broker "127.0.0.1:${closed.port}": no bunqueue server answers there; start one or correct --broker\n`,
  );
  expect(await lonely.exited).toBe(2);
});

/** Steps that wait on the server. */
async function waiting(): Promise<unknown> {
  return (await ask({ cmd: "Count", queue })).count;
}

/** Asks the server something as a stranger would. */
async function ask(command: Record<string, unknown>): Promise<Record<string, unknown>> {
  const [host, port] = server.address.split(":");
  const pool = new TcpConnectionPool({ host: host ?? "", port: Number(port), poolSize: 1 });
  try {
    return await pool.send(command);
  } finally {
    pool.close();
  }
}
