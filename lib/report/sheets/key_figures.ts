import type {
  ConcurrentWorkflows,
  MemoryUsage,
  P2pLatency,
  Result,
  RuntimeComparison,
} from "../../result.ts";
import { showRange } from "../format.ts";
import { interval, number, type Sheet, status, text, time, toSheet } from "../sheet.ts";
import { bytes } from "./memory_usage.ts";

/** The few figures of a result that fit a summary, in one table. */
export function keyFigures(result: Result): Sheet {
  switch (result.benchmark) {
    case "p2p_latency":
      return latency(result);
    case "runtime_comparison":
      return comparison(result);
    case "concurrent_workflows":
      return workflows(result);
    case "memory_usage":
      return memory(result);
  }
}

function latency({ tools }: P2pLatency): Sheet {
  return toSheet("p2p_latency", "What a call takes, and what the direct way saves", tools, [
    text("tool", "tool_name", ({ tool_name }) => tool_name),
    time("direct p50", "direct_p50", ({ runtimes }) => runtimes.direct.p50_ms),
    time("HTTP p50", "http_p50", ({ runtimes }) => runtimes.http.p50_ms),
    interval("saving % (95 % interval)", "improvement_percent", (tool) => tool.improvement_percent),
    status((tool) => tool.status),
  ]);
}

function comparison({ workloads }: RuntimeComparison): Sheet {
  const rows = workloads.flatMap(({ workload, arms }) => arms.map((arm) => ({ workload, ...arm })));
  return toSheet("runtime_comparison", "Throughput and latency by workload and arm", rows, [
    text("workload", "workload", ({ workload }) => workload),
    text("arm", "arm", ({ arm }) => arm),
    interval("calls/s (95 % interval)", "throughput_per_s", (arm) => arm.throughput_per_s, showRange),
    time("P2P p50", "p2p_p50", ({ service_time }) => service_time.p2p?.p50_ms),
    time("P2P p95", "p2p_p95", ({ service_time }) => service_time.p2p?.p95_ms),
    time("general p50", "general_p50", ({ service_time }) => service_time.general?.p50_ms),
    time("general p95", "general_p95", ({ service_time }) => service_time.general?.p95_ms),
  ]);
}

function workflows({ scenarios }: ConcurrentWorkflows): Sheet {
  const rows = scenarios.flatMap(({ scenario, runtimes }) =>
    runtimes.map(({ runtime, alone, together }) => ({ scenario, runtime, alone, together })),
  );
  return toSheet("concurrent_workflows", "Workflows by scenario and runtime", rows, [
    text("scenario", "scenario", ({ scenario }) => scenario),
    text("runtime", "runtime", ({ runtime }) => runtime),
    time("submitted in (alone)", "submission_p50", ({ alone }) => alone?.submission.p50_ms),
    time("completed in (alone)", "completion_p50", ({ alone }) => alone?.execution.completion?.p50_ms),
    interval("submitted/s", "submitted_per_s", ({ together }) => together?.submitted_per_s, showRange),
    interval("completed/s", "completed_per_s", ({ together }) => together?.completed_per_s, showRange),
  ]);
}

function memory({ baseline, per_request, leak_detection }: MemoryUsage): Sheet {
  const runtimes = [...baseline, ...per_request, ...leak_detection].map(({ runtime }) => runtime);
  const rows = [...new Set(runtimes)].map((runtime) => {
    const looked = leak_detection.filter((leak) => leak.runtime === runtime && leak.subject !== "canary");
    return {
      runtime,
      last: baseline.find((one) => one.runtime === runtime)?.stages.at(-1),
      request: per_request.find((one) => one.runtime === runtime),
      looked: looked.length,
      leaks: looked.filter(({ verdict }) => verdict === "leak").length,
    };
  });
  return toSheet("memory_usage", "Memory by runtime", rows, [
    text("runtime", "runtime", ({ runtime }) => runtime),
    bytes("heap when all is open", "heap_bytes", ({ last }) => last?.heap_bytes),
    bytes("resident", "rss_bytes", ({ last }) => last?.rss_bytes),
    interval(
      "B that a call leaves",
      "retained_bytes_per_call",
      ({ request }) => request?.retained_bytes_per_call,
    ),
    number("looked at for leaks", "looked", ({ looked }) => looked),
    number("leaks", "leaks", ({ leaks }) => leaks),
  ]);
}
