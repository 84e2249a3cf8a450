import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { amountOf, sizes, times } from "../lib/benchmarks/probe_server/amounts.ts";
import { judgeProbe } from "../lib/benchmarks/probe_server/judge.ts";
import { probeOptions } from "../lib/benchmarks/probe_server/options.ts";
import { planRounds } from "../lib/benchmarks/probe_server/plan_rounds.ts";
import type { Job, Plan, ProbeFound, Said, Start } from "../lib/benchmarks/probe_server/said.ts";
import { Command, toTarget } from "../lib/benchmarks/probe_server/target.ts";
import { choosePlan, type Tried } from "../lib/benchmarks/probe_server/try_calls.ts";
import { UsageError } from "../lib/errors.ts";
import { faultOfTables } from "../lib/result/check_table.ts";
import { faultOfCriteria } from "../lib/result/check_verdicts.ts";

const [echo, wait] = ["echo", "wait"].map((tool) => ({ tool, input: {} }));
if (!echo || !wait) throw new Error("Cannot test: there are no calls");
const plan: Plan = { startMs: 300, calls: [echo], slow: wait, slowMs: 50 };

const job: Job = {
  ...{
    part: "calls",
    round: 0,
    asked: [],
    pin: "none",
    seed: 1,
    patienceMs: 2_000,
    secrets: {},
    share: 1,
    plan,
  },
  target: { command: ["npx", "server"], url: null, headers: {}, era: "legacy", timeoutMs: 30_000 },
};

const looked: Said = {
  ...{ kind: "looked", server: "known", version: "1", protocol: "2025-11-25", keepsSession: false, plan },
  tools: [{ name: "echo", bytes: 60, ms: 0.4, reason: null }],
  ...{ listBytes: 1_234, listTokens: 321 },
};

const start = (launchMs: number, answeredMs: number, more: Partial<Start> = {}): Said => {
  return { kind: "start", isFirst: false, start: { launchMs, answeredMs, listMs: 10, callMs: 5, ...more } };
};
const crowd = (quickMs: number, slowLeftMs: number): Said => {
  return { kind: "crowd", aloneMs: 0.5, slowMs: 50, trials: [{ quickMs, slowLeftMs }] };
};
const calls = (ms: number, count = 100, server = "known 1"): Said => {
  const [callNs, nothingNs] = [ms, ms / 2].map((one) => new Array<number>(count).fill(one * 1e6));
  return { kind: "calls", server, tool: "echo", callNs: callNs ?? [], nothingNs: nothingNs ?? [] };
};
const grown = (of: "call" | "session", bytesEach: number, by: "heap" | "resident" = "heap"): Said => {
  // What a collector leaves goes up and down.
  const points = Array.from(
    { length: 21 },
    (_, n) => [n * 100, 1e7 + n * 100 * bytesEach + ((n * 7) % 5) * 40] as const,
  );
  return { kind: "growth", of, by, points };
};

/** What a probe comes to that heard this, with these flags: its criteria by id, its rows and lines by table. */
function judge(said: readonly Said[], flags: object = {}) {
  const found = [looked, ...said].map((one): ProbeFound => ({ job, said: one, atMs: 0 }));
  const { tables, criteria, audit } = judgeProbe(found, probeOptions.parse(flags));
  expect(faultOfTables(tables) ?? faultOfCriteria(criteria, tables)).toBeNull();
  return {
    statuses: Object.fromEntries(criteria.map(({ id, status }) => [id, status])),
    row: (name: string) => tables.find((table) => table.name === name)?.rows[0] ?? {},
    line: (name: string) => tables.find((table) => table.name === name)?.notes[0] ?? "",
    audit,
  };
}

