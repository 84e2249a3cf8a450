import type { Found } from "../../experiment.ts";
import { Histogram } from "../../judge/histogram.ts";
import { declareTable, type RowOf } from "../../result/table.ts";
import type { RoutedCall } from "../../runtimes/router.ts";
import { workloads } from "./options.ts";
import type { Job, Said, TrafficSaid } from "./said.ts";

/** Counts what a router sends where. */
export interface Traffic {
  count(call: RoutedCall): void;
  /** What each runtime was used for since the last time. */
  take(): Omit<TrafficSaid, "kind" | "workload">[];
}

interface Used {
  readonly errors: Map<string, number>;
  /** Times of the calls that succeeded. */
  readonly latency: Histogram;
}

export function openTraffic(): Traffic {
  let used = new Map<string, Used>();
  return {
    count({ runtime, ns, error }) {
      const { errors, latency } = used.get(runtime) ?? { errors: new Map(), latency: new Histogram() };
      used.set(runtime, { errors, latency });
      if (error === null) latency.record(ns);
      else errors.set(error, (errors.get(error) ?? 0) + 1);
    },
    take() {
      const taken = used;
      used = new Map();
      return [...taken].map(([runtime, { errors, latency }]) => {
        const failed = errors.values().reduce((sum, count) => sum + count, 0);
        return { runtime, calls: latency.n + failed, errors, latency: latency.toJSON() };
      });
    },
  };
}

export const trafficTable = declareTable(
  "router_traffic",
  "Where the router sent its calls",
  {
    workload: { kind: "label", title: "workload", values: workloads },
    runtime: { kind: "label", title: "runtime used" },
    calls: { kind: "count", title: "calls", description: "those that prepare and put back included" },
    latency: { kind: "latency", title: "", description: "of those that succeeded", optional: true },
    errors: { kind: "texts", title: "errors" },
  },
  { empty: "No arm of this run had a router." },
);

/** What each runtime behind the router was used for, workload by workload. */
export function sumUpTraffic(found: readonly Found<Job, Said>[]): RowOf<typeof trafficTable>[] {
  const traffic = found.flatMap(({ said }) => (said.kind === "traffic" ? [said] : []));
  const groups = Map.groupBy(traffic, ({ workload, runtime }) => JSON.stringify([workload, runtime]));
  return [...groups.values()].flatMap((same) => {
    const [first] = same;
    if (!first) return [];
    const latency = new Histogram();
    const errors = new Map<string, number>();
    for (const one of same) {
      latency.merge(Histogram.parse(one.latency));
      for (const [code, count] of one.errors) errors.set(code, (errors.get(code) ?? 0) + count);
    }
    const { workload, runtime } = first;
    const calls = same.reduce((sum, one) => sum + one.calls, 0);
    const shown = [...errors].map(([code, count]) => `${count} ${code}`);
    return [{ workload, runtime, calls, latency: latency.n === 0 ? null : latency.latency(), errors: shown }];
  });
}
