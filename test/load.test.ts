import { describe, expect, test } from "bun:test";
import { conflict, costlyEcho, echo, fakeRuntime } from "../lib/benchmarks/self_check/fake_runtime.ts";
import type { Case } from "../lib/case.ts";
import { MeasurementError } from "../lib/errors.ts";
import { openCaller } from "../lib/measure/caller.ts";
import { runClosedLoop } from "../lib/measure/closed_loop.ts";
import type { PlannedCall } from "../lib/measure/load.ts";
import { auditLoad, joinLoads, packLoad, pool, throughput, unpackLoad } from "../lib/measure/tally.ts";
import type { Runtime } from "../lib/runtimes/runtime.ts";
import { openKnownServer } from "./known_server.ts";

function plan(count: number, testCase = echo, group = "p2p"): PlannedCall[] {
  return Array.from({ length: count }, () => ({ group, testCase }));
}

function load(runtime: Runtime, plan: readonly PlannedCall[], timeoutMs = 30_000) {
  const caller = openCaller(runtime, { timeoutMs });
  return { caller, plan, signal: new AbortController().signal };
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
    const done = await runClosedLoop({ ...load(runtime, plan(100), 3_000), concurrency: 3 });
    expect([done.issued, most]).toEqual([100, 3]);
  });

  test("times the call alone, not what prepares it and puts it back", async () => {
    const runtime = fakeRuntime(async (_, input) => {
      if (input !== "call") await Bun.sleep(2);
      return {};
    });
    const done = await runClosedLoop({ ...load(runtime, plan(20, costlyEcho)), concurrency: 2 });
    expect([done.issued, pool(done.tallies).ok]).toEqual([20, 20]);
    expect(pool(done.tallies).service.sumNs / 1e6 / done.elapsedMs).toBeLessThan(0.1);
    expect(auditLoad(done).map(({ status }) => status)).toEqual(["passed", "passed"]);
  });

  test("puts back what a call changed before its caller makes the next", async () => {
    const log: unknown[] = [];
    const runtime = fakeRuntime(async (_, input) => {
      log.push(input);
      await Bun.sleep(0);
      log.push("ended");
      return {};
    });
    await runClosedLoop({ ...load(runtime, plan(2, costlyEcho)), concurrency: 1 });
    const each = ["before", "ended", "call", "ended", "after", "ended"];
    expect(log).toEqual([...each, ...each]);
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
    const options = { ...load(runtime, plan(30), 50), concurrency: 2 };
    const done = await runClosedLoop({ ...options, onError: "count" });
    const { ok, failed, service } = pool(done.tallies);
    expect([ok, failed.get("timeout")]).toEqual([27, 3]);
    expect(service.latency().max_ms).toBeLessThan(50);
    expect(auditLoad(done).map(({ status }) => status)).toEqual(["passed", "passed"]);
    await expect(runClosedLoop(options)).rejects.toThrow('Cannot measure "echo" on fake: timeout: ');
  });

  test("ends when nobody answers any more, though failed calls are counted", async () => {
    const runtime = fakeRuntime((call, input) => (call > 10 ? new Promise(() => {}) : input));
    const run = runClosedLoop({ ...load(runtime, plan(10_000), 20), concurrency: 5, onError: "count" });
    await expect(run).rejects.toThrow(
      new MeasurementError('Cannot measure "echo" on fake: 6 calls in a row had no answer in time'),
    );
  });

  test("counts a call as timed out that held up the very clock that watches it", async () => {
    const runtime = fakeRuntime((call, input) => {
      if (call === 2) Bun.sleepSync(30);
      return input;
    });
    const done = await runClosedLoop({ ...load(runtime, plan(3), 20), concurrency: 1, onError: "count" });
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

  test("proves nothing once one call is missing from all of them", async () => {
    const options = load(
      fakeRuntime((_, input) => input),
      plan(100),
    );
    await runClosedLoop({ ...options, concurrency: 4 });
    options.caller.conclude();
    await options.caller.runtime.call("echo", {});
    await runClosedLoop({ ...options, concurrency: 4 });
    expect(() => options.caller.conclude()).toThrow(
      /^Cannot measure fake: 200 calls went to fake, process \d+, and 200 replies count from 1 to 201$/,
    );
  });

  test("ends when its server does, long before the call it waits for is timed out", async () => {
    await using runtime = await openKnownServer();
    const die: Case = {
      tool: "die",
      branch: "at once",
      open: () => ({ prepare: () => ({ input: {}, expect: {} }) }),
    };
    const calls = [...plan(100), ...plan(1, die), ...plan(10_000)];
    const timeoutMs = 30_000;
    const start = performance.now();
    const run = runClosedLoop({ ...load(runtime, calls, timeoutMs), concurrency: 5 });
    await expect(run).rejects.toThrow(/^Cannot measure "(echo|die)" on http: unreachable/);
    expect(performance.now() - start).toBeLessThan(timeoutMs / 10);
  });
});

describe("loads", () => {
  test("that are joined are as one without a pause between them", async () => {
    const runtime = fakeRuntime(async (_, input) => {
      await Bun.sleep(1);
      return input;
    });
    const first = load(runtime, plan(40));
    const second = { ...first, plan: [...plan(20), ...plan(20, echo, "general")] };
    const runs = [
      await runClosedLoop({ ...first, concurrency: 2 }),
      await runClosedLoop({ ...second, concurrency: 4 }),
    ];
    for (const run of runs) expect(auditLoad(run).map(({ status }) => status)).toEqual(["passed", "passed"]);
    const joined = joinLoads(runs);
    expect(joined.issued).toBe(80);
    expect(joined.elapsedMs).toBeCloseTo((runs[0]?.elapsedMs ?? 0) + (runs[1]?.elapsedMs ?? 0), 9);
    expect(joined.tallies.map(({ group, service }) => [group, service.n])).toEqual([
      ["p2p", 60],
      ["general", 20],
    ]);
    expect(auditLoad(joined).map(({ status }) => status)).toEqual(["passed", "passed"]);
  });

  test("pass from one process to another unchanged", async () => {
    const runtime = fakeRuntime((call, input) => (call % 7 === 0 ? conflict() : input));
    const done = await runClosedLoop({ ...load(runtime, plan(50)), concurrency: 3, onError: "count" });
    const packed = packLoad(done);
    expect(packLoad(unpackLoad(structuredClone(packed)))).toEqual(packed);
    expect(packed.tallies[0]?.service).toMatchObject({ n: 43 });
  });
});
