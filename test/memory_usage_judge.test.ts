import { describe, expect, test } from "bun:test";
import { judgeMemory } from "../lib/benchmarks/memory_usage/judge.ts";
import { joinsPeers, memoryOptions, planTurns, type Turn } from "../lib/benchmarks/memory_usage/plan.ts";
import type { CollectedSaid, LeakSaid, MemoryFound, Said } from "../lib/benchmarks/memory_usage/said.ts";
import { validity } from "../lib/judge/audit.ts";
import { faultOfTables } from "../lib/result/check_table.ts";
import { faultOfCriteria } from "../lib/result/check_verdicts.ts";

const direct = { name: "direct", runtime: "direct" };
const http = { name: "http", runtime: "http" };

/** Of one runtime in one round; what test it was shows in what was said. */
function hear(
  said: Said,
  { arm = direct, round = 0, test = "leak_detection" }: Partial<Turn> = {},
): MemoryFound {
  return { job: { test, arm, round, subjects: said.kind === "leak" ? [said.name] : [] }, said };
}

/** The findings of a run with these flags, its tables as rows by name. */
function judge(found: readonly MemoryFound[], flags: object = {}) {
  const { tables, criteria, audit } = judgeMemory(found, memoryOptions.parse(flags));
  expect(faultOfTables(tables) ?? faultOfCriteria(criteria, tables)).toBeNull();
  const rows = (name: string) => tables.find((table) => table.name === name)?.rows ?? [];
  return { rows, criteria, audit, validity: validity(audit) };
}

function leak(
  name: string,
  verdict: LeakSaid["verdict"],
  high: number | null,
  subject: LeakSaid["subject"] = "tool",
): LeakSaid {
  return {
    kind: "leak",
    ...{ subject, name, branch: "", verdict },
    calls: [0, 10, 20],
    heapBytes: [1000, 1100, 1200],
    bytes_per_call: high === null ? null : { estimate: high - 1, low: high - 2, high },
    objects_per_call: null,
    growing_types: [{ type: "Object", per_call: 1 }],
    needed_calls: verdict === "insufficient data" ? 40 : null,
  };
}

const known = leak("known_leak", "leak", 80, "canary");
const missedKnown = leak("known_leak", "no leak", 1, "canary");
const [a, b] = ["queue_stats", "worker_status"];
const leakFlags = { test: ["leak_detection"], runtimes: "direct", tool: [a, b] };

describe("the leaks of a runtime", () => {
  test.each([
    ["met when no tool leaks", [leak(a, "no leak", 3), leak(b, "no leak", 5), known], "met", b, 4],
    ["missed when one does", [leak(a, "leak", 40), leak(b, "insufficient data", 90), known], "missed", a, 39],
    ["missed by the worst of several", [leak(a, "leak", 40), leak(b, "leak", 50), known], "missed", b, 49],
    [
      "inconclusive when one is not known",
      [leak(a, "no leak", 3), leak(b, "insufficient data", null), known],
      "inconclusive",
      b,
      10,
    ],
    ["inconclusive while one was not tried", [leak(a, "no leak", 3), known], "inconclusive", a, 2],
    [
      "inconclusive when the known leak was not found",
      [leak(a, "no leak", 3), leak(b, "no leak", 5), missedKnown],
      "inconclusive",
      b,
      4,
    ],
  ] as const)("are %s", (_, said, status, worst, estimate) => {
    const { criteria } = judge(
      said.map((one) => hear(one)),
      leakFlags,
    );
    const asked = { id: "leak", bound: "at_most", target: 16, unit: "bytes_per_call" };
    expect(criteria).toMatchObject([{ ...asked, about: { runtime: "direct" }, status, estimate }]);
    expect(criteria[0]?.name).toContain(`(${worst})`);
  });

  test("are suspect when the known leak was not found", () => {
    const said = [leak(a, "no leak", 3), leak(b, "no leak", 5), missedKnown];
    const { validity, audit } = judge(
      said.map((one) => hear(one)),
      leakFlags,
    );
    expect(validity).toBe("suspect");
    expect(audit.find(({ status }) => status === "suspect")?.check).toBe("a known leak is found");
  });

  test("are told runtime by runtime, in the order of the plan, and apart from those of connections", () => {
    const found = [
      ...[known, leak("vanished_connection", "leak", 90, "connection"), leak(a, "no leak", 3)].map((one) =>
        hear(one, { arm: http }),
      ),
      ...[leak(a, "leak", 30), known].map((one) => hear(one)),
    ];
    const { criteria, rows } = judge(found, { ...leakFlags, tool: [a], runtimes: "direct,http" });
    expect(criteria.map(({ id, about, status }) => [id, about.runtime, status])).toEqual([
      ["leak", "direct", "missed"],
      ["leak", "http", "inconclusive"],
      ["connection_leak", "http", "missed"],
    ]);
    expect(rows("leak_detection").map(({ runtime, tool_name }) => `${runtime} ${tool_name}`)).toEqual([
      `direct ${a}`,
      "direct known_leak",
      `http ${a}`,
      "http known_leak",
      "http vanished_connection",
    ]);
    expect(rows("leak_detection")[0]).toMatchObject({
      ...{ subject: "tool", iterations: 20, calls: [0, 10, 20], heap_bytes: [1000, 1100, 1200] },
      ...{ verdict: "leak", growing_types: ["Object 1.00"], needed_calls: null },
    });
  });
});

