import { describe, expect, test } from "bun:test";
import { conflict, costlyEcho, echo, fakeRuntime } from "../lib/benchmarks/self_check/fake_runtime.ts";
import type { Case } from "../lib/case.ts";
import { MeasurementError } from "../lib/errors.ts";
import { openCaller, shareCalls } from "../lib/measure/caller.ts";
import { openProof } from "../lib/measure/proof.ts";
import type { Reply, Runtime } from "../lib/runtimes/runtime.ts";

/** Makes calls of a case one at a time, and holds the counters of all replies against them. */
async function attempt(runtime: Runtime, count: number, testCase: Case = echo, timeoutMs = 30_000) {
  using caller = openCaller(runtime, { timeoutMs });
  const series = await caller.open(testCase);
  const outputs: unknown[] = [];
  for (let n = 0; n < count; n++) outputs.push((await series.attempt()).output);
  await series.close();
  caller.conclude();
  return outputs;
}

/** A runtime whose replies are forged from the fourth on. */
function forged(runtime: Runtime, change: Partial<Reply>): Runtime {
  let replies = 0;
  return {
    ...runtime,
    call: async (tool, input) => ({ ...(await runtime.call(tool, input)), ...(++replies > 3 && change) }),
  };
}

describe("a caller", () => {
  test("answers what its runtime does, call after call", async () => {
    expect(
      await attempt(
        fakeRuntime((_, input) => input),
        3,
      ),
    ).toEqual([1, 2, 3].map((serial) => ({ serial })));
  });

  test("gives every case and trial a number of its own, with all that share its runtime", async () => {
    const runtime = fakeRuntime((_, input) => input);
    const shared = shareCalls();
    const serials: unknown[] = [];
    for (let n = 0; n < 2; n++) {
      using caller = openCaller(runtime, { shared });
      for (const series of [await caller.open(echo), await caller.open(echo)])
        for (let trial = 0; trial < 2; trial++) serials.push(Object((await series.attempt()).output).serial);
    }
    expect(new Set(serials).size).toBe(8);
  });

  test("proves the path of all calls of a runtime that its callers share", async () => {
    const runtime = fakeRuntime((_, input) => input);
    const shared = shareCalls();
    const callers = [openCaller(runtime, { shared }), openCaller(runtime, { shared })];
    for (let n = 0; n < 3; n++) for (const caller of callers) await (await caller.open(echo)).attempt();
    for (const caller of callers) caller.conclude();
    const alone = callers.map(() => openCaller(runtime));
    for (let n = 0; n < 3; n++) for (const caller of alone) await (await caller.open(echo)).attempt();
    expect(() => alone[0]?.conclude()).toThrow(/^Cannot measure fake: 3 calls went to fake/);
  });

  test("ends with the tool, the runtime and the error of a call that fails", async () => {
    const runtime = fakeRuntime((call, input) => (call === 3 ? conflict() : input));
    await expect(attempt(runtime, 10)).rejects.toThrow(
      new MeasurementError('Cannot measure "echo" on fake: conflict: Cannot do it: it is done'),
    );
  });

  test("ends with the error of what is no tool's", async () => {
    const runtime = fakeRuntime(() => {
      throw new TypeError("no such thing");
    });
    await expect(attempt(runtime, 1)).rejects.toThrow(
      new MeasurementError('Cannot measure "echo" on fake: TypeError: no such thing'),
    );
  });

  test.each([
    ["prepares", 1, "before"],
    ["puts back", 3, "after"],
  ])("ends with the error of a call that only %s", async (_, failing) => {
    const runtime = fakeRuntime((call) => (call === failing ? conflict() : {}));
    await expect(attempt(runtime, 1, costlyEcho)).rejects.toThrow(
      new MeasurementError(
        'Cannot measure "echo" on fake: "echo" before or after it: conflict: Cannot do it: it is done',
      ),
    );
  });

  test("puts back what each call changed before it makes the next", async () => {
    const inputs: unknown[] = [];
    const runtime = fakeRuntime((_, input) => {
      inputs.push(input);
      return {};
    });
    await attempt(runtime, 2, costlyEcho);
    expect(inputs).toEqual(["before", "call", "after", "before", "call", "after"]);
  });

  test("ends when an answer is not the one due", async () => {
    const runtime = fakeRuntime((call, input) => (call === 5 ? { serial: -1 } : input));
    await expect(attempt(runtime, 10)).rejects.toThrow(
      'Cannot measure "echo" on fake: it answered { serial: -1 } where { serial: 5 } was due',
    );
  });

  test("holds an answer against what is due while no other call is under way, unless one is", async () => {
    const alone: Case = {
      ...echo,
      open: () => ({ prepare: () => ({ input: { queued: 1 }, expect: {}, alone: { queued: 0 } }) }),
    };
    const runtime = fakeRuntime((_, input) => input);
    await expect(attempt(runtime, 1, alone)).rejects.toThrow(
      "it answered { queued: 1 } where { queued: 0 } was",
    );
    using caller = openCaller(runtime);
    const series = await caller.open(alone);
    expect((await series.make(await series.prepare())).fault).toBeNull();
  });

  test("takes an answer whose error is null for a right one", async () => {
    await attempt(
      fakeRuntime((_, input) => ({ ...Object(input), error: null })),
      3,
    );
  });

  test("shows an answer that JSON cannot carry where another was due", async () => {
    const serial = { count: 5n, by: new Map([["self", 1]]) };
    await expect(
      attempt(
        fakeRuntime(() => ({ serial })),
        1,
      ),
    ).rejects.toThrow(
      'it answered { serial: { count: 5n, by: Map(1) { "self": 1 } } } where { serial: 1 } was due',
    );
  });

  test.each([{ success: false }, { error: "boom" }])(
    "takes an answer that holds %j for a wrong one",
    async (confession) => {
      const runtime = fakeRuntime((_, input) => ({ ...Object(input), ...confession }));
      await expect(attempt(runtime, 3)).rejects.toThrow(
        /^Cannot measure "echo" on fake: it answered .* where .* was due$/,
      );
    },
  );

  test("ends when a call hangs, or one that prepares", async () => {
    const never = new Promise(() => {});
    const runtime = (hanging: number) => fakeRuntime((call, input) => (call === hanging ? never : input));
    const late = "timeout: Cannot wait any longer: no answer came within 20 ms";
    await expect(attempt(runtime(3), 10, echo, 20)).rejects.toThrow(
      new MeasurementError(`Cannot measure "echo" on fake: ${late}`),
    );
    await expect(attempt(runtime(1), 10, costlyEcho, 20)).rejects.toThrow(
      new MeasurementError(`Cannot measure "echo" on fake: "echo" before or after it: ${late}`),
    );
  });
});

