import { describe, expect, test } from "bun:test";
import type { Witnessed } from "../lib/job.ts";
import { auditNoise, auditStrays, sumUpNoise } from "../lib/witnesses.ts";

/** A job of a second on two cores, of which others took so many milliseconds, and the host so many. */
function job({ othersMs = 0, stolenMs = 0, refused = 0, cores = [0, 1] } = {}): Witnessed {
  return {
    pinned: { mode: "same", cores, threads: 10, refused },
    noise: {
      ...{ elapsedMs: 1_000, coreMs: 2_000, ranMs: 600, busyMs: 600 + othersMs, stolenMs },
      ...{ waitedMs: 200, involuntarySwitches: 30 },
    },
  };
}

describe("what a run saw of others", () => {
  test("is the sum over its jobs, as shares of all their time", () => {
    expect(sumUpNoise([job({ othersMs: 200, refused: 1 }), job({ stolenMs: 100, cores: [3, 1] })])).toEqual({
      ...{ pin: "same", cores: [0, 1, 3], threads: 20, refused: 1 },
      // Of 4,000 ms of cores others had 200 and the host 100; threads waited 400 ms and ran 1,200.
      ...{ others_percent: 5, stolen_percent: 2.5, waited_percent: 25, involuntary_switches_per_s: 30 },
    });
  });

  test("is not known where the system does not tell, and nothing where nobody watched", () => {
    const unseen = { ...job(), noise: null };
    expect(sumUpNoise([unseen])).toMatchObject({ others_percent: null, involuntary_switches_per_s: null });
    expect([sumUpNoise([]), auditNoise(null), auditNoise(sumUpNoise([unseen]))]).toEqual([null, [], []]);
  });

  test.each([
    [{ othersMs: 400 }, ["passed", "passed"]],
    [{ othersMs: 402 }, ["suspect", "passed"]],
    [{ othersMs: 300, stolenMs: 102 }, ["suspect", "passed"]],
    [{ refused: 1 }, ["passed", "suspect"]],
  ] as const)("makes of %j that its cores and its threads are %j", (seen, statuses) => {
    expect(auditNoise(sumUpNoise([job(seen)])).map(({ status }) => status)).toEqual([...statuses]);
  });

  test("has what was thrown outside of calls, how often and first", () => {
    expect(auditStrays([]).status).toBe("passed");
    expect(auditStrays([{ stray: "Error: one" }, { stray: "Error: two" }])).toMatchObject({
      status: "suspect",
      detail: "2 times, the first was Error: one",
    });
  });
});