function served(arm: typeof direct, rssBytes: number, round = 0, heapBytes = 1000): MemoryFound {
  return hear({ kind: "stage", stage: "served", heapBytes, rssBytes }, { arm, round, test: "baseline" });
}

describe("the resident memory of a runtime against the reference", () => {
  test.each([
    ["met when it is lower in every round", [100, 101, 99], "met"],
    ["met when it is within the margin", [200, 202, 198], "met"],
    ["missed when it is far above", [300, 303, 297], "missed"],
    ["inconclusive when it straddles the margin", [180, 220, 240], "inconclusive"],
    ["inconclusive after one round", [100], "inconclusive"],
  ])("is %s", (_, bytes, status) => {
    const found = bytes.flatMap((value, round) => [served(direct, value, round), served(http, 200, round)]);
    const { criteria } = judge(found);
    expect(criteria).toMatchObject([
      { id: "resident_memory", about: { runtime: "direct" }, status, target: 10, bound: "at_most" },
    ]);
  });

  test("is judged for each of the others, and read off their rows", () => {
    const again = { name: "http (2)", runtime: "http" };
    const found = [0, 1].flatMap((round) => [
      served(direct, 100 + round, round),
      served(http, 200, round),
      served(again, 220, round),
    ]);
    const { criteria, rows } = judge(found, { runtimes: "direct,http,http" });
    expect(criteria.map(({ about, estimate }) => [about.runtime, Math.round(estimate)])).toEqual([
      ["direct", -50],
      ["http (2)", 10],
    ]);
    expect(rows("baseline").map((row) => [row.runtime, row.rss_excess_percent === null])).toEqual([
      ["direct", false],
      ["http", true],
      ["http (2)", false],
    ]);
  });

  test("is not judged when only one runtime was measured", () => {
    expect(judge([served(direct, 100)], { runtimes: "direct" }).criteria).toEqual([]);
  });
});

test("a stage adds what it holds more than the one before, in the same round", () => {
  const stage = (name: "bun" | "libraries", heapBytes: number, round: number) =>
    hear({ kind: "stage", stage: name, heapBytes, rssBytes: 2 * heapBytes }, { round, test: "baseline" });
  const { rows } = judge([0, 1].flatMap((n) => [stage("bun", 100 + n, n), stage("libraries", 900 + n, n)]));
  expect(rows("baseline")).toMatchObject([
    { stage: "bun", added_heap_bytes: { per_round: [100, 101] } },
    { stage: "libraries", added_heap_bytes: { per_round: [800, 800] }, added_rss_bytes: { estimate: 1600 } },
  ]);
});

test.each([
  [[1000, 1000, 1003], "stable"],
  [[1000, 1020, 1040], "growing"],
  [[1040, 1020, 1000], "shrinking"],
])("a heap that reads %j in every round is %s", (heapBytes, verdict) => {
  const found = [0, 1, 2].map((round) => hear({ kind: "idle", heapBytes }, { arm: http, round }));
  expect(judge(found).rows("idle")).toMatchObject([{ runtime: "http", verdict, rounds: 3 }]);
});

function collected(
  mode: "natural" | "forced",
  more: Partial<CollectedSaid> = {},
  turn: Partial<Turn> = {},
): MemoryFound {
  const said: CollectedSaid = {
    kind: "collected",
    mode,
    logs: true,
    elapsedMs: 1000,
    clearNs: Array.from({ length: 300 }, () => 1e6),
    overlappingNs: [],
    ...{ eden: 0, full: 3, pausesMs: [] },
    ...more,
  };
  return hear(said, turn);
}

