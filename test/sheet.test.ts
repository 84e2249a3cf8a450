import { expect, test } from "bun:test";
import { Histogram } from "../lib/judge/histogram.ts";
import { toSheet } from "../lib/report/sheet.ts";
import { declareTable } from "../lib/result/table.ts";

const latency = {
  ...{ n: 60, avg_ms: 2, stdev_ms: 0.5, min_ms: 1, max_ms: 9 },
  ...{ p50_ms: 1.5, p95_ms: 4, p99_ms: null },
};

const table = declareTable("all", "A column of each kind", {
  share: { kind: "estimate", title: "saving", unit: "percent", headline: true, optional: true },
  tool: { kind: "label", title: "tool" },
  heap: { kind: "numbers", title: "heap", unit: "bytes", detail: true },
  time: { kind: "latency", title: "answer", headline: true },
  verdict: { kind: "status", title: "verdict", headline: true },
  branch: { kind: "text", title: "what was timed", optional: true },
  errors: { kind: "texts", title: "errors" },
  calls: { kind: "count", title: "calls" },
  memory: { kind: "number", title: "memory", unit: "bytes" },
  open: { kind: "flag", title: "open loop" },
  leaves: { kind: "estimate", title: "leaves", unit: "bytes_per_call" },
  rate: { kind: "estimate", title: "calls/s", unit: "per_s" },
  times: { kind: "histogram", title: "distribution" },
}).of(
  [true, false].map((first) => ({
    ...{ tool: first ? "a" : "b", verdict: "met", branch: null, calls: 7, memory: 2 ** 21, open: first },
    share: first ? { estimate: 66, low: 62, high: 70 } : null,
    ...{
      heap: [0, 30_000, first ? 30_000 : 0],
      time: latency,
      errors: first ? [] : ["1 conflict", "2 timeout"],
    },
    leaves: { estimate: 1, low: null, high: null },
    ...{ rate: { estimate: 1000, low: 900, high: 1100 }, times: new Histogram().toJSON() },
  })),
);
const shown = (room: Parameters<typeof toSheet>[1]) => {
  const { head, rows } = toSheet(table, room);
  return [head.map(({ title }) => title), ...rows];
};

test("has labels and headlines where there is little room", () => {
  expect(shown("headline")).toEqual([
    ["tool", "saving %", "answer p50", "p95", "p99", "verdict"],
    ["a", "66.0 (62.0 to 70.0)", "1.50 ms", "4.00 ms", "–", "met"],
    ["b", "–", "1.50 ms", "4.00 ms", "–", "met"],
  ]);
});

test("has no details and no column that holds nothing, each figure in its unit, said once", () => {
  const [head, ...rows] = shown("usual").map((row) => row.slice(6));
  expect(head).toEqual(["errors", "calls", "memory", "open loop", "leaves, B per call", "calls/s"]);
  expect(rows).toEqual([
    ["none", "7", "2 MiB", "yes", "1.0", "1000 (900 to 1100)"],
    ["1 conflict, 2 timeout", "7", "2 MiB", "no", "1.0", "1000 (900 to 1100)"],
  ]);
});

test("has details last where there is room for all", () => {
  expect(shown("all").map((row) => row.slice(12))).toEqual([
    ["heap", "answer mean", "deviation", "least", "most", "samples"],
    ["▁▄▄", "2.00 ms", "500 µs", "1.00 ms", "9.00 ms", "60"],
    ["▁▄▁", "2.00 ms", "500 µs", "1.00 ms", "9.00 ms", "60"],
  ]);
});

test("sets figures right, and tells labels from the rest", () => {
  const { head } = toSheet(table, "usual");
  expect(head.slice(0, 3).map(({ kind }) => kind)).toEqual(["label", "number", "number"]);
  expect(head.slice(5, 9).map(({ kind }) => kind)).toEqual(["status", "text", "number", "number"]);
});
