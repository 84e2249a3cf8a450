import type { P2pLatency } from "../../../result.ts";
import { distributionSheet, latencySheet, savingSheet, spreadSheet } from "../../sheets/p2p_latency.ts";
import { distributionChart } from "../charts/distribution_chart.ts";
import { percentileChart } from "../charts/percentile_chart.ts";
import { savingChart } from "../charts/saving_chart.ts";
import { missingPart, type Part } from "../part.ts";

const runtimes = ["direct", "http"] as const;

/** What `p2p_latency` found. */
export function latencyParts(result: P2pLatency): Part[] {
  const { tools, aggregate } = result;
  if (tools.length === 0)
    return [missingPart("Latency of each tool", "No tool was measured to the end, so there is no figure.")];
  const overall = aggregate
    ? [
        {
          name: "all tools",
          saving: aggregate.improvement_percent,
          status: result.criteria[0]?.status ?? null,
        },
      ]
    : [];
  return [
    {
      title: "Latency of each tool",
      words: "What one successful call takes, the answer read and checked.",
      drawings: [
        percentileChart(
          "Latency of each tool, direct against HTTP",
          tools.map((tool) => ({
            name: tool.tool_name,
            lanes: runtimes.map((series) => ({ series, latency: tool.runtimes[series] })),
          })),
        ),
      ],
      sheets: [latencySheet(result)],
    },
    {
      title: "What the direct call saves",
      words: aggregate
        ? "The share of the time over HTTP that the direct call does not take."
        : "The share of the time over HTTP that the direct call does not take. No round has measured every tool, so there is no overall saving.",
      drawings: [
        savingChart("Saving of each tool against the claim", [
          ...overall,
          ...tools.map(({ tool_name, improvement_percent, status }) => ({
            name: tool_name,
            saving: improvement_percent,
            status,
          })),
        ]),
      ],
      sheets: [savingSheet(result)],
    },
    {
      title: "How the times of each tool spread",
      words: "Whether a tool has one usual time or several, and how long its tail is.",
      drawings: [
        distributionChart(
          "Distribution of the times of each tool",
          tools.map(({ tool_name, histograms }) => ({
            name: tool_name,
            lanes: runtimes.map((series) => ({ series, histogram: histograms[series] })),
          })),
        ),
      ],
      sheets: [spreadSheet(result)],
      folded: [distributionSheet(result)],
    },
  ];
}
