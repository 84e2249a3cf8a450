import { describe, expect, test } from "bun:test";
import { MeasurementError } from "../lib/errors.ts";
import type { Case } from "../lib/measure/case.ts";
import type { PlannedCall } from "../lib/measure/client.ts";
import { runClosedLoop } from "../lib/measure/load.ts";
import { openProof } from "../lib/measure/proof.ts";
import { auditLoad, pool, throughput } from "../lib/measure/tally.ts";
import type { Reply, Runtime } from "../lib/runtimes/runtime.ts";
import { conflict, fakeRuntime } from "./fake_runtime.ts";
import { openKnownServer } from "./known_server.ts";

const echo: Case = {
  tool: "echo",
  branch: "a number",
  open: () => ({ prepare: (serial) => ({ input: { serial }, expect: { serial } }) }),
};

function plan(count: number, testCase = echo, group = "p2p"): PlannedCall[] {
  return Array.from({ length: count }, () => ({ group, testCase }));
}

function load(runtime: Runtime, plan: readonly PlannedCall[]) {
  let serials = 0;
  return { runtime, plan, serial: () => serials++, signal: new AbortController().signal };
}

describe("a closed loop", () => {
  test.each([
    [7, 3],
    [1, 10],
    [10, 10],
    [11, 10],
    [1000, 1],
    [1000, 7],
  ])("makes %d planned calls at concurrency %d, each once", async (count, concurrency) => {
    const serials: unknown[] = [];
    const runtime = fakeRuntime((_, input) => {
      serials.push(Object(input).serial);
      return input;
    });
    const done = await runClosedLoop({ ...load(runtime, plan(count)), concurrency });
    expect(serials).toEqual(Array.from({ length: count }, (_, index) => index + 1));
    expect([done.issued, pool(done.tallies).ok]).toEqual([count, count]);
  });

  test("keeps the other callers going while one call is slow, and never has more calls than callers", async () => {
    const othersDone = Promise.withResolvers<void>();
    let inFlight = 0;
    let most = 0;
    const runtime = fakeRuntime(async (call, input) => {
      inFlight += 1;
      most = Math.max(most, inFlight);
      await (call === 1 ? othersDone.promise : Bun.sleep(0));
      inFlight -= 1;
      if (call === 100) othersDone.resolve();
      return input;
    });
    const done = await runClosedLoop({
      ...load(runtime, plan(100)),
      concurrency: 3,
      timeoutMs: 3_000,
    });
    expect([done.issued, most]).toEqual([100, 3]);
  });

  test("times the call alone, not what prepares it and puts it back", async () => {
    const runtime = fakeRuntime(async (_, input) => {
      if (input !== "call") await Bun.sleep(2);
      return {};
    });
    const costly: Case = {
      ...echo,
      open: (call) => ({
        async prepare() {
          await call("echo", "before");
          return { input: "call", expect: {}, restore: () => call("echo", "after") };
        },
      }),
    };
    const done = await runClosedLoop({
      ...load(runtime, plan(20, costly)),
      concurrency: 2,
    });
    expect([done.issued, pool(done.tallies).ok]).toEqual([20, 20]);
    expect(pool(done.tallies).service.sumNs / 1e6 / done.elapsedMs).toBeLessThan(0.1);
    expect(auditLoad(done).map(({ status }) => status)).toEqual(["passed", "passed"]);
  });

  test("books calls by group and tool, and counts no failed call as a success", async () => {
    const runtime = fakeRuntime((call, input) => {
      if (call % 5 === 1) conflict();
      if (call % 5 === 2) throw new Error("a fault");
      if (call % 5 === 3) return { serial: -1 };
      return input;
    });
    const calls = [...plan(50), ...plan(50, { ...echo, tool: "other" }, "general")];
    const done = await runClosedLoop({
      ...load(runtime, calls),
      concurrency: 4,
      onError: "count",
    });
    expect(done.tallies.map(({ group, tool, service }) => [group, tool, service.n])).toEqual([
      ["p2p", "echo", 20],
      ["general", "other", 20],
    ]);
    const { ok, failed } = pool(done.tallies);
    expect(Object.fromEntries(failed)).toEqual({ conflict: 20, internal: 20, wrong_answer: 20 });
    expect(throughput(done)).toBe((ok * 1e3) / done.elapsedMs);
    expect(auditLoad(done).map(({ status }) => status)).toEqual(["passed", "passed"]);
  });

  test("ends at the first failed call, with its tool, runtime and error, though another never returns", async () => {
    let calls = 0;
    const runtime = fakeRuntime((call, input) => {
      calls = call;
      if (call === 37) conflict();
      return call === 5 ? new Promise(() => {}) : input;
    });
    const run = runClosedLoop({ ...load(runtime, plan(10_000)), concurrency: 3 });
    const failure = new MeasurementError('Cannot measure "echo" on fake: conflict: Cannot do it: it is done');
    await expect(run).rejects.toThrow(failure);
    expect(calls).toBeLessThan(40);
  });

  test("counts a call that hangs as timed out, and averages it into nothing", async () => {
    const runtime = fakeRuntime((call, input) => (call % 10 === 0 ? new Promise(() => {}) : input));
    const options = { ...load(runtime, plan(30)), concurrency: 2, timeoutMs: 50 };
    const done = await runClosedLoop({ ...options, onError: "count" });
    const { ok, failed, service } = pool(done.tallies);
    expect([ok, failed.get("timeout")]).toEqual([27, 3]);
    expect(service.latency().max_ms).toBeLessThan(50);
    expect(auditLoad(done).map(({ status }) => status)).toEqual(["passed", "passed"]);
    await expect(runClosedLoop(options)).rejects.toThrow('Cannot measure "echo" on fake: timeout: ');
  });

  test("counts a call as timed out that held up the very clock that watches it", async () => {
    const runtime = fakeRuntime((call, input) => {
      if (call === 2) Bun.sleepSync(30);
      return input;
    });
    const done = await runClosedLoop({
      ...load(runtime, plan(3)),
      concurrency: 1,
      timeoutMs: 20,
      onError: "count",
    });
    expect(Object.fromEntries(pool(done.tallies).failed)).toEqual({ timeout: 1 });
  });

  test("ends with the reason of its signal, and starts no call after", async () => {
    const abort = new AbortController();
    let calls = 0;
    const runtime = fakeRuntime(async (call, input) => {
      calls = call;
      if (call === 20) abort.abort(new Error("interrupted"));
      await Bun.sleep(0);
      return input;
    });
    const run = runClosedLoop({
      ...load(runtime, plan(1000)),
      concurrency: 2,
      signal: abort.signal,
    });
    await expect(run).rejects.toThrow("interrupted");
    const atEnd = calls;
    await Bun.sleep(5);
    expect([atEnd, calls]).toEqual([20, 20]);
  });

  test("lets timers have their turn while calls run on microtasks alone", async () => {
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 1);
    const runtime = fakeRuntime((_, input) => {
      Bun.sleepSync(1);
      return input;
    });
    await runClosedLoop({ ...load(runtime, plan(200)), concurrency: 4 });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(3);
  });

  test("satisfies Little's law, whose check finds a count or a time that is wrong", async () => {
    const runtime = fakeRuntime(async (_, input) => {
      await Bun.sleep(3);
      return input;
    });
    const done = await runClosedLoop({ ...load(runtime, plan(400)), concurrency: 8 });
    expect(done.meanInFlight).toBeWithin(7, 8.01);
    expect(auditLoad(done).map(({ status }) => status)).toEqual(["passed", "passed"]);
    const wrong = (change: object) => auditLoad({ ...done, ...change }).map(({ status }) => status);
    expect(wrong({ issued: done.issued + 1 })).toEqual(["failed", "passed"]);
    expect(wrong({ meanInFlight: done.meanInFlight * 1.06 })).toEqual(["passed", "failed"]);
    expect(wrong({ elapsedMs: done.elapsedMs * 0.94 })).toEqual(["passed", "failed"]);
  });

  test("reports the processor time that the client took", async () => {
    const busyMs = 20;
    const runtime = fakeRuntime((_, input) => {
      const start = process.cpuUsage();
      let used = { user: 0, system: 0 };
      while (used.user + used.system < busyMs * 1e3) used = process.cpuUsage(start);
      return input;
    });
    const done = await runClosedLoop({ ...load(runtime, plan(10)), concurrency: 1 });
    const ratio = (done.clientCpuPercent * done.elapsedMs) / 100 / (10 * busyMs);
    expect(ratio).toBeWithin(0.95, 1.15);
  });
});

