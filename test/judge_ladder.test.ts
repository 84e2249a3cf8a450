import { describe, expect, test } from "bun:test";
import { z } from "zod";
import { askedOf } from "../lib/benchmarks/path_ladder/asked.ts";
import { jobsOf } from "../lib/benchmarks/path_ladder/jobs.ts";
import { judgeLadder } from "../lib/benchmarks/path_ladder/judge.ts";
import { type Given, ladderOptions } from "../lib/benchmarks/path_ladder/options.ts";
import type { Finds, Said, Work } from "../lib/benchmarks/path_ladder/said.ts";
import type { Findings } from "../lib/experiment.ts";
import { estimateSchema } from "../lib/judge/shapes.ts";
import { faultOfTables } from "../lib/result/check_table.ts";
import { baseOf } from "../lib/runtimes/rungs.ts";

const tool = "queue_stats";
const usual = { runtimes: "direct,json,handle,http,mcp-memory,mcp-http", tool: [tool], iterations: 8 };
const given = (more: object = {}): Given => ladderOptions.parse({ ...usual, rounds: 4, cold: 0, ...more });

/** What each way adds to its base, in nanoseconds; the ground is what it takes by itself. */
const adds: Readonly<Record<string, number>> = {
  ...{ direct: 1_000, json: 500, handle: 4_000, http: 35_000 },
  ...{ "mcp-memory": 20_000, "mcp-http": 90_000 },
};

interface Truth {
  /** What a way adds to its base, where those two take turns alone. */
  adds(way: string, round: number): number;
  /** What it takes among all, if that is not what its branch adds up to; of each visit of a round. */
  takes?(way: string, sum: number, visit: number): number;
}

const plain: Truth = { adds: (way, round) => (adds[way] ?? 0) * (1 + 0.01 * round) };

/** What rounds of two visits say in which calls take just that. */
function climb(
  { runtimes, rounds = 0, iterations }: Given,
  truth: Truth,
  { kind = "tools", of = tool }: { kind?: Work["kind"]; of?: string } = {},
): Finds[number][] {
  const sumOf = (way: (typeof runtimes)[number], round: number): number => {
    const base = baseOf(way, runtimes);
    return truth.adds(way.runtime, round) + (base ? sumOf(base, round) : 0);
  };
  const blocks = (ns: number) => [0, 1].map(() => new Array<number>(iterations / 4).fill(ns));
  return Array.from({ length: rounds * 2 }, (_, n) => {
    const [round, visit] = [n >> 1, n % 2];
    const said: Said = {
      ...{ kind: "visited", of, branch: "made up" },
      all: runtimes.map((way) => {
        const sum = sumOf(way, round);
        return blocks(truth.takes?.(way.runtime, sum, visit) ?? sum);
      }),
      pairs: runtimes.map((way) => {
        const base = baseOf(way, runtimes);
        if (!base) return null;
        return { candidate: blocks(sumOf(way, round)), reference: blocks(sumOf(base, round)) };
      }),
    };
    return { job: { round, kind }, said, atMs: n };
  });
}

const row = z.looseObject({ tool_name: z.string(), runtime: z.string(), base: z.string().nullable() });
const figures = { added_ms: estimateSchema.nullable(), total_ms: estimateSchema.nullable() };
const ladderRow = row.extend({ ...figures, calls_per_s: estimateSchema });

function rowsOf<Row>({ tables }: Findings, name: string, shape: z.ZodType<Row>): Row[] {
  expect(faultOfTables(tables)).toBeNull();
  return z.array(shape).parse(tables.find((table) => table.name === name)?.rows ?? []);
}

const ladder = (findings: Findings) => rowsOf(findings, "ladder", ladderRow);
const checkOf = ({ audit }: Findings, name: string) => audit.find(({ check }) => check === name);
const worst = ({ audit }: Findings) =>
  audit.filter(({ status }) => status !== "passed").map(({ check, status }) => [check, status]);

