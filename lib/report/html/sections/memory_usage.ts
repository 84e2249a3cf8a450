import type { MemoryUsage } from "../../../result.ts";
import { showEstimate } from "../../format.ts";
import {
  baselineSheet,
  collectionSheet,
  heapSheet,
  leakSheet,
  requestSheet,
  showVerdict,
} from "../../sheets/memory_usage.ts";
import { heapChart } from "../charts/heap_chart.ts";
import { percentileChart } from "../charts/percentile_chart.ts";
import { missingPart, type Part } from "../part.ts";

/** What `memory_usage` found. */
export function memoryParts(result: MemoryUsage): Part[] {
  return [baselinePart(result), requestPart(result), leakPart(result), collectionPart(result)];
}

function baselinePart(result: MemoryUsage): Part {
  const title = "What each runtime holds";
  const { baseline } = result;
  if (baseline.length === 0) return missingPart(title, "This run read no memory by stage.");
  const idle = baseline.flatMap(({ runtime, idle }) => (idle ? [`${runtime} ${idle.verdict}`] : []));
  const still = idle.length > 0 ? ` While nothing is called, the heap is: ${idle.join(", ")}.` : "";
  return {
    title,
    words: `Of the process that serves the tools, after collecting garbage, by what it has opened.${still}`,
    drawings: [],
    sheets: [baselineSheet(result)],
  };
}

function requestPart(result: MemoryUsage): Part {
  const title = "What a call costs";
  const { per_request } = result;
  if (per_request.length === 0) return missingPart(title, "This run did not read the memory of calls.");
  const left = per_request.map(
    ({ runtime, retained_bytes_per_call }) => `${showEstimate(retained_bytes_per_call)} B on ${runtime}`,
  );
  return {
    title,
    words: `All tools together, a call leaves behind: ${left.join("; ")}. What it allocates, garbage or not, is in the table.`,
    drawings: [],
    sheets: [requestSheet(result)],
  };
}

function leakPart(result: MemoryUsage): Part {
  const title = "Whether anything leaks";
  const { leak_detection } = result;
  if (leak_detection.length === 0) return missingPart(title, "This run looked for no leaks.");
  const counts = [...Map.groupBy(leak_detection, showVerdict)].map(
    ([verdict, group]) => `${group.length} × ${verdict}`,
  );
  const groups = Map.groupBy(leak_detection, ({ tool_name }) => tool_name);
  return {
    title,
    words: `${counts.join("; ")}. A leak is called one when the heap grows with the calls and the number of objects agrees.`,
    drawings: [
      heapChart(
        "Heap by calls, with the fitted slope",
        [...groups].map(([name, group]) => ({
          name,
          lanes: group.map(({ runtime, samples, bytes_per_call }) => ({
            series: runtime,
            samples,
            bytesPerCall: bytes_per_call?.estimate ?? null,
          })),
        })),
      ),
    ],
    sheets: [leakSheet(result)],
    folded: [heapSheet(result)],
  };
}

function collectionPart(result: MemoryUsage): Part {
  const title = "What collecting garbage does to calls";
  const { gc_impact } = result;
  if (gc_impact.length === 0) return missingPart(title, "This run did not watch the collector.");
  const modes = Map.groupBy(gc_impact, ({ mode }) => mode);
  return {
    title,
    words:
      "As the engine collects by itself (natural), when it is forced to after every 100th call, and while the heap grows.",
    drawings: [
      percentileChart(
        "Latency of calls while garbage is collected",
        [...modes].map(([name, group]) => ({
          name,
          lanes: group.map(({ runtime, latency }) => ({ series: runtime, latency })),
        })),
      ),
    ],
    sheets: [collectionSheet(result)],
  };
}