describe("the path of replies", () => {
  test.each([
    ["another runtime", { runtime: "other" }],
    ["another process", { pid: 1 }],
    ["a process that has served others", { calls: 1 }],
  ])("ends the run when it leads to %s", async (_, forged: Partial<Reply>) => {
    const honest = fakeRuntime((_, input) => input);
    let replies = 0;
    const runtime: Runtime = {
      ...honest,
      call: async (tool, input) => ({ ...(await honest.call(tool, input)), ...(++replies > 3 && forged) }),
    };
    const run = runClosedLoop({
      ...load(runtime, plan(10)),
      concurrency: 3,
      onError: "count",
    });
    await expect(run).rejects.toThrow(/^Cannot measure .*(the call went to fake|10 calls went to fake)/);
  });

  test("leads behind a router to each tool's home", async () => {
    const [one, other] = [fakeRuntime((_, input) => input, "one"), fakeRuntime((_, input) => input, "other")];
    const homeOf = (tool: string) => (tool === "echo" ? one : other);
    const router: Runtime = {
      ...one,
      name: "router",
      route: homeOf,
      call: (tool, input) => homeOf(tool).call(tool, input),
    };
    const calls = [...plan(20), ...plan(30, { ...echo, tool: "general" })];
    const done = await runClosedLoop({ ...load(router, calls), concurrency: 4 });
    expect(pool(done.tallies).ok).toBe(50);
    const astray = runClosedLoop({ ...load({ ...router, route: () => other }, calls), concurrency: 4 });
    await expect(astray).rejects.toThrow('Cannot measure "echo" on router: the reply came by one, ');
  });

  test("that ends with the server ends the run within 2 s", async () => {
    await using runtime = await openKnownServer();
    const die: Case = {
      tool: "die",
      branch: "at once",
      open: () => ({ prepare: () => ({ input: {}, expect: {} }) }),
    };
    const calls = [...plan(100), ...plan(1, die), ...plan(10_000)];
    const start = performance.now();
    const run = runClosedLoop({ ...load(runtime, calls), concurrency: 5 });
    await expect(run).rejects.toThrow(/^Cannot measure "(echo|die)" on http: unreachable/);
    expect(performance.now() - start).toBeLessThan(2_000);
  });
});

