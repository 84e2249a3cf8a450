import { describe, expect, test } from "bun:test";
import { z } from "zod";
import type { Measured } from "../lib/benchmarks/memory_figures.ts";
import { judgeMemory, type MemoryPlan } from "../lib/benchmarks/memory_judge.ts";
import { memoryOptions, planJobs } from "../lib/benchmarks/memory_options.ts";
import type { MemoryEvent, MemoryEventOf } from "../lib/benchmarks/memory_usage.ts";
import { renderMemory } from "../lib/report/memory_table.ts";
import { memoryUsage } from "../lib/results/memory_usage.ts";
import { startRun } from "../lib/run.ts";
import { temporaryFolder } from "./run_script.ts";

using folder = temporaryFolder();
const run = await startRun({ output: `${folder.path}/result.json`, seed: 1 });
const leakJobs: MemoryPlan["jobs"] = ["a", "b", "known_leak"].map((tool) => ({
  test: "leak_detection",
  runtime: "direct",
  tools: [tool],
}));
const judge = (
  events: readonly MemoryEvent[],
  jobs: MemoryPlan["jobs"] = [],
  rounds = events.map(() => 0),
) => {
  const measured: Measured[] = events.map((event, n) => ({ event, round: rounds[n] ?? 0 }));
  return memoryUsage.parse(judgeMemory(measured, { jobs, threshold: 16, margin: 10 }, run, true));
};

const leak = (
  tool: string,
  verdict: MemoryEventOf<"leak">["verdict"],
  high: number | null,
  subject: "tool" | "canary" = "tool",
): MemoryEvent => ({
  event: "leak",
  runtime: "direct",
  subject,
  tool,
  branch: "",
  calls: [0, 10, 20],
  heap_bytes: [1000, 1100, 1200],
  verdict,
  bytes_per_call: high === null ? null : { estimate: high - 1, low: high - 2, high },
  objects_per_call: null,
  growing_types: [],
  needed_calls: verdict === "insufficient data" ? 40 : null,
});
const known = leak("known_leak", "leak", 80, "canary");

describe("the leaks of a runtime", () => {
  test.each([
    ["met when no tool leaks", [leak("a", "no leak", 3), leak("b", "no leak", 5), known], "met", "b", 4],
    [
      "missed when one does",
      [leak("a", "leak", 40), leak("b", "insufficient data", 90), known],
      "missed",
      "a",
      39,
    ],
    [
      "missed by the worst of several",
      [leak("a", "leak", 40), leak("b", "leak", 50), known],
      "missed",
      "b",
      49,
    ],
    [
      "inconclusive when one is not known",
      [leak("a", "no leak", 3), leak("b", "insufficient data", null), known],
      "inconclusive",
      "b",
      10,
    ],
    ["inconclusive while one was not tried", [leak("a", "no leak", 3), known], "inconclusive", "a", 2],
    [
      "inconclusive when the known leak was not found",
      [leak("a", "no leak", 3), leak("b", "no leak", 5), leak("known_leak", "no leak", 1, "canary")],
      "inconclusive",
      "b",
      4,
    ],
  ] as const)("are %s", (_, events, status, worst, estimate) => {
    const { criteria } = judge(events, leakJobs);
    expect(criteria).toMatchObject([{ status, estimate, target: "at most 16 B per call" }]);
    expect(criteria[0]?.name).toContain(`(${worst})`);
  });

  test("are suspect when the known leak was not found", () => {
    const { validity, audit } = judge(
      [leak("a", "no leak", 3), leak("b", "no leak", 5), leak("known_leak", "no leak", 1, "canary")],
      leakJobs,
    );
    expect(validity).toBe("suspect");
    expect(audit.find(({ status }) => status === "suspect")?.check).toBe("a known leak is found");
  });
});

const served = (runtime: "direct" | "http", rss_bytes: number): MemoryEventOf<"stage"> => ({
  event: "stage",
  runtime,
  stage: "served",
  heap_bytes: 1000,
  rss_bytes,
});

