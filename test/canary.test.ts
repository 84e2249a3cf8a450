import { describe, expect, test } from "bun:test";
import { tableOfCanaries } from "../lib/canaries.ts";
import { lookForCanaries, type Sighting } from "../lib/measure/canary.ts";
import { runClosedLoop } from "../lib/measure/closed_loop.ts";
import type { Clock, DelaySeen } from "../lib/measure/known_delay.ts";
import { countErrors } from "../lib/measure/known_errors.ts";
import { openRandom } from "../lib/random.ts";
import { answers } from "../lib/report/answers.ts";
import { renderAnswers, renderResult } from "../lib/report/terminal.ts";
import { readCanary } from "../lib/result/canary_table.ts";
import { withDoubt } from "../lib/result/doubt.ts";
import { mergeResults } from "../lib/result/merge.ts";
import { recompute } from "../lib/result/recompute.ts";
import { faultOfResult, type Result } from "../lib/result/result.ts";
import { sampleLatency, sampleMemory } from "./sample_results.ts";

/** A clock on which work takes 3 us, as an instrument shows it. */
function fakeClock(shown = (ns: number) => ns): Clock {
  let ns = 0;
  return {
    now: () => shown(ns),
    work() {
      ns += 3_000;
    },
  };
}

const asked = { random: openRandom(1), maxMs: 0 };
const lookForDelay = async (clock?: Clock) =>
  (await lookForCanaries({ ...asked, canaries: ["delay"], ...(clock && { clock }) })).delay;

describe("a known delay", () => {
  test("is found to be what it is, in each visit", async () => {
    const { percent, visits, calls } = (await lookForDelay(fakeClock())) ?? {};
    expect(percent).toBeCloseTo(10, 9);
    expect(visits?.map((one) => one?.toFixed(9))).toEqual(new Array(16).fill("10.000000000"));
    expect(calls).toBe(2 * 4 * 16);
  });

  test("is not measured on a clock of milliseconds, and too small on one that counts 30 us more", async () => {
    expect(await lookForDelay(fakeClock((ns) => Math.floor(ns / 1e6) * 1e6))).toMatchObject({
      percent: null,
    });
    let readings = 0;
    const slow = fakeClock((ns) => ns + 30_000 * readings++);
    expect((await lookForDelay(slow))?.percent).toBeCloseTo(5, 9);
  });

  test("is real work where no clock is handed in", async () => {
    const { delay, errors } = await lookForCanaries({ ...asked, canaries: ["delay"] });
    expect(delay?.visits).toBeArrayOfSize(16);
    expect(errors).toBeNull();
  });
});

describe("known errors", () => {
  test("are counted by every load, and no others", async () => {
    const { errors, delay } = await lookForCanaries({ ...asked, canaries: ["errors"] });
    expect({ errors, delay }).toEqual({ errors: { percent: 12.5, calls: 400 }, delay: null });
  });

  test("are missed by a load that leaves calls out, though another counts them", async () => {
    const { percent } = await countErrors([
      (load) => runClosedLoop({ ...load, concurrency: 10 }),
      (load) => runClosedLoop({ ...load, concurrency: 10, plan: load.plan.slice(0, 100) }),
    ]);
    expect(percent).toBe(6);
  });
});

const delayOf = (percent: number | null, visits: DelaySeen["visits"] = [percent]): Sighting => ({
  delay: { percent, visits, calls: 96 },
  errors: null,
});
const errorsOf = (percent: number): Sighting => ({ delay: null, errors: { percent, calls: 400 } });
const found = (...sightings: Sighting[]) =>
  tableOfCanaries(sightings)
    .rows.map(readCanary)
    .map(({ canary, status, found_percent: seen, calls }) => [
      canary,
      status,
      seen?.per_round ?? null,
      calls,
    ]);

