import { Histogram } from "../../judge/histogram.ts";
import { ruleFor } from "../../judge/interval.ts";
import { type Check, type Criterion, type Estimate, fewestFor } from "../../judge/shapes.ts";
import { median, percentile, summarize } from "../../judge/stats.ts";
import { showEstimate } from "../../report/format.ts";
import { declareTable, type RowOf } from "../../result/table.ts";
import { amountOf, times } from "./amounts.ts";
import { type Answer, atMost, figureOf, joined } from "./answer.ts";
import { timeColumn } from "./columns.ts";
import type { Given } from "./options.ts";
import { type ProbeFound, type Said, select } from "./said.ts";

const callsTable = declareTable(
  "calls",
  "A call",
  {
    tool_name: { kind: "label", title: "tool" },
    p50_ms: { ...timeColumn, title: "p50", headline: true },
    p95_ms: {
      ...timeColumn,
      title: "p95",
      description: "of servers that all had 59 calls or more",
      headline: true,
    },
    nothing_ms: {
      ...timeColumn,
      title: "an empty request",
      description: "its median, on the same connection",
    },
    transport_percent: {
      ...{
        kind: "estimate",
        title: "share of the transport",
        unit: "percent",
        scale: "ratio",
        optional: true,
      },
      description: "what an empty request takes of what a call does",
    },
    latency: { kind: "latency", title: "all calls", percentiles: [], detail: true },
    histogram: { kind: "histogram", title: "distribution", detail: true },
    servers: { kind: "count", title: "servers", description: "that were started for it" },
  },
  {
    charts: [{ type: "distribution", title: "Calls", rows: ["tool_name"], value: "histogram" }],
    empty: "No call was timed.",
  },
);

type Timed = Extract<Said, { kind: "calls" }>;
type Row = RowOf<typeof callsTable>;

/** What a warm call takes, and how much of that an empty request takes on the same connection. */
export function answerCalls(found: readonly ProbeFound[], given: Given): Answer {
  const rounds = Map.groupBy(select(found, "calls"), ({ tool }) => tool);
  const rows = [...rounds].map(([tool, own]) => sumUp(tool, own));
  const line = joined(rows.map(showRow));
  const limits = [
    ["p50_ms", given.max_p50],
    ["p95_ms", given.max_p95],
  ] as const;
  const asked = limits.flatMap(([column, limit]) =>
    limit === undefined ? [] : rows.map((row) => judge(row, column, amountOf(limit, times))),
  );
  return {
    table: callsTable.of(rows, line === "" ? [] : [line]),
    criteria: asked.flatMap(({ criterion }) => criterion ?? []),
    audit: asked.flatMap(({ check }) => check ?? []),
  };
}

function sumUp(tool_name: string, rounds: readonly Timed[]): Row {
  const all = rounds.flatMap(({ callNs }) => callNs);
  const histogram = new Histogram();
  for (const ns of all) histogram.record(ns);
  const shares = rounds.map(({ callNs, nothingNs }) => (median(nothingNs) / median(callNs)) * 100);
  const isEnough = rounds.every(({ callNs }) => callNs.length >= fewestFor.p95);
  const p95 = (values: readonly number[]) => percentile(Float64Array.from(values).sort(), 0.95) / 1e6;
  return {
    tool_name,
    p50_ms: figureOf(
      "ratio",
      rounds.map(({ callNs }) => median(callNs) / 1e6),
    ),
    p95_ms: isEnough
      ? figureOf(
          "ratio",
          rounds.map(({ callNs }) => p95(callNs)),
        )
      : null,
    nothing_ms: figureOf(
      "ratio",
      rounds.map(({ nothingNs }) => median(nothingNs) / 1e6),
    ),
    transport_percent: figureOf("ratio", shares),
    latency: summarize(all),
    histogram: histogram.toJSON(),
    servers: rounds.length,
  };
}

function showRow({ tool_name, p50_ms, p95_ms, transport_percent: share, latency }: Row): string {
  const show = (name: string, value: Estimate | null) =>
    value ? [`${name} ${showEstimate(value, "ms")}`] : [];
  const unknown = p95_ms ? [] : [`p95 not known from ${latency.n} calls`];
  const parts = [...show("p50", p50_ms), ...show("p95", p95_ms), ...unknown];
  const transport = share ? `, of which an empty request takes ${showEstimate(share, "percent")}` : "";
  return `${tool_name}: ${parts.join(", ")}${transport}`;
}

/** A limit that was given is judged, or makes the run suspect. */
function judge(
  row: Row,
  column: "p50_ms" | "p95_ms",
  target: number,
): { criterion?: Criterion; check?: Check } {
  const { [column]: found, tool_name: tool, latency, servers } = row;
  const name = `${column.slice(0, 3)} of a call`;
  if (!found) {
    const detail = `${name} of ${tool} is not known from ${latency.n} calls; give it a larger --budget`;
    return { check: { check: "limits could be judged", status: "suspect", detail } };
  }
  const limit = { about: { tool }, target, unit: "ms", scale: "ratio" } as const;
  return { criterion: atMost({ id: column.slice(0, 3), name, ...limit }, found, ruleFor(servers)) };
}