describe("the resident memory of direct against http", () => {
  test.each([
    ["met when it is lower in every round", [100, 101, 99], "met"],
    ["met when it is within the margin", [200, 202, 198], "met"],
    ["missed when it is far above", [300, 303, 297], "missed"],
    ["inconclusive when it straddles the margin", [180, 220, 240], "inconclusive"],
    ["inconclusive after one round", [100], "inconclusive"],
  ])("is %s", (_, bytes, status) => {
    const events = bytes.flatMap((value) => [served("direct", value), served("http", 200)]);
    const { criteria } = judge(
      events,
      [],
      events.map((_, n) => Math.floor(n / 2)),
    );
    expect(criteria).toMatchObject([{ status, target: "at most 10 %" }]);
  });

  test("is not judged when only one runtime was measured", () => {
    expect(judge([served("direct", 100)]).criteria).toEqual([]);
  });
});

test.each([
  [[1000, 1000, 1003], "stable"],
  [[1000, 1020, 1040], "growing"],
  [[1040, 1020, 1000], "shrinking"],
])("a heap that reads %j in every round is %s", (heap_bytes, verdict) => {
  const idle = { event: "idle", runtime: "http", heap_bytes } as const;
  const events = [0, 1, 2].flatMap(() => [served("http", 5000), idle]);
  expect(judge(events, [], [0, 0, 1, 1, 2, 2]).baseline[0]?.idle?.verdict).toBe(verdict as never);
});

const collected = (mode: "natural" | "forced", more: Partial<MemoryEventOf<"collected">>): MemoryEvent => ({
  event: "collected",
  runtime: "direct",
  mode,
  logs: true,
  elapsed_ms: 1000,
  clear_ns: Array.from({ length: 300 }, () => 1e6),
  overlapping_ns: [],
  eden: 0,
  full: 3,
  pauses_ms: [],
  ...more,
});

describe("what collecting does", () => {
  test("is told against the natural run of the same round, and by the calls it fell into", () => {
    const { gc_impact, validity } = judge([
      collected("natural", {}),
      collected("forced", {
        elapsed_ms: 2000,
        clear_ns: Array(297).fill(1e6),
        overlapping_ns: [9e6, 9e6, 9e6, 9e6],
      }),
    ]);
    const [natural, forced] = gc_impact;
    expect(natural).toMatchObject({ throughput_change_percent: null, overlapping_calls: 0 });
    expect(forced?.throughput_change_percent?.estimate).toBeCloseTo(-49.83, 1);
    expect(forced).toMatchObject({ overlapping_calls: 4, latency: { p99_ms: 9, n: 301 } });
    expect(forced?.latency_without_collections).toMatchObject({ n: 297, max_ms: 1, p99_ms: null });
    expect(validity).toBe("invalid");
  });

  test("has no pauses where they cannot be seen, and not none", () => {
    const [blind] = judge([collected("natural", { logs: false })]).gc_impact;
    expect(blind).toMatchObject({ pauses: null, unobserved: expect.stringContaining("did not log") });
    const [quiet] = judge([collected("natural", {})]).gc_impact;
    expect(quiet?.pauses).toEqual({ count: 0, total_ms: 0, p50_ms: null, max_ms: null });
  });

  test("is suspect when a collection that was forced does not stand in the log", () => {
    const check = judge([collected("forced", { full: 2 })]).audit.find(
      ({ check }) => check === "collections are seen",
    );
    expect(check?.status).toBe("suspect");
  });
});

test("a run whose parts are not all there is invalid", () => {
  const { validity, audit } = judge([leak("a", "no leak", 3), known], leakJobs);
  expect(validity).toBe("invalid");
  expect(audit[0]).toMatchObject({ status: "failed", detail: expect.stringContaining("not so: 2 leak") });
});

test("what a call allocates is not told where one round saw too little", () => {
  const allocated = (tool: string, bytes_per_call: number | null): MemoryEvent => ({
    event: "allocated",
    runtime: "http",
    tool,
    bytes_per_call,
  });
  const retained: MemoryEvent = { event: "retained", runtime: "http", calls: 10, bytes_per_call: 1 };
  const { per_request } = judge([
    allocated("a", 100),
    retained,
    allocated("a", null),
    allocated("b", 50),
    retained,
  ]);
  expect(
    per_request[0]?.tools.map(({ allocated_bytes_per_call }) => allocated_bytes_per_call?.estimate),
  ).toEqual([undefined, 50]);
});