describe("what collecting does", () => {
  test("is told against the natural run of the same round, and by the calls it fell into", () => {
    const clearNs = Array.from({ length: 297 }, () => 1e6);
    const { rows, validity } = judge([
      collected("natural"),
      collected("forced", { elapsedMs: 2000, clearNs, overlappingNs: [9e6, 9e6, 9e6, 9e6] }),
    ]);
    expect(rows("gc_impact")).toMatchObject([
      { mode: "natural", throughput_change_percent: null, overlapping_calls: 0 },
      {
        mode: "forced",
        throughput_change_percent: { estimate: expect.closeTo(-49.83, 1) },
        overlapping_calls: 4,
        latency: { p99_ms: 9, n: 301 },
        latency_without_collections: { n: 297, max_ms: 1, p99_ms: null },
      },
    ]);
    expect(validity).toBe("invalid");
  });

  test("is told round by round", () => {
    const found = [1, 2].flatMap((factor, round) => [
      collected("natural", { elapsedMs: 1000 * factor }, { round }),
      collected("forced", { elapsedMs: 2000 * factor }, { round }),
    ]);
    expect(judge(found).rows("gc_impact")[1]).toMatchObject({
      throughput_change_percent: { per_round: [expect.closeTo(-50, 6), expect.closeTo(-50, 6)] },
    });
  });

  test("has each pause once", () => {
    const { rows } = judge([collected("natural", { pausesMs: [1, 2, 6] })]);
    expect(rows("gc_impact")).toMatchObject([
      { pauses: 3, pauses_total_ms: 9, pauses_p50_ms: 2, pauses_max_ms: 6 },
    ]);
  });

  test("has no pauses where they cannot be seen, and not none", () => {
    const { rows, audit } = judge([collected("natural", { logs: false })]);
    expect(rows("gc_impact")).toMatchObject([
      { pauses: null, pauses_total_ms: null, unobserved: expect.stringContaining("did not log") },
    ]);
    expect(audit.find(({ check }) => check === "collections are seen")?.status).toBe("suspect");
    expect(judge([collected("natural")]).rows("gc_impact")).toMatchObject([
      { pauses: 0, pauses_total_ms: 0, pauses_p50_ms: null, pauses_max_ms: null, unobserved: null },
    ]);
  });

  test("is suspect when a collection that was forced does not stand in the log", () => {
    const { audit } = judge([collected("forced", { full: 2 })]);
    expect(audit.find(({ check }) => check === "collections are seen")?.status).toBe("suspect");
  });
});

test.each([
  [2, 26, "suspect", "2 of 26 of queue_stats on direct"],
  [1, 26, "passed", "1 of 126 readings"],
])(
  "of readings, %d of %d in one process that did not settle make a run %s",
  (unsettled, taken, status, detail) => {
    const turn = { test: "leak_detection", arm: direct, round: 0, subjects: [a] } as const;
    const { audit } = judge([
      { job: turn, said: { kind: "readings", taken, unsettled } },
      { job: turn, said: { kind: "readings", taken: 100, unsettled: 0 } },
    ]);
    const check = audit.find((one) => one.check === "readings settle");
    expect(check).toMatchObject({ status, detail: expect.stringContaining(detail) });
  },
);

test("readings that did not settle in a process that gave no verdict make no run suspect", () => {
  const turn = { test: "leak_detection", arm: direct, round: 0, subjects: [a] } as const;
  const status = (verdict: "no leak" | "insufficient data") => {
    const readings = { job: turn, said: { kind: "readings", taken: 26, unsettled: 9 } } as const;
    const { audit } = judge([readings, { job: turn, said: leak(a, verdict, 3) }]);
    return audit.find((one) => one.check === "readings settle")?.status;
  };
  expect([status("no leak"), status("insufficient data")]).toEqual(["suspect", "passed"]);
});

test("a run whose parts are not all there is invalid", () => {
  const { validity, audit } = judge([hear(leak(a, "no leak", 3)), hear(known)], leakFlags);
  expect(validity).toBe("invalid");
  expect(audit[0]).toMatchObject({ status: "failed", detail: expect.stringContaining("not so: 2 leak") });
});