test.each([
  ["never moves", [1, 1, 1, 1]],
  ["moves every other time", [1, 1, 2, 2]],
  ["has the right span and sum", [1, 1, 4, 4]],
  ["skips one", [1, 2, 4, 5]],
])("a counter that %s proves nothing", (_, counts) => {
  const proof = openProof(fakeRuntime(() => ({})));
  for (const calls of counts) {
    proof.issue();
    proof.accept({ output: {}, runtime: "fake", pid: process.pid, calls });
  }
  expect(proof.conclude()).toMatch(/^4 calls went to fake, process \d+, and 4 replies count from 1 to \d$/);
});

test.each([1, 200_000, 580_000, 2 ** 31 - 2, 2 ** 45])("a counter that goes on from %d is proof", (from) => {
  const runtime = fakeRuntime(() => ({}));
  const counted = (counts: readonly number[]) => {
    const proof = openProof(runtime);
    for (const calls of counts) {
      proof.issue();
      proof.accept({ output: {}, runtime: "fake", pid: process.pid, calls });
    }
    return proof.conclude();
  };
  const counts = Array.from({ length: 20_000 }, (_, n) => from + n);
  expect(counted(counts.toReversed())).toBeNull();
  expect(counted(counts.with(7, from + 8))).toMatch(/^20000 calls went to fake/);
});

test.each([{ success: false }, { error: "boom" }])(
  "an answer that holds %j is a wrong one",
  async (confession) => {
    const runtime = fakeRuntime((_, input) => ({ ...Object(input), ...confession }));
    await expect(runClosedLoop({ ...load(runtime, plan(3)), concurrency: 1 })).rejects.toThrow(
      /Cannot measure "echo" on fake: it answered .* where .* was due/,
    );
  },
);
