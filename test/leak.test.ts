import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import { normal } from "../lib/benchmarks/self_check/coverage.ts";
import { conflict, fakeRuntime } from "../lib/benchmarks/self_check/fake_runtime.ts";
import type { LeakRun, LeakRunSays } from "../lib/benchmarks/self_check/leak_run.ts";
import { leakyCase } from "../lib/benchmarks/self_check/leaky_tools.ts";
import { openChild } from "../lib/child.ts";
import { MeasurementError } from "../lib/errors.ts";
import { judgeLeak, type LeakSample } from "../lib/judge/leak.ts";
import { openCaller } from "../lib/measure/caller.ts";
import { keepingCode, runLeakTest } from "../lib/measure/run_leak_test.ts";
import { openRandom } from "../lib/random.ts";
import type { MemoryReading, Probe } from "../lib/runtimes/probe.ts";

/** What a leak of this size in each call would show, read 26 times over 1,000 calls. */
function grow({ bytes = 0, objects = 0, noise = () => 0, readings = 26, until = 1000 }): LeakSample[] {
  return Array.from({ length: readings }, (_, n) => {
    const calls = 40 * n;
    const leaked = Math.min(calls, until);
    return {
      calls,
      heap_bytes: 5e6 + bytes * leaked + noise(),
      object_count: 5e4 + Math.floor(objects * leaked),
      types: n % 25 === 0 || n === 13 ? { Object: 100 + objects * leaked, Array: 70 } : null,
    };
  });
}

const idle = grow({});