describe("the path of a call", () => {
  test.each([
    ["another runtime", { runtime: "other" }],
    ["another process", { pid: 1 }],
  ])("is wrong when the reply came by %s", async (_, change) => {
    const runtime = forged(
      fakeRuntime((_, input) => input),
      change,
    );
    await expect(attempt(runtime, 10)).rejects.toThrow(
      /^Cannot measure "echo" on fake: the reply came by .*, the call went to fake, process \d+$/,
    );
  });

  test("is wrong when the counters of all replies do not fit the calls", async () => {
    const runtime = forged(
      fakeRuntime((_, input) => input),
      { calls: 1 },
    );
    await expect(attempt(runtime, 10)).rejects.toThrow(
      /^Cannot measure fake: 10 calls went to fake, process \d+, and 10 replies count from 1 to 3$/,
    );
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
    await attempt(router, 3);
    await attempt(router, 3, { ...echo, tool: "general" });
    await expect(attempt({ ...router, route: () => other }, 3)).rejects.toThrow(
      'Cannot measure "echo" on router: the reply came by one, ',
    );
  });
});

describe("a proof", () => {
  const counted = (counts: readonly number[]) => {
    const proof = openProof(fakeRuntime(() => ({})));
    for (const calls of counts) {
      proof.issue();
      proof.accept({ output: {}, runtime: "fake", pid: process.pid, calls });
    }
    return proof.conclude();
  };

  test.each([
    ["never moves", [1, 1, 1, 1]],
    ["moves every other time", [1, 1, 2, 2]],
    ["has the right span and sum", [1, 1, 4, 4]],
    ["skips one", [1, 2, 4, 5]],
  ])("is none by a counter that %s", (_, counts) => {
    expect(counted(counts)).toMatch(/^4 calls went to fake, process \d+, and 4 replies count from 1 to \d$/);
  });

  test.each([1, 200_000, 580_000, 2 ** 31 - 2, 2 ** 45])("is a counter that goes on from %d", (from) => {
    const counts = Array.from({ length: 20_000 }, (_, n) => from + n);
    expect(counted(counts.toReversed())).toBeNull();
    expect(counted(counts.with(7, from + 8))).toMatch(/^20000 calls went to fake/);
  });

  test("leaves room for calls that failed, which no reply counts", () => {
    const proof = openProof(fakeRuntime(() => ({})));
    const reply = (calls: number) => proof.accept({ output: {}, runtime: "fake", pid: process.pid, calls });
    for (let n = 0; n < 4; n++) proof.issue();
    for (const calls of [2, 4]) expect(reply(calls)).toBeNull();
    expect(proof.conclude()).toBeNull();
    reply(9);
    expect(proof.conclude()).toMatch(/^4 calls went to fake, process \d+, and 3 replies count from 2 to 9$/);
  });
});