test("no line of the tables is wider than 120 columns", () => {
  const long = "worker_unregister";
  const result = judge(
    [
      { ...served("direct", 123_456_789), heap_bytes: 123_456_789 },
      served("http", 987_654_321),
      { event: "allocated", runtime: "direct", tool: long, bytes_per_call: 123_456.7 },
      { event: "allocated", runtime: "http", tool: long, bytes_per_call: 123_456.7 },
      { event: "retained", runtime: "direct", calls: 10_000, bytes_per_call: 12_345.6 },
      { event: "retained", runtime: "http", calls: 10_000, bytes_per_call: 12_345.6 },
      leak(long, "insufficient data", 123_456.7),
      collected("natural", { pauses_ms: [1.234, 123.4] }),
      collected("forced", { pauses_ms: [1.234, 123.4], elapsed_ms: 1234 }),
    ],
    leakJobs,
  );
  const tables = renderMemory(result).split("\n\n").slice(0, 4).join("\n").split("\n");
  expect(Math.max(...tables.map((line) => Bun.stringWidth(line)))).toBeLessThanOrEqual(120);
});

describe("the plan", () => {
  const options = z.strictObject(memoryOptions("memory_usage").options);
  const plan = (given: object, tools: readonly string[]) => planJobs(options.parse(given), tools, ["/ip4/x"]);

  test("has every test on every runtime in every round, but each leak test once", () => {
    const jobs = plan({ rounds: 2 }, ["queue_stats", "peer_connect"]);
    const order = jobs.map(({ test, runtime, round, tools }) => [round, test, runtime, ...tools].join(" "));
    expect(order).toEqual([
      "0 baseline direct queue_stats",
      "0 baseline http queue_stats",
      "0 per_request direct queue_stats",
      "0 per_request http queue_stats",
      "0 leak_detection direct queue_stats",
      "0 leak_detection direct peer_connect",
      "0 leak_detection direct known_leak",
      "0 leak_detection http queue_stats",
      "0 leak_detection http peer_connect",
      "0 leak_detection http known_leak",
      "0 leak_detection http vanished_connection",
      "0 leak_detection http half_sent_body",
      "0 leak_detection http aborted_request",
      "0 gc_impact direct queue_stats",
      "0 gc_impact http queue_stats",
      "1 baseline http queue_stats",
      "1 baseline direct queue_stats",
      "1 per_request http queue_stats",
      "1 per_request direct queue_stats",
      "1 gc_impact http queue_stats",
      "1 gc_impact direct queue_stats",
    ]);
  });

  test("calls tools that dial peers a tenth as often, and joins the network only where it is needed", () => {
    const given = { test: ["leak_detection"], runtime: ["trio"], iterations: 205 };
    expect(plan(given, ["queue_stats", "peer_connect"])).toMatchObject([
      { iterations: 205, bootstrap: [], tools: ["queue_stats"] },
      { slow_iterations: 21, bootstrap: ["/ip4/x"], tools: ["peer_connect"] },
      { iterations: 205, bootstrap: [], tools: ["known_leak"] },
    ]);
  });

  test("has the tests that are named, in their own order", () => {
    const jobs = plan({ test: ["gc_impact", "baseline"], runtime: ["http"], rounds: 1 }, ["queue_stats"]);
    expect(jobs.map(({ test }) => test)).toEqual(["baseline", "gc_impact"]);
  });

  test("leaves a call under way only where there are peers to look for", () => {
    const names = plan({ test: ["leak_detection"], runtime: ["http"] }, ["queue_stats"]).flatMap(
      ({ tools }) => tools,
    );
    expect(names).toEqual(["queue_stats", "known_leak", "vanished_connection", "half_sent_body"]);
  });

  test.each([
    ["2GiB", 2 * 1024 ** 3],
    ["512MiB", 512 * 1024 ** 2],
    ["1.5KiB", 1536],
    ["123456", 123_456],
  ])("--max-memory %s is %d bytes", (text, bytes) => {
    expect(options.parse({ max_memory: text }).max_memory).toBe(bytes);
  });
});
