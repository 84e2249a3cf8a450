import type { RuntimeComparison } from "../../result.ts";
import { alone, type Draft, figure, percentiles } from "./draft.ts";

/** Throughput, latency, CPU and memory of each arm under each workload, and the sweep. */
export function ofComparison({ workloads, sweep }: RuntimeComparison): Draft[] {
  return [
    ...workloads.flatMap(({ workload, arms }) =>
      arms.flatMap(({ arm, throughput_per_s, service_time, response_time, client, server }) => {
        const at = (...path: string[]) => [workload, arm, ...path];
        return [
          figure(at("throughput"), "per_s", throughput_per_s, "higher"),
          ...(["p2p", "general"] as const).flatMap((group) => [
            ...percentiles(at(group, "service_time"), service_time[group]),
            ...percentiles(at(group, "response_time"), response_time?.[group] ?? null),
          ]),
          figure(at("client", "cpu"), "percent", client.cpu_percent, "lower"),
          figure(at("server", "cpu"), "percent", server.cpu_percent, "lower"),
          alone(at("server", "rss"), "bytes", server.rss_bytes),
        ];
      }),
    ),
    ...sweep.flatMap(({ arm, points }) =>
      points.flatMap(({ concurrency, throughput_per_s, p95_ms }) => [
        figure(["sweep", arm, `${concurrency}`, "throughput"], "per_s", throughput_per_s, "higher"),
        ...(p95_ms ? [figure(["sweep", arm, `${concurrency}`, "p95"], "ms", p95_ms, "lower")] : []),
      ]),
    ),
  ];
}