describe("a run", () => {
  test("has found a delay when its jobs show it at its size", () => {
    const jobs = [9.8, 10.1, 9.9, 10, 10.3];
    expect(found(...jobs.map((percent) => delayOf(percent)))).toEqual([["a delay", "found", jobs, 480]]);
  });

  test.each<[string, (number | null)[]]>([
    ["is too small", [6, 6.2, 6.1, 6.3, 6]],
    ["is too large", [14, 14.2, 14.1, 14.3, 14]],
    ["may be none", [-30, 70, -15, 45, 10]],
  ])("has not found one that %s", (_, jobs) => {
    expect(found(...jobs.map((percent) => delayOf(percent)))).toEqual([
      ["a delay", "not found", jobs.filter((one) => one !== null), 480],
    ]);
  });

  test("has not found what one job could not measure", () => {
    const jobs = [10, 10, null, 10, 10].map((percent) => delayOf(percent));
    expect(found(...jobs)).toEqual([["a delay", "not found", null, 480]]);
  });

  test("of one job goes by its visits, and wants no more rounds for that", () => {
    const visits = [9.5, 10.5, 10, 9.8, 10.2, 9.9];
    expect(found(delayOf(10, visits))).toEqual([["a delay", "found", visits, 96]]);
  });

  test("has found errors when every job counted them all", () => {
    expect(found(errorsOf(12.5), errorsOf(12.5))).toEqual([["errors", "found", null, 800]]);
    expect(found(errorsOf(12.5), errorsOf(12), errorsOf(12.5))).toEqual([
      ["errors", "not found", null, 1200],
    ]);
  });
});

const seen = tableOfCanaries([9.8, 10.1, 9.9, 10, 10.3].map((percent) => delayOf(percent)));
const unseen = tableOfCanaries([3, 3.2, 3.1, 2.9, 2.8].map((percent) => delayOf(percent)));

/** A result with these canaries, judged by them. */
function judgedBy(canaries: typeof seen, result: Result = sampleLatency): Result {
  return { ...result, ...withDoubt({ ...result, tables: [...result.tables, canaries] }) };
}

