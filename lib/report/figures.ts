import { type Estimate, estimate, type Latency, transform } from "../measure/stats.ts";
import type { ConcurrentWorkflows, P2pLatency, Result, RuntimeComparison } from "../result.ts";

export type FigureUnit = "ms" | "per_s" | "bytes" | "percent";

/** A figure of a result that is worth comparing with that of another, or plotting over time. */
export interface Figure {
  /** Unique in a result, and the same in the next: what was measured, part by part, as in `p2p_latency/task_list/http/p50`. */
  readonly name: string;
  readonly unit: FigureUnit;
  readonly value: number;
  /** The 95 % interval over rounds; `null` where there is none. */
  readonly low: number | null;
  readonly high: number | null;
  readonly better: "lower" | "higher";
}

/** A figure under the parts of its name. */
type Draft = Omit<Figure, "name"> & { readonly path: readonly string[] };

/** Every figure of a result that is worth comparing or plotting. */
export function figuresOf(result: Result): Figure[] {
  const seen = new Map<string, number>();
  return draftsOf(result).map(({ path, ...figure }) => {
    const name = [result.benchmark, ...path].map(toPart).join("/");
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    return { name: times === 1 ? name : `${name}#${times}`, ...figure };
  });
}

function draftsOf(result: Result): Draft[] {
  switch (result.benchmark) {
    case "p2p_latency":
      return ofLatency(result);
    case "runtime_comparison":
      return ofComparison(result);
    case "concurrent_workflows":
      return ofWorkflows(result);
  }
}

/** Names come from files: a slash in one must not look like two parts, and no name is without end. */
function toPart(text: string): string {
  return encodeURIComponent(text.toWellFormed()).slice(0, 100);
}

function ofLatency({ tools, aggregate }: P2pLatency): Draft[] {
  return [
    ...tools.flatMap((tool) => [
      ...(["direct", "http"] as const).flatMap((runtime): Draft[] => {
        const [p50, ...tail] = percentiles([tool.tool_name, runtime], tool.runtimes[runtime]);
        return p50 ? [{ ...p50, ...centre(tool, runtime) }, ...tail] : [];
      }),
      figure([tool.tool_name, "saving"], "percent", tool.improvement_percent, "higher"),
    ]),
    ...(aggregate ? [figure(["overall", "saving"], "percent", aggregate.improvement_percent, "higher")] : []),
  ];
}

/**
 * The geometric mean of the rounds' medians with its interval, because a process differs more from the next than its
 * calls do. Nothing when the file has no median to take a logarithm of.
 */
function centre({ per_round }: P2pLatency["tools"][number], runtime: "direct" | "http") {
  const logarithms = per_round.map(({ p50_ms }) => Math.log(p50_ms[runtime]));
  const middle = transform(estimate(logarithms), Math.exp);
  return [middle.estimate, middle.low ?? 0, middle.high ?? 0].every(Number.isFinite) ? toValue(middle) : {};
}

function ofComparison({ workloads, sweep }: RuntimeComparison): Draft[] {
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

function ofWorkflows({ scenarios, sweep }: ConcurrentWorkflows): Draft[] {
  return [
    ...scenarios.flatMap(({ scenario, runtimes, http_adds }) => [
      ...runtimes.flatMap(({ runtime, alone: single, together }) => {
        const at = (...path: string[]) => [scenario, runtime, ...path];
        return [
          ...percentiles(at("alone", "submission"), single?.submission ?? null),
          ...percentiles(at("alone", "completion"), single?.execution.completion ?? null),
          ...(together ? ofTogether(at, together) : []),
        ];
      }),
      ...(http_adds ? [figure([scenario, "saving"], "percent", http_adds.saving_percent, "higher")] : []),
    ]),
    ...sweep.flatMap(({ runtime, points }) =>
      points.flatMap(({ concurrency, completed_per_s, p95_ms }) => [
        figure(["sweep", runtime, `${concurrency}`, "completed"], "per_s", completed_per_s, "higher"),
        figure(["sweep", runtime, `${concurrency}`, "p95"], "ms", p95_ms, "lower"),
      ]),
    ),
  ];
}

type Together = NonNullable<ConcurrentWorkflows["scenarios"][number]["runtimes"][number]["together"]>;

function ofTogether(at: (...path: string[]) => string[], together: Together): Draft[] {
  const { submitted_per_s, completed_per_s, submission, execution, server } = together;
  return [
    figure(at("submitted"), "per_s", submitted_per_s, "higher"),
    ...(completed_per_s ? [figure(at("completed"), "per_s", completed_per_s, "higher")] : []),
    ...percentiles(at("submission"), submission),
    ...percentiles(at("completion"), execution.completion),
    ...percentiles(at("hand_over"), execution.hand_over),
    alone(at("server", "rss"), "bytes", server.rss_bytes),
  ];
}

function percentiles(path: readonly string[], latency: Latency | null): Draft[] {
  if (!latency) return [];
  const { p50_ms: p50, p95_ms: p95, p99_ms: p99 } = latency;
  return Object.entries({ p50, p95, p99 }).flatMap(([name, ms]) =>
    ms === null ? [] : [alone([...path, name], "ms", ms)],
  );
}

function figure(path: readonly string[], unit: FigureUnit, of: Estimate, better: Figure["better"]): Draft {
  return { path, unit, ...toValue(of), better };
}

/** A figure without an interval. */
function alone(path: readonly string[], unit: FigureUnit, value: number): Draft {
  return { path, unit, value, low: null, high: null, better: "lower" };
}

function toValue({ estimate: value, low, high }: Estimate) {
  return { value, low, high };
}
