import { heapStats } from "bun:jsc";
import { describe, expect, test } from "bun:test";
import {
  conflict,
  costlyEcho,
  echo,
  fakeClock,
  fakeRuntime,
} from "../lib/benchmarks/self_check/fake_runtime.ts";
import type { Case } from "../lib/case.ts";
import { MeasurementError } from "../lib/errors.ts";
import { median, summarize } from "../lib/judge/stats.ts";
import { openCaller } from "../lib/measure/caller.ts";
import { sample, timerFloorMs } from "../lib/measure/sample.ts";
import type { Runtime } from "../lib/runtimes/runtime.ts";

/** So many samples of a case on a runtime. */
async function take(runtime: Runtime, count: number, testCase: Case = echo, now = Bun.nanoseconds) {
  using caller = openCaller(runtime, { now });
  const series = await caller.open(testCase);
  return sample(Array.from({ length: count }, () => series));
}

describe("a sample", () => {
  test("is taken without room for a million of them, which would be collected while others are taken", async () => {
    const { heapCapacity: before } = heapStats();
    let during = 0;
    const looking = fakeRuntime((_, input) => {
      during = heapStats().heapCapacity;
      return input;
    });
    await take(looking, 1);
    // Unpatched, mitata allots 8 MiB.
    expect(during - before).toBeLessThan(4 * 2 ** 20);
  });

  test("has exactly the calls asked for, in order, with the percentiles of an oracle, for n = 1 to 1000", async () => {
    for (const count of [1, 2, 3, 11, 12, 13, 16, 58, 59, 100, 298, 299, 1000]) {
      const clock = fakeClock();
      const due: number[] = [];
      const runtime = fakeRuntime((call, input) => {
        const ns = 1 + ((call * 7919) % 1009);
        due.push(ns);
        clock.pass(ns);
        return input;
      });
      const samples = await take(runtime, count, echo, clock.now);
      // mitata makes one call to see whether it is asynchronous.
      expect(due).toBeArrayOfSize(count + 1);
      expect(samples).toEqual(due.slice(1));
      const sorted = due.slice(1).sort((a, b) => a - b);
      expect(summarize(samples).p50_ms).toBe((sorted[Math.ceil(count / 2) - 1] ?? 0) / 1e6);
      expect(summarize(samples).max_ms).toBe((sorted.at(-1) ?? 0) / 1e6);
    }
  });

  test("of nothing is nothing", async () => {
    expect(await sample([])).toEqual([]);
  });

  test("takes turns between series as its plan has it", async () => {
    const [one, other] = [1, 1_000].map((ns) => {
      const clock = fakeClock();
      const runtime = fakeRuntime((_, input) => {
        clock.pass(ns);
        return input;
      });
      return openCaller(runtime, { now: clock.now }).open(echo);
    });
    const [a, b] = [await one, await other];
    if (!a || !b) throw new Error("there are two");
    expect(await sample([a, b, b, a, a, b])).toEqual([1, 1_000, 1_000, 1, 1, 1_000]);
  });

  test("times the call alone, not what prepares it and puts it back", async () => {
    const clock = fakeClock();
    const runtime = fakeRuntime((_, input) => {
      clock.pass(input === "call" ? 100 : 5_000);
      return {};
    });
    expect(await take(runtime, 4, costlyEcho, clock.now)).toEqual([100, 100, 100, 100]);
  });

  test("measures a known delay within 2 %", async () => {
    const spin = fakeRuntime((_, input) => {
      const end = Bun.nanoseconds() + 2e6;
      while (Bun.nanoseconds() < end);
      return input;
    });
    const samples = await take(spin, 50);
    expect(Math.abs(median(samples) / 2e6 - 1)).toBeLessThan(0.02);
  });

  test("ends at the first call that fails, with its tool, runtime and error", async () => {
    let calls = 0;
    const runtime = fakeRuntime((call, input) => {
      calls = call;
      return call === 37 ? conflict() : input;
    });
    const failure = new MeasurementError('Cannot measure "echo" on fake: conflict: Cannot do it: it is done');
    await expect(take(runtime, 100)).rejects.toThrow(failure);
    expect(calls).toBe(37);
  });

  test("keeps less than 1 KB for a call", async () => {
    const runtime = fakeRuntime((_, input) => input);
    const heapBytes = () => {
      Bun.gc(true);
      return heapStats().heapSize;
    };
    await take(runtime, 1000);
    const before = heapBytes();
    const samples = await take(runtime, 50_000);
    expect((heapBytes() - before) / samples.length).toBeLessThan(1024);
  });
});

test("the floor of the timer is that of a clock, not of a call", async () => {
  const floorMs = await timerFloorMs();
  expect(floorMs).toBeWithin(0, 0.1);
});