describe("a result whose run did not find a known delay", () => {
  const doubted = judgedBy(unseen);
  const doubt = "this machine cannot see it now: of a delay of 10 % it shows 3.0 (2.8 to 3.2) %";

  test("is in doubt as well where nothing was looked for, and refused when it leaves that out", () => {
    const { criteria } = judgedBy(tableOfCanaries([]));
    expect(criteria.map(({ status, doubt }) => [status, doubt])).toEqual(
      sampleLatency.criteria.map(() => ["inconclusive", "nothing that is known was looked for"]),
    );
    const sure = { ...sampleLatency, tables: [...sampleLatency.tables, tableOfCanaries([])] };
    expect(faultOfResult(sure)).toBe("criteria[0].doubt is missing, and a canary was not found");
  });

  test("has no verdict on times, and says why with the figure", () => {
    expect(doubted.criteria.map(({ status }) => status)).toEqual(["inconclusive", "inconclusive"]);
    const statuses = doubted.tables[0]?.rows.map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([null, "inconclusive"]));
    const [saving, counted] = answers(doubted);
    expect(saving?.status).toBe("inconclusive");
    expect(saving?.sentence).toEndWith(`; ${doubt}.`);
    expect(counted?.sentence).toEndWith(`0 miss it, and 6 are inconclusive; ${doubt}.`);
    for (const shown of [renderAnswers(doubted), renderResult(doubted)]) expect(shown).toContain(doubt);
  });

  test.each(["bytes", "bytes_per_call"])("keeps the verdicts that hang on no clock, in %s", (unit) => {
    const bytes = { ...sampleLatency.criteria[0], unit, over: undefined } as const;
    const { criteria } = withDoubt({
      criteria: [JSON.parse(JSON.stringify({ ...bytes, status: "met" }))],
      tables: [unseen],
    });
    expect(criteria[0]).toMatchObject({ status: "met" });
    expect(criteria[0]).not.toHaveProperty("doubt");
  });

  test("is sound, and all of it follows; so is one that found it", () => {
    for (const result of [doubted, judgedBy(seen)])
      expect([faultOfResult(result), recompute(result)]).toEqual([null, []]);
    expect(judgedBy(seen).criteria).toEqual(sampleLatency.criteria);
  });

  test.each<[string, (result: Result) => void, string]>([
    [
      "a verdict without the doubt",
      ({ criteria }) => Object.assign(criteria[0] ?? {}, { status: "met", doubt: undefined }),
      "criteria[0].doubt is missing, and a canary was not found",
    ],
    [
      "a verdict in spite of the doubt",
      ({ criteria }) => Object.assign(criteria[0] ?? {}, { status: "met" }),
      "criteria[0].status is met, and in doubt",
    ],
    [
      "a row's verdict in spite of the doubt",
      ({ tables }) => Object.assign(tables[0]?.rows[0] ?? {}, { status: "met" }),
      'table "tools", row 1 (workflow_submit, direct), column "status": it is met, and in doubt',
    ],
    [
      "a family without the doubt",
      ({ tables }) => delete tables[0]?.family?.doubt,
      'table "tools", its family: doubt is missing, and a canary was not found',
    ],
    [
      "a canary that was found after all",
      ({ tables }) => Object.assign(tables[1]?.rows[0] ?? {}, { status: "found" }),
      'table "canaries", row 1 (a delay), column "status": it is found, and its figure is not',
    ],
  ])("is not sound with %s", (_, edit, fault) => {
    const edited: Result = JSON.parse(JSON.stringify(doubted));
    edit(edited);
    expect(faultOfResult(JSON.parse(JSON.stringify(edited)))).toBe(fault);
  });

  test("does not follow where a job's figure was changed", () => {
    const edited: Result = JSON.parse(JSON.stringify(doubted));
    Object(edited.tables[1]?.rows[0]?.found_percent).per_round[0] = 2.9;
    expect(recompute(edited)[0]).toStartWith('table "canaries", row 1 (a delay), column "found_percent": ');
  });
});

describe("merged shards", () => {
  const tools = ["workflow_submit", "task_submit"];
  const shard = (tool: string, canaries: typeof seen) => {
    const [table] = sampleLatency.tables;
    if (!table) throw new Error("there is a table");
    const rows = table.rows.filter(({ tool_name }) => tool_name === tool);
    const own: Result = { ...sampleLatency, criteria: [], tables: [{ ...table, rows }] };
    return { name: `${tool}.json`, result: judgedBy(canaries, own) };
  };
  const merge = (...canaries: (typeof seen)[]) =>
    mergeResults(
      canaries.map((one, n) => shard(tools[n] ?? "", one)),
      "all.json",
      { force: false },
    );

  test("have found a delay when all of them have, over all jobs", () => {
    const merged = merge(seen, seen);
    expect(merged.tables[1]?.rows.map(readCanary)).toMatchObject([{ status: "found", calls: 960 }]);
    expect(Object(merged.tables[1]?.rows[0]?.found_percent).per_round).toBeArrayOfSize(10);
    expect(merged.tables[0]?.rows.some(({ status }) => status === "met")).toBe(true);
  });

  test("have no verdict on times when one of them has not, though all together have", () => {
    const low = tableOfCanaries([6, 6.2, 6.1, 5.9, 6].map((percent) => delayOf(percent)));
    for (const merged of [merge(seen, low), merge(low, seen)]) {
      expect(merged.tables[1]?.rows.map(readCanary)).toMatchObject([{ status: "not found" }]);
      expect(merged.tables[0]?.rows.some(({ status }) => status === "met" || status === "missed")).toBe(
        false,
      );
      expect(faultOfResult(merged)).toBeNull();
    }
  });

  test("are those of a benchmark without a clock as before", () => {
    expect(withDoubt(sampleMemory)).toEqual({ criteria: sampleMemory.criteria, tables: sampleMemory.tables });
  });
});
