import prettyBytes from "pretty-bytes";
import type { Estimate } from "../../measure/stats.ts";
import type { MemoryUsage } from "../../result.ts";
import { showEstimate, showRange } from "../format.ts";
import { type Column, interval, number, type Sheet, status, text, time, toSheet, unknown } from "../sheet.ts";
import { percentileColumns } from "./latency_columns.ts";

export type Leak = MemoryUsage["leak_detection"][number];

/** What each runtime holds, stage by stage. */
export function baselineSheet({ baseline }: MemoryUsage): Sheet {
  const rows = baseline.flatMap(({ runtime, stages }) => stages.map((stage) => ({ runtime, ...stage })));
  type Row = (typeof rows)[number];
  return toSheet<Row>("memory_usage-baseline", "Memory by stage, garbage collected", rows, [
    text("stage", "stage", ({ stage }) => stage),
    text("runtime", "runtime", ({ runtime }) => runtime),
    bytes("heap (95 % interval)", "heap_bytes", ({ heap_bytes }) => heap_bytes),
    bytes("added", "added_heap_bytes", ({ added_heap_bytes }) => added_heap_bytes),
    bytes("resident (95 % interval)", "rss_bytes", ({ rss_bytes }) => rss_bytes),
    bytes("added", "added_rss_bytes", ({ added_rss_bytes }) => added_rss_bytes),
  ]);
}

/** What a call of each tool allocates. */
export function requestSheet({ per_request }: MemoryUsage): Sheet {
  const rows = per_request.flatMap(({ runtime, tools, control_allocated_bytes_per_call }) => [
    ...tools.map((tool) => ({ runtime, ...tool })),
    {
      runtime,
      tool_name: "(the loop itself)",
      allocated_bytes_per_call: control_allocated_bytes_per_call,
    },
  ]);
  return toSheet("memory_usage-requests", "What a call allocates, tool by tool", rows, [
    text("tool", "tool_name", ({ tool_name }) => tool_name),
    text("runtime", "runtime", ({ runtime }) => runtime),
    bytes(
      "allocates per call (95 % interval)",
      "allocated_bytes_per_call",
      (row) => row.allocated_bytes_per_call,
    ),
  ]);
}

/** Whether anything leaks. */
export function leakSheet({ leak_detection }: MemoryUsage): Sheet {
  return toSheet("memory_usage-leaks", "Growth of the heap with the calls", leak_detection, [
    text<Leak>("tool", "tool_name", ({ tool_name }) => tool_name),
    text<Leak>("runtime", "runtime", ({ runtime }) => runtime),
    text<Leak>("what was called", "branch", ({ branch }) => branch),
    number<Leak>("calls", "iterations", ({ iterations }) => iterations),
    interval<Leak>("B per call (95 % interval)", "bytes_per_call", (leak) => leak.bytes_per_call, showWithin),
    interval<Leak>("objects per call", "objects_per_call", (leak) => leak.objects_per_call, showWithin),
    text<Leak>(
      "growing types",
      "growing_types",
      ({ growing_types }) =>
        growing_types.map(({ type, per_call }) => `${type} ${per_call.toFixed(1)}`).join(", ") || unknown,
    ),
    number<Leak>("calls that may do", "needed_calls", ({ needed_calls }) => needed_calls),
    status<Leak>(({ verdict }) => verdict, showVerdict),
  ]);
}

/** The readings that the slopes are fitted to. */
export function heapSheet({ leak_detection }: MemoryUsage): Sheet {
  const rows = leak_detection.flatMap(({ tool_name, runtime, samples }) =>
    samples.map((sample) => ({ tool_name, runtime, ...sample })),
  );
  return toSheet("memory_usage-heap", "Heap after each batch of calls", rows, [
    text("tool", "tool_name", ({ tool_name }) => tool_name),
    text("runtime", "runtime", ({ runtime }) => runtime),
    number("calls", "calls", ({ calls }) => calls),
    number("heap", "heap_bytes", ({ heap_bytes }) => heap_bytes, showBytes),
  ]);
}

/** What collecting garbage does to calls. */
export function collectionSheet({ gc_impact }: MemoryUsage): Sheet {
  type Row = MemoryUsage["gc_impact"][number];
  return toSheet<Row>("memory_usage-collections", "Calls while garbage is collected", gc_impact, [
    text("runtime", "runtime", ({ runtime }) => runtime),
    text("collecting", "mode", ({ mode }) => mode),
    interval("calls/s (95 % interval)", "throughput_per_s", (row) => row.throughput_per_s, showRange),
    interval("change %", "throughput_change_percent", (row) => row.throughput_change_percent),
    ...percentileColumns<Row>("all calls", "latency", ({ latency }) => latency),
    time("clear of it p99", "latency_clear_p99", (row) => row.latency_without_collections?.p99_ms),
    number("eden", "eden_collections", ({ eden_collections }) => eden_collections),
    number("full", "full_collections", ({ full_collections }) => full_collections),
    number("pauses", "pauses", ({ pauses }) => pauses?.count),
    time("in all", "pauses_total", ({ pauses }) => pauses?.total_ms),
    time("longest", "pauses_max", ({ pauses }) => pauses?.max_ms),
    ...(gc_impact.some(({ unobserved }) => unobserved !== null)
      ? [text<Row>("pauses are not seen", "unobserved", ({ unobserved }) => unobserved ?? unknown)]
      : []),
  ]);
}

/** A leak that was made to be found is as it should be. */
export function showVerdict({ verdict, subject }: Leak): string {
  if (subject !== "canary") return verdict;
  return verdict === "leak" ? "found, as it should be" : `missed (${verdict}), though it was made to leak`;
}

/** Bytes with their interval. */
export function bytes<Row>(
  title: string,
  name: string,
  read: (row: Row) => Estimate | null | undefined,
): Column<Row> {
  return interval(title, name, read, ({ estimate, low, high }) =>
    low === null || high === null
      ? showBytes(estimate)
      : `${showBytes(estimate)} (${showBytes(low)} to ${showBytes(high)})`,
  );
}

export function showBytes(value: number): string {
  return prettyBytes(Math.round(value), { binary: true });
}

/** An interval within one process, in which a single one says no less. */
function showWithin(figure: Estimate): string {
  return figure.low === null || figure.high === null ? figure.estimate.toFixed(1) : showEstimate(figure);
}