describe("the verdict", () => {
  test("finds a leak of any size over the threshold, and its size, in noise", () => {
    const leak = fc.record({
      bytes: fc.integer({ min: 24, max: 5000 }),
      objects: fc.double({ min: 0.02, max: 20, noNaN: true }),
      seed: fc.integer(),
    });
    fc.assert(
      fc.property(leak, ({ bytes, objects, seed }) => {
        const random = openRandom(seed);
        const samples = grow({ bytes, objects, noise: () => 3000 * random.fraction() });
        const { verdict, bytes_per_call, growing_types } = judgeLeak(samples, idle, 16);
        expect(verdict).toBe("leak");
        expect(Math.abs((bytes_per_call?.estimate ?? 0) - bytes)).toBeLessThan(4);
        expect(growing_types.map(({ type }) => type)).toEqual(["Object"]);
        expect(growing_types[0]?.per_call).toBeCloseTo(objects, 1);
      }),
    );
  });

  test("is a leak in none of 1,000 runs where nothing grows but noise is large", () => {
    const verdicts = Array.from({ length: 1000 }, (_, run) => {
      const random = openRandom(run);
      const samples = grow({ noise: () => 20_000 * random.fraction() }).map((sample) => ({
        ...sample,
        object_count: sample.object_count + Math.floor(50 * random.fraction()),
      }));
      return judgeLeak(samples, idle, 0).verdict;
    });
    expect(verdicts.filter((verdict) => verdict === "leak")).toBeEmpty();
  });

  test("is no leak for one just over the threshold in hardly any run, though each reading is like the last", () => {
    const passed = Array.from({ length: 200 }, (_, run) => {
      const random = openRandom(run);
      let off = 0;
      const noise = () => {
        off = 0.57 * off + Math.sqrt(1 - 0.57 ** 2) * normal(random);
        return 2_000 * off;
      };
      return judgeLeak(grow({ bytes: 18, objects: 0.3, noise }), grow({ noise }), 16).verdict === "no leak";
    }).filter(Boolean).length;
    expect(passed).toBeLessThanOrEqual(10);
  });

  test("is no leak for a heap that stays as it is", () => {
    const still = { estimate: 0, low: 0, high: 0 };
    expect(judgeLeak(idle, idle, 0)).toEqual({
      verdict: "no leak",
      bytes_per_call: still,
      objects_per_call: still,
      growing_types: [],
      needed_calls: null,
    });
  });

  test("is not a leak where growth has stopped halfway, and tells the later half", () => {
    const verdict = judgeLeak(grow({ bytes: 200, objects: 2, until: 480 }), idle, 16);
    expect(verdict).toMatchObject({ verdict: "no leak", bytes_per_call: { estimate: 0 }, growing_types: [] });
  });

  test("is not a leak where bytes have stopped growing, for all that objects have not", () => {
    const samples = grow({ objects: 1 }).map((sample) => ({
      ...sample,
      heap_bytes: 5e6 + 200 * Math.min(480, sample.calls),
    }));
    expect(judgeLeak(samples, idle, 16).verdict).toBe("no leak");
  });

  test("takes off what the control grows by, and widens by what it is unsure of", () => {
    const growth = grow({ bytes: 100, objects: 1 });
    expect(judgeLeak(growth, growth, 16)).toMatchObject({
      verdict: "no leak",
      bytes_per_call: { estimate: 0 },
    });
    const random = openRandom(1);
    const unsure = grow({ noise: () => 9e5 * random.fraction() });
    expect(judgeLeak(growth, idle, 16).verdict).toBe("leak");
    expect(judgeLeak(growth, unsure, 16).verdict).toBe("insufficient data");
  });

  test("is not a leak where what grew is cleared in bulk, however rarely", () => {
    for (let period = 2; period <= 25; period++)
      for (let phase = 0; phase < period; phase++) {
        const samples = idle.map((sample, n) => {
          const grown = (n + phase) % period;
          return { ...sample, heap_bytes: 5e6 + 20_000 * grown, object_count: 1e4 + 300 * grown };
        });
        const falls = samples.some((sample, n) => sample.heap_bytes < (samples[n - 1]?.heap_bytes ?? 0));
        if (falls) expect(judgeLeak(samples, idle, 16).verdict).not.toBe("leak");
      }
  });

  test.each([10, 11, 12])("is not a leak where what grew is cleared once, after %d readings", (cleared) => {
    const samples = idle.map((sample, n) => {
      const grown = n < cleared ? n : n - cleared;
      return {
        ...{ ...sample, heap_bytes: 5e6 + 20_000 * grown, object_count: 1e4 + 300 * grown },
        types: sample.types && { Object: 300 * grown },
      };
    });
    expect(judgeLeak(samples, idle, 16).verdict).toBe("insufficient data");
  });

  test("is a leak for all that code is dropped meanwhile", () => {
    const samples = grow({ bytes: 25, objects: 1 }).map((sample) => ({
      ...sample,
      heap_bytes: sample.heap_bytes - (sample.calls === 600 ? 14_000 : 0),
    }));
    expect(judgeLeak(samples, idle, 16).verdict).toBe("leak");
  });

  test("is no pass for a heap that falls: it would hide a leak", () => {
    expect(judgeLeak(grow({ bytes: -100 }), idle, 16)).toMatchObject({
      verdict: "insufficient data",
      needed_calls: 2000,
    });
  });

  test("is no pass for a heap that falls late: it would hide a leak as well", () => {
    const samples = grow({ bytes: 26, objects: 1 }).map((sample, n) => ({
      ...sample,
      heap_bytes: sample.heap_bytes - (n >= 17 ? 3_500 : 0) - (n >= 22 ? 38_000 : 0),
    }));
    expect(judgeLeak(samples, idle, 16).verdict).toBe("insufficient data");
  });

  test("takes nothing off for a control that falls", () => {
    expect(judgeLeak(idle, grow({ bytes: -100, objects: -1 }), 16).verdict).toBe("no leak");
  });

  test("is not a leak where bytes grow and objects do not, nor is it a pass", () => {
    expect(judgeLeak(grow({ bytes: 50 }), idle, 16)).toMatchObject({
      verdict: "insufficient data",
      needed_calls: 2000,
    });
  });

  test("is not a leak where objects grow again that were fewer before", () => {
    const samples = grow({ bytes: 50 }).map((sample) => ({
      ...sample,
      object_count: Math.abs(sample.calls - 500),
    }));
    expect(judgeLeak(samples, idle, 16).verdict).toBe("insufficient data");
  });

  test("is not a leak where the types that grow all the time are the fewest of those that grow, nor is it a pass", () => {
    const samples = grow({ bytes: 80, objects: 1 }).map((sample) => ({
      ...sample,
      types: sample.types && { Object: sample.calls * 0.4, Array: Math.min(520, sample.calls) },
    }));
    expect(judgeLeak(samples, idle, 16).verdict).toBe("insufficient data");
  });

  test("is not a leak where no type of object grows all the time, nor is it a pass", () => {
    const samples = grow({ bytes: 80, objects: 1 }).map((sample) => ({
      ...sample,
      types: sample.types && {
        Object: 100 + Math.min(520, sample.calls),
        Array: 70 + Math.max(520, sample.calls),
      },
    }));
    expect(judgeLeak(samples, idle, 16)).toMatchObject({ verdict: "insufficient data", growing_types: [] });
  });

  test("is a leak only above the threshold", () => {
    expect(judgeLeak(grow({ bytes: 50, objects: 1 }), idle, 49).verdict).toBe("leak");
    expect(judgeLeak(grow({ bytes: 50, objects: 1 }), idle, 50).verdict).toBe("no leak");
  });

  test.each([0, 1, 2, 5, 18])(
    "of %d samples says how many calls it takes, and is never a pass",
    (readings) => {
      const { verdict, needed_calls } = judgeLeak(grow({ bytes: 500, objects: 1, readings }), idle, 16);
      expect(verdict).toBe("insufficient data");
      expect(needed_calls).toBeGreaterThanOrEqual(Math.max(20, 2 * 40 * (readings - 1)));
      expect(judgeLeak(grow({ readings }), idle, 16).verdict).toBe("insufficient data");
    },
  );

  test("that noise keeps open asks for as many calls as make the interval narrow enough", () => {
    const random = openRandom(3);
    const { verdict, needed_calls } = judgeLeak(
      grow({ bytes: 12, objects: 1, noise: () => 20_000 * random.fraction() }),
      idle,
      16,
    );
    expect(verdict).toBe("insufficient data");
    expect(needed_calls).toBeWithin(2000, 10_001);
  });
});