describe("a start", () => {
  const handshake: Said = { kind: "handshake", ms: 50 };
  const starts = [start(400, 250), start(420, 270), start(380, 260)];

  test("is split into phases that add up to it", () => {
    const { row, line, statuses } = judge([handshake, ...starts]);
    const estimates = ["launch_ms", "process_ms", "handshake_ms", "list_ms"].map(
      (name) => Object(row("start")[name]).estimate,
    );
    expect(estimates).toEqual([400, expect.closeTo(210), 50, 10]);
    expect(Object(row("start").start_ms).estimate).toBeCloseTo(670);
    expect(line("start")).toMatch(
      /ms: npx 400 ms, process 210 ms, handshake 50.0 ms, .*; in time for clients that wait 10, 30 or 60 s$/,
    );
    expect(statuses.start).toBe("met");
  });

  test("is too late for those who would have given up, also when it was the very first", () => {
    const first: Said = {
      kind: "start",
      isFirst: true,
      start: { launchMs: 9_000, answeredMs: 3_000, listMs: 1, callMs: null },
    };
    const { line } = judge([first, handshake, ...starts]);
    expect(line("start")).toContain("the very first start took 12.0 s; too late for clients that wait 10 s");
    const slow = [1, 2, 3].map((n) => start(0, 40_000 + n));
    expect(judge([handshake, ...slow]).line("start")).toContain("too late for clients that wait 10 or 30 s");
  });

  test("of 3 s is too long, unless a longer one is asked for", () => {
    const slow = [start(0, 3_000), start(0, 3_010), start(0, 3_020)];
    expect(judge([handshake, ...slow]).statuses.start).toBe("missed");
    expect(judge([handshake, ...slow], { max_start: "10s" }).statuses.start).toBe("met");
  });

  test("is shown to take no less than no time", () => {
    expect(judge([handshake, start(0, 10), start(0, 900)]).line("start")).toStartWith(
      "465 ms (0 ns to 6.12 s): ",
    );
  });

  test("is not judged of a server that others have started", () => {
    const { statuses, line } = judge([handshake]);
    expect(statuses.start).toBeUndefined();
    expect(line("start")).toStartWith("it runs already; the handshake takes 50.0 ms");
  });
});

describe("calls", () => {
  test("have a median, a p95 and the share of an empty request, over servers", () => {
    const { row, line } = judge([calls(1), calls(1.1), calls(0.9)]);
    expect(row("calls")).toMatchObject({
      tool_name: "echo",
      transport_percent: { estimate: expect.closeTo(50) },
      servers: 3,
    });
    expect(line("calls")).toMatch(
      /^echo: p50 997 µs \(.*\), p95 997 µs \(.*\), of which an empty request takes 50\.0 %$/,
    );
  });

  test("too few for a p95 leave it out, and make a run suspect that was given a limit for it", () => {
    const few = [calls(1, 58), calls(1.1), calls(0.9)];
    const { row, line, statuses, audit } = judge(few, { max_p95: "50ms", max_p50: "1s" });
    expect(row("calls").p95_ms).toBeNull();
    expect(line("calls")).toContain("p95 not known from 258 calls");
    expect(statuses).toEqual({ p50: "met" });
    expect(audit).toContainEqual(
      expect.objectContaining({ check: "limits could be judged", status: "suspect" }),
    );
  });

  test.each([
    ["50ms", "met"],
    ["0.5ms", "missed"],
    ["1ms", "inconclusive"],
  ] as const)("within %s are %s", (max_p95, status) => {
    expect(judge([calls(1), calls(1.1), calls(0.9)], { max_p95 }).statuses.p95).toBe(status);
  });

  test("that another version answered make a run invalid", () => {
    const { audit } = judge([calls(1), calls(1, 100, "known 2")]);
    expect(audit).toContainEqual(expect.objectContaining({ check: "the same server", status: "failed" }));
  });
});

