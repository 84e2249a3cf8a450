import { describe, expect, test } from "bun:test";
import { conflict, echo, fakeRuntime } from "../lib/benchmarks/self_check/fake_runtime.ts";
import type { Case } from "../lib/case.ts";
import { openCaller } from "../lib/measure/caller.ts";
import { runOpenLoop } from "../lib/measure/open_loop.ts";
import { auditLoad, pool } from "../lib/measure/tally.ts";
import { openRandom, type Random } from "../lib/random.ts";
import type { Runtime } from "../lib/runtimes/runtime.ts";
import { openKnownServer } from "./known_server.ts";

const block = (ms: number): Case => ({
  tool: "block",
  branch: "the server",
  open: () => ({ prepare: () => ({ input: { ms }, expect: {} }) }),
});

function calls(runtime: Runtime, count: number, testCase = echo, timeoutMs = 30_000) {
  return {
    caller: openCaller(runtime, { timeoutMs }),
    plan: Array.from({ length: count }, () => ({ group: "p2p", testCase })),
    signal: new AbortController().signal,
    random: null,
  };
}

describe("an open loop", () => {
  test("reads the true response times of tools that stall 200 ms every second", async () => {
    // In this process: 200 answers at once over HTTP take 2 to 5 ms more, which the self check shows.
    // On a busy machine a stall itself takes longer than it is told to, and calls start late.
    let stalledMs = 0;
    const runtime = fakeRuntime(async (_, input) => {
      const phaseMs = performance.now() % 1000;
      if (phaseMs >= 200) return input;
      await Bun.sleep(200 - phaseMs);
      stalledMs = Math.max(stalledMs, (performance.now() % 1000) - 200);
      return input;
    });
    const load = await runOpenLoop({ ...calls(runtime, 5000), rate: 1000 });
    const { response } = pool(load.tallies);
    const lateMs = stalledMs + load.lateness.percentile(1) / 1e6;
    for (const [share, truthMs] of [
      [0.9, 100],
      [0.95, 150],
      [0.99, 190],
    ] as const)
      expect(response.percentile(share) / 1e6).toBeWithin(0.97 * truthMs, 1.03 * truthMs + lateMs);
    expect([load.issued, load.saturated]).toEqual([5000, null]);
    expect(auditLoad(load).map(({ status }) => status)).toEqual(["passed", "passed"]);
  }, 10_000);

  test("reports a server that cannot keep up as saturated, and not as fast", async () => {
    await using runtime = await openKnownServer();
    const load = await runOpenLoop({ ...calls(runtime, 500, block(2)), rate: 1000 });
    expect(load.saturated).toMatch(/^each second left [5-9]\d\d more calls without an answer$/);
    expect(load.offeredPerSecond).toBeCloseTo(1000, 6);
    expect(load.achievedPerSecond).toBeLessThan(500);
    const { response, service } = pool(load.tallies);
    expect(response.percentile(1)).toBeGreaterThanOrEqual(service.percentile(1));
    expect(auditLoad(load).map(({ status }) => status)).toEqual(["passed", "passed"]);

    const half = await runOpenLoop({ ...calls(runtime, 100, block(2)), rate: 200 });
    expect(half.saturated).toBeNull();
    expect(half.achievedPerSecond / half.offeredPerSecond).toBeWithin(0.95, 1.0001);
  });

  test("sends no more once too many calls are in flight, and says how many it did not send", async () => {
    const runtime = fakeRuntime(() => new Promise(() => {}));
    const load = await runOpenLoop({
      ...calls(runtime, 1000, echo, 100),
      rate: 5000,
      maxInFlight: 20,
      onError: "count",
    });
    expect([load.issued, load.unsent, pool(load.tallies).failed.get("timeout")]).toEqual([20, 980, 20]);
    expect(load.saturated).toBe("20 calls were in flight at once");
  });

  test("says that the client was too slow, where it was", async () => {
    const runtime = fakeRuntime((_, input) => {
      Bun.sleepSync(1);
      return input;
    });
    const load = await runOpenLoop({ ...calls(runtime, 200), rate: 2000 });
    expect(load.saturated).toMatch(/^each second the client fell \d+ ms behind$/);
  });

  test("counts the wait for a call that starts late, in the response time alone", async () => {
    const runtime = fakeRuntime((call, input) => {
      if (call === 50) Bun.sleepSync(50);
      return input;
    });
    const load = await runOpenLoop({ ...calls(runtime, 200), rate: 1000 });
    const { response, service } = pool(load.tallies);
    // 50 calls were due while the client was held up; they waited 50 ms, 49 ms, … 1 ms: 1,275 ms.
    expect(load.lateness.sumNs / 1e6).toBeGreaterThan(1_200);
    expect(response.sumNs - service.sumNs).toBeCloseTo(load.lateness.sumNs, -1);
    expect(load.responsesNs.reduce<number>((sum, ns) => sum + (ns ?? 0), 0)).toBeCloseTo(response.sumNs, -1);
    expect(service.sumNs).toBeLessThan(response.sumNs / 4);
    expect([load.lateness.n, response.n, service.n]).toEqual([200, 200, 200]);
  });

  test("prepares calls before their turn, so that none of it is in a time or holds up the schedule", async () => {
    let prepared = 0;
    const before: number[] = [];
    const runtime = fakeRuntime((_, input) => {
      before.push(prepared);
      return input;
    });
    const costly: Case = {
      ...echo,
      open: () => ({
        async prepare(serial) {
          await new Promise(setImmediate);
          prepared += 1;
          return { input: { serial }, expect: { serial } };
        },
      }),
    };
    await runOpenLoop({ ...calls(runtime, 200, costly), rate: 2000 });
    expect(before).toEqual(Array(200).fill(200));
  });

  test("offers the rate evenly, or at random by seed", async () => {
    const offered = async (random: Random | null) => {
      const runtime = fakeRuntime((_, input) => input);
      const load = await runOpenLoop({ ...calls(runtime, 2000), rate: 20_000, random });
      return load.offeredPerSecond;
    };
    expect(await offered(null)).toBeCloseTo(20_000, 3);
    const one = await offered(openRandom(1));
    expect(await offered(openRandom(1))).toBe(one);
    expect(await offered(openRandom(2))).not.toBe(one);
    // The mean of 2000 exponential gaps is within four standard errors, 4 / sqrt(2000).
    expect(one / 20_000).toBeWithin(0.91, 1.09);
  });

  test("ends at the first failed call, or with the reason of its signal", async () => {
    const failing = fakeRuntime((call, input) => (call === 7 ? conflict() : input));
    await expect(runOpenLoop({ ...calls(failing, 10_000), rate: 1000 })).rejects.toThrow(
      'Cannot measure "echo" on fake: conflict: Cannot do it: it is done',
    );
    const abort = new AbortController();
    const aborting = fakeRuntime((call, input) => {
      if (call === 20) abort.abort(new Error("interrupted"));
      return input;
    });
    await expect(
      runOpenLoop({ ...calls(aborting, 10_000), rate: 1000, signal: abort.signal }),
    ).rejects.toThrow("interrupted");
  });
});
