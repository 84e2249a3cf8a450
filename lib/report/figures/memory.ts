import type { MemoryUsage } from "../../result.ts";
import { alone, type Draft, figure, percentiles } from "./draft.ts";

/** What each runtime holds, what calls leave behind and allocate, and what collecting does. */
export function ofMemory({ baseline, per_request, leak_detection, gc_impact }: MemoryUsage): Draft[] {
  return [
    ...baseline.flatMap(({ runtime, stages }) =>
      stages.flatMap(({ stage, heap_bytes, rss_bytes }) => [
        figure(["baseline", runtime, stage, "heap"], "bytes", heap_bytes, "lower"),
        figure(["baseline", runtime, stage, "rss"], "bytes", rss_bytes, "lower"),
      ]),
    ),
    ...per_request.flatMap(({ runtime, retained_bytes_per_call: retained, tools }) => [
      figure(["per_request", runtime, "retained"], "bytes", retained, "lower"),
      ...tools.flatMap(({ tool_name, allocated_bytes_per_call: allocated }) =>
        allocated
          ? [figure(["per_request", runtime, tool_name, "allocated"], "bytes", allocated, "lower")]
          : [],
      ),
    ]),
    // The canary leaks on purpose.
    ...leak_detection.flatMap(({ runtime, subject, tool_name, bytes_per_call }) =>
      bytes_per_call && subject !== "canary"
        ? [figure(["leak", runtime, subject, tool_name], "bytes", bytes_per_call, "lower")]
        : [],
    ),
    ...gc_impact.flatMap(({ runtime, mode, throughput_per_s, latency, pauses }) => {
      const at = (...path: string[]) => ["gc_impact", runtime, mode, ...path];
      return [
        figure(at("throughput"), "per_s", throughput_per_s, "higher"),
        ...percentiles(at("latency"), latency),
        ...(pauses ? [alone(at("pauses"), "ms", pauses.total_ms)] : []),
      ];
    }),
  ];
}