describe("the ladder of a tool", () => {
  const findings = judgeLadder(climb(given(), plain), given());

  test("tells what each way adds to the one it is built upon, and to the ground", () => {
    for (const { runtime, base, added_ms, total_ms } of ladder(findings)) {
      expect(base).toBe(baseOf({ name: runtime, runtime }, given().runtimes)?.name ?? null);
      if (runtime === "direct") {
        expect([added_ms, total_ms]).toEqual([null, null]);
        continue;
      }
      expect(added_ms?.per_round?.[0]).toBeCloseTo((adds[runtime] ?? 0) / 1e6, 9);
      // Rounds grow by a hundredth: the mean of four is 1.015 times the first.
      expect(added_ms?.estimate).toBeCloseTo(((adds[runtime] ?? 0) / 1e6) * 1.015, 9);
      expect(added_ms?.low).toBeLessThan(added_ms?.estimate ?? 0);
    }
    const total = ladder(findings).find(({ runtime }) => runtime === "mcp-http")?.total_ms;
    expect(total?.per_round?.[0]).toBeCloseTo(0.1295, 9);
  });

  test("is whole, and says so", () => {
    expect(worst(findings)).toEqual([]);
    expect(checkOf(findings, "steps add up")?.detail).toContain("the furthest off is queue_stats on ");
  });

  test("is judged by what the top of each branch adds, as a share of a model's turn", () => {
    expect(findings.criteria.map(({ about, status, target }) => [about.runtime, status, target])).toEqual([
      ["mcp-memory", "met", 5],
      ["mcp-http", "met", 5],
    ]);
    const strict = given({ turn: 10 });
    expect(judgeLadder(climb(strict, plain), strict).criteria.map(({ status }) => status)).toEqual([
      "met",
      "missed",
    ]);
    expect(findings.tables.at(-1)?.notes.at(-1)).toMatch(
      /^mcp-http adds 131 \(\d+ to \d+\) µs to a call, 0\.03 % of a model turn of 500 ms\.$/,
    );
  });

  test("tells calls per second, one at a time", () => {
    const [direct] = ladder(findings);
    expect(direct?.calls_per_s.per_round?.[0]).toBeCloseTo(1e6, 6);
  });

  test("shows the bytes of those that have a wire", () => {
    const wired: Finds[number] = {
      job: { round: 0, kind: "tools" },
      said: { kind: "wired", of: tool, runtime: "http", sentBytes: 200, receivedBytes: 300 },
      atMs: 0,
    };
    const rows = ladder(judgeLadder([...climb(given(), plain), wired], given()));
    const bytes = rows.map(({ sent_bytes, received_bytes }) => [sent_bytes, received_bytes]);
    expect(bytes).toEqual([1, 2, 3, 4, 5, 6].map((n) => (n === 4 ? [200, 300] : [null, null])));
  });

  test("has no step and no criterion on one way alone", () => {
    const alone = given({ runtimes: "mcp-http" });
    const found = judgeLadder(climb(alone, { adds: () => 9_000 }), alone);
    expect(found.criteria).toEqual([]);
    expect(ladder(found).map(({ base, added_ms }) => [base, added_ms])).toEqual([[null, null]]);
    expect(worst(found)).toEqual([]);
  });

  test("says which steps are not told from nothing", () => {
    const swinging: Truth = {
      adds: (way, round) => (way === "json" ? (round - 1) * 500 : (adds[way] ?? 0)),
    };
    const { tables } = judgeLadder(climb(given(), swinging), given());
    expect(tables.at(-1)?.notes).toContain(
      "No more than an A/A control shows is what these add: queue_stats on json.",
    );
    expect(findings.tables.at(-1)?.notes.join(" ")).not.toContain("No more than");
  });
});

describe("the audit of a ladder", () => {
  const judge = (truth: Truth) => judgeLadder(climb(given(), truth), given());

  test("is suspect where the steps of a branch do not add up to its top", () => {
    const off = judge({ ...plain, takes: (way, sum) => (way === "mcp-http" ? sum * 1.3 : sum) });
    expect(worst(off)).toEqual([["steps add up", "suspect"]]);
    expect(checkOf(off, "steps add up")?.detail).toEndWith("; not so: queue_stats on mcp-http by -23.1 %");
  });

  test("is suspect where a step in the middle of a branch is another one among all", () => {
    const off = judge({ ...plain, takes: (_, sum) => (sum > 30_000 ? sum + 60_000 : sum) });
    expect(worst(off)).toEqual([["steps add up", "suspect"]]);
  });

  test("lets pass what neighbours make of a call", () => {
    const near = judge({ ...plain, takes: (way, sum) => (way === "mcp-http" ? sum * 1.08 : sum) });
    expect(worst(near)).toEqual([]);
  });

  test("suspects ways that get faster while they are timed", () => {
    const cold = judge({
      ...plain,
      takes: (way, sum, visit) => (way === "mcp-memory" && visit ? sum * 0.7 : sum),
    });
    expect(checkOf(cold, "both ends were warm")).toMatchObject({ status: "suspect" });
    expect(checkOf(cold, "both ends were warm")?.detail).toEndWith(
      "not so: queue_stats on mcp-memory by 30 %",
    );
  });

  test("fails while a call has too few samples, or none", () => {
    const found = climb(given(), plain);
    expect(worst(judgeLadder(found.slice(1), given()))).toContainEqual(["sample count", "failed"]);
    expect(worst(judgeLadder([], given()))).toContainEqual(["sample count", "failed"]);
  });
});