describe("a leak test", () => {
  const heap = (): Probe & { reads: number } => ({
    reads: 0,
    async read({ wait } = { wait: true }) {
      if (wait) this.reads += 1;
      return {
        heap_bytes: 1e6,
        object_count: 1e4,
        external_bytes: 0,
        rss_bytes: 1e8,
        settled: true,
      };
    },
    types: async () => ({ Object: 1 }),
  });
  const echo = (_: number, input: unknown) => input;
  const testCase = leakyCase("echo");
  const options = { testCase, calls: 100, mostCalls: 0, confirmCalls: 400, thresholdBytes: 16 };
  /** Tests what answers so. */
  const run = async (answer: Parameters<typeof fakeRuntime>[0], more: object = {}) => {
    using caller = openCaller(fakeRuntime(answer));
    return await runLeakTest({ ...options, caller, probe: heap(), ...more });
  };

  test("reads along with as many calls as it is told, evenly", async () => {
    const { samples, verdict } = await run(echo);
    expect(samples.map(({ calls }) => calls)).toEqual(Array.from({ length: 26 }, (_, n) => 4 * n));
    expect(samples.filter(({ types }) => types !== null)).toBeArrayOfSize(3);
    expect(verdict.verdict).toBe("no leak");
  });

  test("of too few calls is no pass", async () => {
    const { verdict } = await run(echo, { calls: 5 });
    expect(verdict).toMatchObject({ verdict: "insufficient data", needed_calls: 20 });
  });

  /** A heap that the calls made so far, and the readings, have an effect on. */
  const look = async (holds: (calls: number, readings: number) => Partial<MemoryReading>, more: object) => {
    let [made, read] = [0, 0];
    const count = (call: number, input: unknown) => {
      made = call;
      return input;
    };
    const probe: Probe = {
      read: async (how = { wait: true }) => {
        if (how.wait) read += 1;
        return { ...(await heap().read()), ...holds(made, read) };
      },
      types: async () => ({ Object: holds(made, read).object_count ?? 1 }),
    };
    const { samples, verdict } = await run(count, { probe, ...more });
    return [samples.at(-1)?.calls, verdict.verdict, verdict.needed_calls];
  };

  test("goes on, for as many calls as would do, where those before say too little", async () => {
    const until = (grown: number) => (calls: number) => ({ heap_bytes: 1e6 + 40 * Math.min(calls, grown) });
    expect(await look(until(350), {})).toEqual([100, "insufficient data", 200]);
    expect(await look(until(350), { mostCalls: 1000 })).toEqual([200, "no leak", null]);
    expect(await look(until(350), { mostCalls: 150 })).toEqual([150, "no leak", null]);
    expect(await look(until(550), { mostCalls: 1000 })).toEqual([400, "no leak", null]);
    expect(await look(until(550), { mostCalls: 200 })).toEqual([200, "insufficient data", 400]);
  });

  test("takes off what the readings leave behind, of which each call has less when more are made", async () => {
    const holds = (calls: number, readings: number) => ({
      heap_bytes: 1e6 + 40 * Math.min(calls, 350) + 400 * readings,
    });
    expect(await look(holds, {})).toEqual([100, "insufficient data", 200]);
    expect(await look(holds, { mostCalls: 1000 })).toEqual([200, "no leak", null]);
  });

  test("calls nothing a leak that more calls do not show again, such as a cache that fills", async () => {
    const keeps = (most: number) => (calls: number) => {
      const kept = Math.min(calls, most);
      return { heap_bytes: 1e6 + 64 * kept, object_count: 1e4 + kept };
    };
    expect(await look(keeps(360), { confirmCalls: 100 })).toEqual([100, "no leak", null]);
    expect(await look(keeps(560), {})).toEqual([400, "no leak", null]);
    expect(await look(keeps(1e6), {})).toEqual([400, "leak", null]);
  });

  test.each([
    ["fails", (call: number, input: unknown) => (call === 77 ? conflict() : input), /conflict: Cannot do it/],
    ["answers wrongly", (call: number, input: unknown) => (call === 77 ? {} : input), /it answered {} where/],
  ])("ends at a call that %s", async (_, answer, message) => {
    const test = run(answer);
    await expect(test).rejects.toBeInstanceOf(MeasurementError);
    await expect(test).rejects.toThrow(message);
  });
});

