import { heapStats } from "bun:jsc";
import { describe, expect, test } from "bun:test";
import { MeasurementError } from "../lib/errors.ts";
import type { Case } from "../lib/measure/case.ts";
import { interleave } from "../lib/measure/interleave.ts";
import { openArm } from "../lib/measure/latency.ts";
import { median, summarize } from "../lib/measure/stats.ts";
import type { Reply, Runtime } from "../lib/runtimes/runtime.ts";
import { conflict, fakeRuntime } from "./fake_runtime.ts";

const echo: Case = {
  tool: "echo",
  branch: "a number",
  open: () => ({ prepare: (serial) => ({ input: { serial }, expect: { serial } }) }),
};

/** The samples of a case on a runtime. */
async function sample(runtime: Runtime, count: number, testCase = echo, now?: () => number) {
  return (await openArm(runtime, now).open(testCase)).sample(count);
}

/** Time that passes only when a test says so. */
function fakeClock() {
  let ns = 0;
  return {
    now: () => ns,
    pass(by: number) {
      ns += by;
    },
  };
}

describe("an arm", () => {
  test("takes exactly the samples asked for, in order, with the percentiles of an oracle, for n = 1 to 1000", async () => {
    for (const count of [1, 2, 3, 11, 12, 13, 16, 58, 59, 100, 298, 299, 1000]) {
      const clock = fakeClock();
      const due: number[] = [];
      const runtime = fakeRuntime((call, input) => {
        const ns = 1 + ((call * 7919) % 1009);
        due.push(ns);
        clock.pass(ns);
        return input;
      });
      const samples = await sample(runtime, count, echo, clock.now);
      expect(samples).toEqual(due.slice(-count));
      const sorted = due.slice(-count).sort((a, b) => a - b);
      expect(summarize(samples).p50_ms).toBe((sorted[Math.ceil(count / 2) - 1] ?? 0) / 1e6);
      expect(summarize(samples).max_ms).toBe((sorted.at(-1) ?? 0) / 1e6);
    }
  });

  test("times the call alone, not what prepares it and puts it back", async () => {
    const clock = fakeClock();
    const runtime = fakeRuntime((_, input) => {
      clock.pass(input === "call" ? 100 : 5_000);
      return {};
    });
    const costly: Case = {
      tool: "echo",
      branch: "between costly calls",
      open: (call) => ({
        async prepare() {
          await call("echo", "before");
          return { input: "call", expect: {}, restore: () => call("echo", "after") };
        },
      }),
    };
    expect(await sample(runtime, 4, costly, clock.now)).toEqual([100, 100, 100, 100]);
  });

  test("measures a known delay within 2 %", async () => {
    const spin = fakeRuntime((_, input) => {
      const end = Bun.nanoseconds() + 2e6;
      while (Bun.nanoseconds() < end);
      return input;
    });
    const samples = await sample(spin, 50);
    expect(Math.abs(median(samples) / 2e6 - 1)).toBeLessThan(0.02);
  });

  test("ends with the tool, the runtime and the error when call 37 fails", async () => {
    const runtime = fakeRuntime((call, input) => (call === 37 ? conflict() : input));
    const failure = new MeasurementError('Cannot measure "echo" on fake: conflict: Cannot do it: it is done');
    await expect(sample(runtime, 100)).rejects.toThrow(failure);
  });

  test("ends when an answer is not the one due", async () => {
    const runtime = fakeRuntime((call, input) => (call === 5 ? { serial: -1 } : input));
    await expect(sample(runtime, 100)).rejects.toThrow(
      'it answered {"serial":-1} where {"serial":5} was due',
    );
  });

  test.each([
    ["another runtime", { runtime: "other" }],
    ["another process", { pid: 1 }],
    ["a call that was not counted", { calls: 1 }],
  ])("ends when a reply came by %s", async (_, forged: Partial<Reply>) => {
    const honest = fakeRuntime((_, input) => input);
    let replies = 0;
    const runtime: Runtime = {
      ...honest,
      call: async (tool, input) => ({ ...(await honest.call(tool, input)), ...(++replies > 3 && forged) }),
    };
    await expect(sample(runtime, 10)).rejects.toThrow(/the reply came by .*, the call went to fake/);
  });

  test("ends when a call hangs", async () => {
    const never = new Promise(() => {});
    const arm = openArm(fakeRuntime((call, input) => (call === 3 ? never : input)));
    const work = arm.open(echo).then((series) => series.sample(10));
    await expect(arm.guard(work, 20)).rejects.toThrow(
      new MeasurementError('Cannot measure "echo" on fake: timeout: it has not answered within 20 ms'),
    );
  });

  test("keeps less than 1 KB for a sample", async () => {
    const series = await openArm(fakeRuntime((_, input) => input)).open(echo);
    const heapBytes = () => {
      Bun.gc(true);
      return heapStats().heapSize;
    };
    await series.sample(1000);
    const before = heapBytes();
    const samples = await series.sample(50_000);
    expect((heapBytes() - before) / samples.length).toBeLessThan(1024);
  });
});

describe("two arms interleaved", () => {
  const record = (log: string[], name: string) =>
    openArm(
      fakeRuntime((_, input) => {
        log.push(name);
        return input;
      }, name),
    );

  test.each([1, 2, 3, 7, 8, 100])("get %d samples each, in the order ABBAABBA", async (count) => {
    const log: string[] = [];
    const [a, b] = await interleave([record(log, "a"), record(log, "b")], echo, count);
    expect([a.flat().length, b.flat().length]).toEqual([count, count]);
    expect([a.length, b.length]).toEqual([4, 4]);
    if (count < 8) return;
    const untimed = 2 + 2 * Math.min(50, 2 * count);
    const turns = log.slice(untimed).join("").match(/a+|b+/g) ?? [];
    expect(turns.map((turn) => turn[0]).join("")).toBe("ababa");
  });

  test("are refused when their answers differ in more than times", async () => {
    const one = openArm(fakeRuntime(() => ({ status: "queued", submitted_at: "now" }), "one"));
    const other = openArm(fakeRuntime(() => ({ status: "running", submitted_at: "then" }), "other"));
    const same = openArm(fakeRuntime(() => ({ status: "queued", submitted_at: "later" }), "same"));
    const any: Case = {
      tool: "any",
      branch: "any",
      open: () => ({ prepare: () => ({ input: {}, expect: {} }) }),
    };
    await expect(interleave([one, other], any, 4)).rejects.toThrow(
      /Cannot compare "any": one answered .*queued.*running/,
    );
    expect(await interleave([one, same], any, 4)).toBeArrayOfSize(2);
  });
});