describe("payloads", () => {
  const asked = given({ tool: undefined, payload: "1KB,100KB", runtimes: "direct,mcp-memory,http" });
  /** The time of http grows with the text; that of the others does not. */
  const carry = (of: string, perCall: number) =>
    climb(asked, { adds: (way) => (way === "http" ? perCall : (adds[way] ?? 0)) }, { kind: "payload", of });
  const findings = judgeLadder([...carry("1KB", 10_000), ...carry("100KB", 1_000_000)], asked);

  test("have a row for each way, and none that carries nothing asks for", () => {
    const rows = rowsOf(findings, "payloads", z.looseObject({ payload: z.string(), payload_bytes: z.int() }));
    expect(rows.map(({ payload, payload_bytes }) => [payload, payload_bytes])).toEqual([
      ...[1, 2, 3].map(() => ["1KB", 1_000]),
      ...[1, 2, 3].map(() => ["100KB", 100_000]),
    ]);
    expect(findings.tables.map(({ name }) => name)).toEqual(["payloads", "crossings"]);
  });

  test("show where two ways cross", () => {
    const crossing = z.looseObject({ below: z.string(), above: z.string(), at_bytes: estimateSchema });
    const rows = rowsOf(findings, "crossings", crossing);
    expect(rows.map(({ below, above }) => [below, above])).toEqual([["http", "mcp-memory"]]);
    expect(rows[0]?.at_bytes.estimate).toBeWithin(1_000, 100_000);
  });

  test("are judged by the largest of them", () => {
    expect(findings.criteria.map(({ id, about, status }) => [id, about.runtime, status])).toEqual([
      ["carried", "mcp-memory", "met"],
      ["carried", "http", "met"],
    ]);
    expect(findings.criteria[0]?.name).toContain("a call that carries 100KB");
  });
});

describe("registered tools", () => {
  const asked = given({ tool: undefined, registered: "1,26,101", runtimes: "http,mcp-http" });
  /** Each of three hosts of a way has so many tools. */
  const serve = (of: string, perTool: number): Finds[number][] =>
    [0, 1, 2, 3].map((round) => ({
      job: { round, kind: "registered" },
      said: {
        ...{ kind: "visited", of, branch: "made up", pairs: [null, null, null] },
        all: [1, 26, 101].map((tools) =>
          [0, 1].map(() => new Array(4).fill(50_000 + tools * perTool + round)),
        ),
      },
      atMs: round,
    }));
  const findings = judgeLadder([...serve("http", 0), ...serve("mcp-http", 2_000)], asked);

  test("are told by what each of them adds to a call", () => {
    const rows = rowsOf(findings, "registered", z.looseObject({ per_tool_ms: estimateSchema }));
    expect(rows.map(({ per_tool_ms }) => per_tool_ms.estimate)).toEqual([0, expect.closeTo(0.002, 9)]);
    expect(findings.criteria.map(({ about, status }) => [about.runtime, status])).toEqual([
      ["http", "met"],
      ["mcp-http", "missed"],
    ]);
    expect(worst(findings)).toEqual([]);
  });
});