// The self check has all of them. A run is a process of its own, so that none sees what another left.
describe("in 1,000 calls, and as many again as it takes,", () => {
  const run = async (work: string, tool: string) => {
    const module = join(import.meta.dir, "../lib/benchmarks/self_check/leak_run.ts");
    const task: LeakRun = { work, tool, calls: 1000 };
    await using child = await openChild<LeakRunSays>(module, task, { env: keepingCode });
    return child.ready;
  };

  test.each([
    ["direct", "object_of_64_bytes"],
    ["direct", "event_listener"],
    ["http", "every_50th_call"],
  ])(
    "%s, the leak of %s is found at its true size",
    async (runtime, name) => {
      const truth = await run("truth", name);
      expect(truth.bytes).toBeGreaterThan(16);
      const { verdict, bytes } = await run(runtime, name);
      expect(verdict).toBe("leak");
      expect(bytes / truth.bytes).toBeWithin(0.85, 1.15);
    },
    60_000,
  );

  test.each([
    ["direct", "cache_of_700"],
    ["http", "pool_that_grows_once"],
    ["http", "lazy_initialisation"],
  ])(
    "%s, the clean tool %s is not taken for a leak",
    async (runtime, name) => {
      expect((await run(runtime, name)).verdict).not.toBe("leak");
    },
    60_000,
  );
});