test("what a call allocates is not told where one round saw too little", () => {
  const allocated = (tool: string | null, bytesPerCall: number | null) =>
    hear({ kind: "allocated", tool, bytesPerCall }, { arm: http });
  const retained = hear({ kind: "retained", calls: 10, bytesPerCall: 1 }, { arm: http });
  const { rows } = judge([
    ...[allocated(a, 100), allocated(null, 9), retained],
    ...[allocated(a, null), allocated(b, 50), allocated(null, 9), retained],
  ]);
  expect(rows("per_request")).toMatchObject([
    { tool_name: a, runtime: "http", allocated_bytes_per_call: null, rounds: 2 },
    { tool_name: b, runtime: "http", allocated_bytes_per_call: { per_round: [50] }, rounds: 1 },
  ]);
  const [row] = rows("retained");
  expect(row).toMatchObject({
    runtime: "http",
    control_allocated_bytes_per_call: { per_round: [9, 9] },
    rounds: 2,
  });
});

describe("the plan", () => {
  const plan = (flags: object) => planTurns(memoryOptions.parse(flags));
  const show = ({ test, arm, round, subjects }: Turn) => [round, test, arm.name, ...subjects].join(" ");

  test("has every test on every runtime in every round, but each leak test once, in the end", () => {
    expect(plan({ rounds: 2, tool: ["queue_stats", "peer_connect"] }).map(show)).toEqual([
      "0 baseline direct",
      "0 baseline http",
      "0 per_request direct queue_stats peer_connect",
      "0 per_request http queue_stats peer_connect",
      "0 gc_impact direct queue_stats peer_connect",
      "0 gc_impact http queue_stats peer_connect",
      "1 baseline http",
      "1 baseline direct",
      "1 per_request http queue_stats peer_connect",
      "1 per_request direct queue_stats peer_connect",
      "1 gc_impact http queue_stats peer_connect",
      "1 gc_impact direct queue_stats peer_connect",
      "0 leak_detection direct queue_stats",
      "0 leak_detection direct peer_connect",
      "0 leak_detection direct known_leak",
      "0 leak_detection http queue_stats",
      "0 leak_detection http peer_connect",
      "0 leak_detection http known_leak",
      "0 leak_detection http vanished_connection",
      "0 leak_detection http half_sent_body",
      "0 leak_detection http aborted_request",
    ]);
  });

  test("has 8 rounds of what a verdict rests on, and 3 of what is told without one", () => {
    const turns = plan({ test: ["baseline", "gc_impact"], runtimes: "http" });
    expect(turns.map(show).filter((one) => one.includes("baseline"))).toBeArrayOfSize(8);
    expect(turns.filter(({ test }) => test === "gc_impact").map(({ round }) => round)).toEqual([0, 1, 2]);
  });

  test("joins the network only where it is needed, and calls tools that dial only for leaks unless they are named", () => {
    const turns = plan({ runtimes: "trio", reference: "trio", rounds: 1 });
    expect(turns.filter((turn) => joinsPeers(turn, memoryOptions.parse({}))).map(show)).toEqual([
      "0 baseline direct",
      expect.stringMatching(/^0 per_request direct .*peer_list/),
      expect.stringMatching(/^0 gc_impact direct .*peer_list/),
      "0 leak_detection direct peer_discover",
      "0 leak_detection direct peer_connect",
      "0 leak_detection direct peer_disconnect",
      "0 leak_detection direct peer_list",
      "0 leak_detection direct peer_metrics",
      "0 leak_detection direct bootstrap_network",
    ]);
    expect(turns[1]?.subjects).not.toContain("peer_connect");
  });

  test("has the tests that are named, in their own order", () => {
    const turns = plan({ test: ["gc_impact", "baseline"], runtimes: "http", rounds: 1 });
    expect(turns.map(({ test }) => test)).toEqual(["baseline", "gc_impact"]);
  });

  test("leaves a call under way only where there are peers to look for", () => {
    const turns = plan({ test: ["leak_detection"], runtimes: "fastapi", tool: ["queue_stats"] });
    expect(turns.map(({ subjects: [name] }) => name)).toEqual([
      ...["queue_stats", "known_leak", "vanished_connection", "half_sent_body"],
    ]);
    expect(turns.some((turn) => joinsPeers(turn, memoryOptions.parse({})))).toBe(false);
  });

  test.each([
    ["2GiB", 2 * 1024 ** 3],
    ["512MiB", 512 * 1024 ** 2],
    ["1.5KiB", 1536],
    ["123456", 123_456],
  ])("--max-memory %s is %d bytes", (text, bytes) => {
    expect(memoryOptions.parse({ max_memory: text }).max_memory).toBe(bytes);
  });
});