describe("cold starts", () => {
  const asked = given({ runtimes: "direct,http,mcp-memory", cold: 2 });
  const start = (round: number, runtime: string, spawnMs: number | null, startMs: number, ns: number) => ({
    job: { round, kind: "cold" as const },
    said: {
      ...{ kind: "cold" as const, runtime, importsMs: startMs - (spawnMs ?? 0) - 1, spawnMs, handshakeMs: 1 },
      callsNs: [5e6, ...new Array(9).fill(10 * ns), ...new Array(2_990).fill(ns)],
    },
    atMs: round,
  });
  const found = [1, 2].flatMap((round) => [
    start(round, "direct", null, 50, 1_000),
    start(round, "http", 90, 110, 40_000),
    start(round, "mcp-memory", null, 112, 20_000),
  ]);
  const findings = judgeLadder([...climb(asked, plain), ...found], asked);

  test("are told from nothing to the first answer, and by their parts", () => {
    const rows = rowsOf(findings, "starts", z.looseObject({ start_ms: estimateSchema }));
    expect(rows.map(({ start_ms }) => start_ms.estimate)).toEqual([
      expect.closeTo(55, 9),
      expect.closeTo(115, 9),
      expect.closeTo(117, 9),
    ]);
    expect(rows[1]).toMatchObject({ imports_ms: 19, spawn_ms: 90, handshake_ms: 1, first_ms: 5 });
    expect(rows[0]).toMatchObject({ imports_ms: 49, spawn_ms: null });
  });

  test("tell how calls get faster, and from which call on no more", () => {
    const rows = rowsOf(findings, "warm_up", z.looseObject({ runtime: z.string() }));
    expect(rows[1]).toMatchObject({ call_1_ms: 5, call_2_ms: 0.4, call_11_ms: 0.04, steady_from: 11 });
  });

  test("tell after how many calls one way has made up for starting later than another", () => {
    const payback = z.looseObject({ runtime: z.string(), against: z.string(), after_calls: estimateSchema });
    const rows = rowsOf(findings, "paybacks", payback);
    // 2 ms are 9 calls of 200 µs less, 1.8 ms, and 10 of 20 µs less; the first ones take as long.
    expect(rows.map(({ runtime, against }) => [runtime, against])).toEqual([["mcp-memory", "http"]]);
    expect(rows[0]?.after_calls.per_round).toEqual([20, 20]);
  });

  test("have made up for nothing where one of them shows it and another does not", () => {
    const sooner = found.map((one) => {
      const isFirst = one.job.round === 1 && one.said.runtime === "mcp-memory";
      return isFirst ? { ...one, said: { ...one.said, importsMs: 50 } } : one;
    });
    const { tables } = judgeLadder([...climb(asked, plain), ...sooner], asked);
    expect(tables.find(({ name }) => name === "paybacks")?.rows).toEqual([]);
  });

  test("say that there were none where no round was cold", () => {
    const { tables } = judgeLadder(climb(asked, plain), asked);
    expect(tables.map(({ name }) => name)).toEqual(["starts", "ladder"]);
    expect(tables[0]).toMatchObject({ rows: [], empty: "No way was started cold." });
    expect(judgeLadder([], given()).tables.map(({ name }) => name)).toEqual(["ladder"]);
  });
});

describe("the rounds of a ladder", () => {
  const jobs = (more: object, round: number, open: ReadonlySet<string> | null = null) =>
    [...jobsOf(round, open, given(more), { bootstrap: undefined, source: { module: "" } })].map(
      ({ kind }) => kind,
    );

  test("start cold after the first, unless there are so many to take", () => {
    const usual = { rounds: undefined, cold: 2, runtimes: "direct" };
    expect([0, 1, 2, 3].map((round) => jobs(usual, round))).toEqual([
      ["tools"],
      ["tools", "cold"],
      ["tools", "cold"],
      ["tools"],
    ]);
    expect(jobs({ ...usual, rounds: 1 }, 0)).toEqual(["tools", "cold"]);
    expect(jobs({ cold: 1 }, 0).filter((kind) => kind === "cold")).toHaveLength(given().runtimes.length);
  });

  test("climb with three tools, or with what is asked for in their place", () => {
    const none = { tool: undefined, cold: 0 };
    expect(jobs(none, 0)).toEqual(["tools"]);
    expect(jobs({ ...none, payload: "1KB" }, 0)).toEqual(["payload"]);
    expect(jobs({ ...none, registered: "1,2", runtimes: "http,http" }, 0)).toEqual(["registered"]);
    expect(jobs({ payload: "1KB", cold: 0 }, 0)).toEqual(["tools", "payload"]);
  });

  test("go on with what is not known well enough alone", () => {
    const more = { tool: undefined, payload: "1KB,2KB", registered: "1,2", cold: 0 };
    expect(jobs(more, 9, new Set(["payload 2KB"]))).toEqual(["payload"]);
    expect(jobs(more, 9, new Set(["registered json"]))).toEqual(["registered"]);
    expect(jobs(more, 9, new Set())).toEqual([]);
  });

  test("ask for what each way adds, in percent of a call", () => {
    const swinging: Truth = { adds: (way, round) => (adds[way] ?? 0) * (1 + 0.1 * round) };
    const widthOf = (truth: Truth) => askedOf(climb(given(), truth), given())[0]?.halfWidth ?? 0;
    expect(widthOf(swinging)).toBeGreaterThan(widthOf(plain) * 5);
    expect(widthOf(plain)).toBeWithin(0.1, 3);
    expect(askedOf([], given())).toMatchObject([{ part: "tools queue_stats", halfWidth: null, rounds: 0 }]);
  });
});