describe("calls at the same time are answered", () => {
  test.each([
    ["concurrent", 0.6, "met"],
    ["partly concurrent", 25, "missed"],
    ["one at a time", 49, "missed"],
  ] as const)("%s where a quick one took %d ms of the 50 of slow ones", (verdict, quickMs, status) => {
    const { row, statuses, line } = judge([1, 1.01, 0.99].map((by) => crowd(quickMs * by, 50)));
    expect([row("concurrency").verdict, statuses.wait]).toEqual([verdict, status]);
    expect(line("concurrency")).toStartWith(`${verdict}: echo takes 500 µs alone, and `);
  });

  test("in a way that short calls do not tell", () => {
    const short: Said = { kind: "crowd", aloneMs: 0.5, slowMs: 0.7, trials: [] };
    const { row, statuses, line } = judge([short, short, crowd(49, 50)]);
    expect([row("concurrency").verdict, statuses.wait]).toEqual(["not told", undefined]);
    expect(line("concurrency")).toContain("of wait, takes 700 µs");
  });

  test("never a wait of less than nothing, or of more than all", () => {
    const waited = (quickMs: number, slowLeftMs: number) =>
      Object(judge([crowd(quickMs, slowLeftMs)]).row("concurrency").waited_percent).estimate;
    fc.assert(
      fc.property(
        fc.double({ min: 0.001, max: 1e5, noNaN: true }),
        fc.double({ min: 0.001, max: 1e5, noNaN: true }),
        (quick, left) => {
          expect(waited(quick, left)).toBeWithin(0, 100.001);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe("an end", () => {
  const ends = (...all: (number | null)[]) => judge(all.map((ms): Said => ({ kind: "end", ms })));

  test("within a second is one", () => {
    const { statuses, line } = ends(20, 22, 21);
    expect(statuses.end).toBe("met");
    expect(line("memory")).toContain("ends 21.0 (");
  });

  test("that never comes is none", () => {
    const { statuses, line } = ends(null, null, null);
    expect(statuses.end).toBe("missed");
    expect(line("memory")).toContain("3 of 3 times was still there 2.00 s after its input");
  });

  test("that never comes is one too many, however fast the others are", () => {
    const { row, statuses } = ends(...new Array<number>(10).fill(20), null);
    expect(statuses.end).toBe("missed");
    expect(Object(row("memory").end_ms).estimate).toBeCloseTo(20, 5);
  });
});

describe("memory", () => {
  const idle = [60e6, 61e6, 62e6].map(
    (idleBytes): Said => ({ kind: "memory", idleBytes, launcherBytes: 9e7 }),
  );

  test("when idle is told apart from that of what started the server", () => {
    const { row, line, statuses } = judge(idle, { max_memory: "50MB" });
    expect(Object(row("memory").idle_bytes).estimate).toBeCloseTo(61e6, -5);
    expect(line("memory")).toMatch(/^58\.2 \(.*\) MiB when idle, and what started it 85\.8 MiB$/);
    expect(statuses.memory).toBe("missed");
  });

  test("of sessions is told for each, and for 100 that came and went", () => {
    const sessions: Said = { kind: "sessions", count: 100, bytesEach: 2048, by: "heap" };
    const { line } = judge([sessions, grown("session", 1024)]);
    expect(line("memory")).toMatch(
      /each of 100 clients, of which it keeps no sessions, takes 2 KiB, and 100 that came and went leave 100/,
    );
  });
});

describe("a leak", () => {
  test.each([
    ["call", 1024, "heap", "missed"],
    ["session", 1024, "heap", "missed"],
    ["call", 20, "heap", "met"],
    ["call", 1024, "resident", "met"],
    ["call", 100_000, "resident", "missed"],
  ] as const)("of a %s that leaves %d B of what is %s is %s", (of, bytes, by, status) => {
    expect(judge([grown(of, bytes, by)]).statuses[`${of}_leak`]).toBe(status);
  });

  test("is what exceeds the limit that was given", () => {
    expect(judge([grown("call", 20)], { max_leak: "10B" }).statuses.call_leak).toBe("missed");
  });

  test("of what cannot be read is not judged", () => {
    const { statuses, line } = judge([]);
    expect(statuses).toEqual({});
    expect(line("leak")).toBe("its memory cannot be seen from here");
  });
});

test("a list of tools has bytes, tokens where they are known, and a limit", () => {
  expect(judge([]).line("tool_list")).toBe("1 tool, 1,234 bytes, 321 tokens (o200k_base)");
  expect(judge([], { max_list: "1.2KB" }).statuses.list).toBe("missed");
  expect(judge([], { max_list: "1.3KB" }).statuses.list).toBe("met");
});

test.each([
  [0, "met"],
  [14, "missed"],
] as const)("%d bytes on stdout that are no message are %s", (bytes, status) => {
  expect(
    judge([
      { kind: "junk", lines: 1, bytes: 0 },
      { kind: "junk", lines: 1, bytes },
    ]).statuses.stdout,
  ).toBe(status);
});

test("amounts are read with their units", () => {
  expect([amountOf("1.5s", times), amountOf("20ms", times), amountOf("200MB", sizes)]).toEqual([
    1_500, 20, 200e6,
  ]);
});

describe("rounds are taken", () => {
  /** How many are, where each takes so long. */
  const count = (seconds: number, budget: number, rounds?: number) => {
    let ms = 0;
    const taken = [
      ...planRounds({ rounds, budget, startMs: 0, now: () => ms }, (round) => {
        ms += seconds * 1e3;
        return round;
      }),
    ];
    return taken.length;
  };

  test.each([
    ["as long as another one fits", 3, 16, undefined, 5],
    ["three at least", 20, 30, undefined, 3],
    ["ten at most", 0.1, 30, undefined, 10],
    ["exactly as many as asked for", 20, 30, 2, 2],
  ])("%s", (_, seconds, budget, rounds, expected) => {
    expect(count(seconds, budget, rounds)).toBe(expected);
  });
});

describe("what is timed", () => {
  const tried = (tool: string, ms: number | null, more: Partial<Tried> = {}): Tried => {
    return { tool, input: {}, isAsked: false, onlyReads: true, ms, reason: null, ...more };
  };
  const names = (...all: Tried[]) => {
    const plan = choosePlan(all);
    return plan && { calls: plan.calls.map(({ tool }) => tool), slow: plan.slow.tool, slowMs: plan.slowMs };
  };

  test("is the first that is quick, beside the slowest", () => {
    expect(names(tried("a", 300), tried("b", 5), tried("c", 1))).toEqual({
      calls: ["b"],
      slow: "a",
      slowMs: 300,
    });
  });

  test("is what was asked for, however slow", () => {
    const asked = { isAsked: true };
    expect(names(tried("a", 900, asked), tried("b", 700, asked), tried("c", 1))).toMatchObject({
      calls: ["a", "b"],
    });
  });

  test("is beside a call that was given up, where there is one", () => {
    expect(names(tried("a", 1), tried("b", null), tried("c", 50))).toEqual({
      calls: ["a"],
      slow: "b",
      slowMs: null,
    });
  });

  test("is nothing where every call failed", () => {
    expect(names(tried("a", null, { reason: "it failed" }))).toBeNull();
  });
});

describe("a command", () => {
  const shown = (...words: string[]) => JSON.parse(JSON.stringify(new Command(words)));

  test("is shown without what may be secret in it", () => {
    expect(
      shown("env", "API_KEY=abc", "npx", "-y", "server", "--api-key", "abc", "--token=abc", "--port", "80"),
    ).toEqual([
      ...["env", "API_KEY=***", "npx", "-y", "server", "--api-key", "***", "--token=***", "--port", "80"],
    ]);
  });

  test("or a URL is needed, and headers go with a URL alone", () => {
    const given = probeOptions.parse({});
    expect(() => toTarget(given)).toThrow(UsageError);
    expect(() =>
      toTarget({ ...probeOptions.parse({ header: ["a: b"] }), command: new Command(["x"]) }),
    ).toThrow(new UsageError("Cannot take --header: it goes with --url"));
  });
});
