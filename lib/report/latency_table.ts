import { styleText } from "node:util";
import type { Latency } from "../measure/stats.ts";
import type { P2pLatency } from "../result.ts";
import { showValidity } from "./answers.ts";
import { showEstimate, showTime } from "./format.ts";
import { renderColumns } from "./table.ts";

type Tool = P2pLatency["tools"][number];

/** The result as a person reads it: a table by category, and the answer in words as its last line. */
export function renderLatency(result: P2pLatency): string {
  return `${renderTable(result)}\n\n${renderAnswer(result)}`;
}

function renderTable({ tools }: P2pLatency): string {
  const figures = [
    "direct p50",
    "p95",
    "p99",
    "http p50",
    "p95",
    "p99",
    "saving % (95 % interval)",
    "http adds",
    "verdict",
  ];
  const rows = [...Map.groupBy(tools, ({ category }) => category)].flatMap(([category, group]) => [
    [styleText("bold", category), ...figures.map((figure) => styleText("dim", figure))],
    ...group.map(row),
  ]);
  return renderColumns(rows);
}

function row(tool: Tool): string[] {
  const { direct, http } = tool.runtimes;
  return [
    tool.tool_name,
    ...percentiles(direct),
    ...percentiles(http),
    showEstimate(tool.improvement_percent),
    showTime(tool.added_ms.estimate),
    showVerdict(tool),
  ];
}

function percentiles({ p50_ms, p95_ms, p99_ms }: Latency): string[] {
  return [p50_ms, p95_ms, p99_ms].map((value) => (value === null ? "–" : showTime(value)));
}

function showVerdict({ status, above_range }: Pick<Tool, "status" | "above_range">): string {
  if (status === "met") return styleText("green", above_range ? "met (above the range)" : "met");
  return status === "missed" ? styleText("red", "missed") : styleText("yellow", "inconclusive");
}

function renderAnswer(result: P2pLatency): string {
  return `${renderSaving(result)}\n${showValidity(result)}`;
}

function renderSaving({ tools, aggregate, criteria }: P2pLatency): string {
  const [criterion] = criteria;
  if (!aggregate || !criterion) return "No round has measured every tool, so there is no overall answer.";
  const { estimate, low, high } = aggregate.improvement_percent;
  const [less, by] = estimate < 0 ? ["more", -estimate] : ["less", estimate];
  const sure =
    low === null || high === null
      ? "one round shows no interval"
      : `95 % interval ${low.toFixed(1)} to ${high.toFixed(1)} %`;
  const what = tools.length === 1 ? tools[0]?.tool_name : `the ${tools.length} tools`;
  return (
    `Called directly, ${what} take${tools.length === 1 ? "s" : ""} ${by.toFixed(1)} % ${less} time than over HTTP ` +
    `(${sure}): ${criterion.target} less: ${criterion.status}.`
  );
}
