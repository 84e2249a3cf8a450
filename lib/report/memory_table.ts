import { styleText } from "node:util";
import prettyBytes from "pretty-bytes";
import type { Estimate } from "../measure/stats.ts";
import type { Criterion, MemoryUsage } from "../result.ts";
import { showValidity } from "./answers.ts";
import { showEstimate, showTime } from "./format.ts";
import { sparkline } from "./sparkline.ts";
import { renderColumns } from "./table.ts";

type Leak = MemoryUsage["leak_detection"][number];
type Collected = MemoryUsage["gc_impact"][number];

/** The result as a person reads it: a table for each test, and the verdicts in words. */
export function renderMemory(result: MemoryUsage): string {
  const { baseline, per_request, leak_detection, gc_impact, criteria } = result;
  const parts = [
    baseline.length > 0 ? renderBaseline(baseline) : "",
    per_request.length > 0 ? renderRequests(per_request) : "",
    leak_detection.length > 0 ? renderLeaks(leak_detection) : "",
    gc_impact.length > 0 ? renderCollections(gc_impact) : "",
    criteria.map(renderCriterion).join("\n"),
    showValidity(result),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

function renderBaseline(baseline: MemoryUsage["baseline"]): string {
  const [longest] = baseline.toSorted((a, b) => b.stages.length - a.stages.length);
  const names = longest?.stages.map(({ stage }) => stage) ?? [];
  const rows = names.map((name) => [
    name,
    ...baseline.flatMap(({ stages }) => {
      const stage = stages.find((one) => one.stage === name);
      if (!stage) return ["–", "–", "–", "–"];
      const { heap_bytes, added_heap_bytes, rss_bytes, added_rss_bytes } = stage;
      return [
        size(heap_bytes.estimate),
        signed(added_heap_bytes.estimate),
        size(rss_bytes.estimate),
        signed(added_rss_bytes.estimate),
      ];
    }),
    "",
  ]);
  const columns = baseline.flatMap(({ runtime }) => [`${runtime} heap`, "added", "resident", "added"]);
  const totals = baseline.flatMap(({ runtime, stages, idle }) => {
    const last = stages.at(-1);
    if (!last) return [];
    const rest = idle ? `; idle, the heap is ${idle.verdict}` : "";
    return [
      ` ${runtime}, ${last.stage}: heap ${size(last.heap_bytes.estimate)}${range(last.heap_bytes)}, ` +
        `resident ${size(last.rss_bytes.estimate)}${range(last.rss_bytes)}${rest}`,
    ];
  });
  return [renderColumns([head("baseline", [...columns, ""]), ...rows]), ...totals].join("\n");
}

function renderRequests(requests: MemoryUsage["per_request"]): string {
  const tools = [...new Set(requests.flatMap((one) => one.tools.map(({ tool_name }) => tool_name)))];
  const cell = (figure: Estimate | null | undefined) =>
    figure ? `${size(figure.estimate)}${range(figure)}` : "–";
  const rows = tools.map((name) => [
    name,
    ...requests.map((one) =>
      cell(one.tools.find(({ tool_name }) => tool_name === name)?.allocated_bytes_per_call),
    ),
    "",
  ]);
  const control = [
    "(the loop itself)",
    ...requests.map((one) => cell(one.control_allocated_bytes_per_call)),
    "",
  ];
  const columns = requests.map(({ runtime }) => `${runtime} allocates per call`);
  const retained = requests.map(
    ({ runtime, retained_bytes_per_call: retained }) =>
      ` ${runtime}: a call leaves ${showEstimate(retained)} B behind, all tools together`,
  );
  return [renderColumns([head("per_request", [...columns, ""]), ...rows, control]), ...retained].join("\n");
}

function renderLeaks(leaks: readonly Leak[]): string {
  const rows = leaks.map((leak) => [
    leak.tool_name,
    leak.runtime,
    String(leak.iterations),
    leak.bytes_per_call ? showEstimate(leak.bytes_per_call) : "–",
    sparkline(
      leak.samples.map(({ heap_bytes }) => heap_bytes),
      { noise: flatBytes },
    ),
    showVerdict(leak),
  ]);
  const columns = ["runtime", "calls", "B per call", "heap per batch", "verdict"];
  return renderColumns([head("leak_detection", columns), ...rows]);
}

/** A heap that moves by less in a whole test is drawn as a level line. */
const flatBytes = 64 * 1024;

function showVerdict({ verdict, growing_types, needed_calls, subject }: Leak): string {
  if (verdict === "insufficient data") {
    const needed = needed_calls === null ? "" : `, try ${needed_calls} calls`;
    return styleText("yellow", `insufficient data${needed}`);
  }
  if (verdict === "no leak") return styleText("green", verdict);
  if (subject === "canary") return styleText("green", "leak, as it should be");
  const types = growing_types.slice(0, 2).map(({ type, per_call }) => `${type} ${per_call.toFixed(1)}`);
  return styleText("red", ["leak", ...types].join(", ").slice(0, 40));
}

function renderCollections(collected: readonly Collected[]): string {
  const rows = collected.map((run) => {
    const { latency, latency_without_collections: clear, pauses } = run;
    return [
      `${run.runtime} ${run.mode}`,
      run.throughput_per_s.estimate.toFixed(0),
      run.throughput_change_percent ? showEstimate(run.throughput_change_percent) : "–",
      showTime(latency.p50_ms),
      latency.p99_ms === null ? "–" : showTime(latency.p99_ms),
      clear === null || clear.p99_ms === null ? "–" : showTime(clear.p99_ms),
      `${run.eden_collections}+${run.full_collections}`,
      pauses ? String(pauses.count) : "?",
      pauses ? (pauses.count > 0 ? showTime(pauses.total_ms) : "–") : "?",
      pauses === null || pauses.p50_ms === null ? "–" : showTime(pauses.p50_ms),
      pauses === null || pauses.max_ms === null ? "–" : showTime(pauses.max_ms),
    ];
  });
  const columns = [
    "calls/s",
    "change %",
    "p50",
    "p99",
    "p99 clear",
    "eden+full",
    "pauses",
    "total",
    "p50",
    "max",
  ];
  return renderColumns([head("gc_impact", columns), ...rows]);
}

function renderCriterion({ name, target, unit, smallest_effect, status, ...figure }: Criterion): string {
  const { estimate, low, high } = figure;
  const smallest =
    smallest_effect === null ? "" : `; the run could have seen ${smallest_effect.toFixed(1)} ${unit}`;
  const color = status === "met" ? "green" : status === "missed" ? "red" : "yellow";
  return `${name}: ${showEstimate({ estimate, low, high })} ${unit}, ${target}: ${styleText(color, status)}${smallest}`;
}

function head(title: string, columns: readonly string[]): string[] {
  return [styleText("bold", title), ...columns.map((column) => styleText("dim", column))];
}

function size(bytes: number): string {
  return prettyBytes(Math.round(bytes), { binary: true });
}

function signed(bytes: number): string {
  return prettyBytes(Math.round(bytes), { binary: true, signed: true });
}

/** The interval, in brackets behind a figure. */
function range({ low, high }: Estimate): string {
  return low === null || high === null ? "" : ` (${size(low)} to ${size(high)})`;
}
