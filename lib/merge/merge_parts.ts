import { arms, workloads } from "../benchmarks/runtime_comparison.ts";
import { scenarios } from "../benchmarks/workflow_scenarios.ts";
import type { ConcurrentWorkflows, MemoryUsage, RuntimeComparison } from "../result.ts";
import { inOrder } from "./in_order.ts";
import type { Part } from "./merge_results.ts";

/** The workloads of all parts, each judged by itself as it was, and the sweep of the part that made it. */
export function mergeComparison(parts: readonly Part<RuntimeComparison>[]) {
  return {
    benchmark: "runtime_comparison" as const,
    criteria: parts.flatMap(({ result }) => result.criteria),
    workloads: inOrder(
      parts,
      (result) => result.workloads,
      ({ workload }) => workload,
      workloads,
    ),
    sweep: inOrder(
      parts,
      ({ sweep }) => sweep,
      ({ arm }) => arm,
      arms,
    ),
  };
}

/** The scenarios of all parts, each judged by itself as it was, and the sweep of the part that made it. */
export function mergeWorkflows(parts: readonly Part<ConcurrentWorkflows>[]) {
  return {
    benchmark: "concurrent_workflows" as const,
    criteria: parts.flatMap(({ result }) => result.criteria),
    scenarios: inOrder(
      parts,
      (result) => result.scenarios,
      ({ scenario }) => scenario,
      scenarios,
    ),
    sweep: inOrder(
      parts,
      ({ sweep }) => sweep,
      ({ runtime }) => runtime,
      arms,
    ),
  };
}

/** The tests of all parts, each judged by itself as it was. */
export function mergeMemory(parts: readonly Part<MemoryUsage>[]) {
  const of = <Item extends { runtime: string }>(
    itemsOf: (result: MemoryUsage) => readonly Item[],
    nameOf: (item: Item) => string,
  ) => inOrder(parts, itemsOf, (item) => `${nameOf(item)} of ${item.runtime}`, []);
  return {
    benchmark: "memory_usage" as const,
    criteria: parts.flatMap(({ result }) => result.criteria),
    baseline: of(
      (result) => result.baseline,
      () => "baseline",
    ),
    per_request: of(
      (result) => result.per_request,
      () => "per_request",
    ),
    leak_detection: of(
      (result) => result.leak_detection,
      ({ subject, tool_name }) => `${subject} ${tool_name}`,
    ),
    gc_impact: of(
      (result) => result.gc_impact,
      ({ mode }) => mode,
    ),
  };
}
