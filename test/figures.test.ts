import { expect, test } from "bun:test";
import fc from "fast-check";
import { type Figure, figuresOf } from "../lib/result/figures.ts";
import type { Result } from "../lib/result/result.ts";
import { declareTable } from "../lib/result/table.ts";
import { anyResult } from "./any_result.ts";
import {
  sampleComparison,
  sampleLatency,
  sampleMemory,
  sampleResults,
  sampleWorkflows,
} from "./sample_results.ts";

const named = (figures: readonly Figure[], name: string) => figures.find((figure) => figure.name === name);
const namesOf = (result: Result) => figuresOf(result).map(({ name }) => name);

test.each<[Result, string, Partial<Figure>]>([
  [
    sampleLatency,
    "p2p_latency/tools/task_submit/direct/improvement_percent",
    { unit: "percent", better: "higher", scale: "saving", of: "estimate" },
  ],
  [
    sampleLatency,
    "p2p_latency/tools/peer_connect/direct/latency/p95",
    { unit: "ms", value: 12, low: null, high: null, better: "lower", of: "p95" },
  ],
  [
    sampleComparison,
    "runtime_comparison/sweep/dual/16/throughput_per_s",
    { unit: "per_s", better: "higher", of: "estimate" },
  ],
  [
    sampleComparison,
    "runtime_comparison/load/mixed/http/rss_bytes",
    { unit: "bytes", value: 120_000_001, low: null, high: null, better: "lower", of: "number" },
  ],
  [
    sampleMemory,
    "memory_usage/leaks/one%20object%20a%20call/http/bytes_per_call",
    { unit: "bytes_per_call" },
  ],
])("%# tells %s", (result, name, expected) => {
  expect(named(figuresOf(result), name)).toMatchObject(expected);
});

test("an estimate has its interval, and what a table calls neither better nor worse is no figure", () => {
  const [table] = sampleLatency.tables;
  const found = table?.rows[0]?.p50_ms;
  const { estimate: value, low, high } = Object(found);
  expect(named(figuresOf(sampleLatency), "p2p_latency/tools/workflow_submit/direct/p50_ms")).toMatchObject({
    ...{ value, low, high },
  });
  expect(figuresOf(sampleWorkflows)).toEqual([]);
  expect(namesOf(sampleComparison).filter((name) => name.includes("/laws/"))).toEqual([]);
});

test("a latency has the percentiles that its column names, or all, and none that nobody knows", () => {
  const latency = { n: 60, avg_ms: 1, stdev_ms: 1, min_ms: 1, p50_ms: 1, p95_ms: 2, p99_ms: null, max_ms: 3 };
  const tables = [
    declareTable("all", "", { taken: { kind: "latency", title: "", better: "lower" } }).of([
      { taken: latency },
    ]),
    declareTable("some", "", {
      taken: { kind: "latency", title: "", better: "lower", percentiles: ["p99", "p95", "p95"] },
    }).of([{ taken: latency }]),
  ];
  expect(namesOf({ ...sampleLatency, tables })).toEqual([
    "p2p_latency/all/taken/p50",
    "p2p_latency/all/taken/p95",
    "p2p_latency/some/taken/p95",
  ]);
});

/** Names of the figures of rows that these label. */
function labelled(...labels: (readonly [string, string | null])[]) {
  const table = declareTable("t", "", {
    a: { kind: "label", title: "" },
    b: { kind: "label", title: "", optional: true },
    c: { kind: "count", title: "", unit: "bytes", better: "lower" },
  });
  return namesOf({ ...sampleLatency, tables: [table.of(labels.map(([a, b]) => ({ a, b, c: 1 })))] });
}

test("a label out of a file cannot pass for two parts, nor one that is not there for another", () => {
  expect(labelled(["a/b", "c"], ["a", "b/c"], ["a", null], ["a", "null"])).toEqual([
    "p2p_latency/t/a%2Fb/c/c",
    "p2p_latency/t/a/b%2Fc/c",
    "p2p_latency/t/a//c",
    "p2p_latency/t/a/null/c",
  ]);
});

test("a long label is cut, and is still no other", () => {
  const long = "x".repeat(256);
  const [first = "", second = ""] = labelled([long, `${long.slice(1)}y`], [long, `${long.slice(1)}z`]);
  expect(first).not.toBe(second);
  expect(first.length).toBeLessThan(300);
  const [, , , cut = ""] = second.split("/");
  expect(cut).toHaveLength(101);
  // Whoever calls a label as another is cut has it cut too.
  expect(new Set(labelled([long, null], [cut, null])).size).toBe(2);
});

test("the same run measured again has the same names", () => {
  for (const result of sampleResults)
    expect(namesOf({ ...result, seed: 2, started_at: "2027-01-01T00:00:00Z" })).toEqual(namesOf(result));
});

test("whatever the schema allows, names are unique and short, and figures are finite", () => {
  let seen = 0;
  fc.assert(
    fc.property(anyResult(), (result) => {
      const figures = figuresOf(result);
      seen += figures.length;
      expect(new Set(figures.map(({ name }) => name)).size).toBe(figures.length);
      for (const { name, value, low, high } of figures) {
        expect(name).toStartWith(`${result.benchmark}/`);
        expect(name.length).toBeLessThan(1024);
        expect([value, low ?? 0, high ?? 0].every(Number.isFinite)).toBe(true);
      }
    }),
    { numRuns: 200 },
  );
  expect(seen).toBeGreaterThan(100);
});
