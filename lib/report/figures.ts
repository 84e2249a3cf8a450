import type { Result } from "../result.ts";
import { ofComparison } from "./figures/comparison.ts";
import type { Draft } from "./figures/draft.ts";
import { ofLatency } from "./figures/latency.ts";
import { ofMemory } from "./figures/memory.ts";
import { ofWorkflows } from "./figures/workflows.ts";

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
    case "memory_usage":
      return ofMemory(result);
  }
}

/** Names come from files: a slash in one must not look like two parts, and no name is without end. */
function toPart(text: string): string {
  return encodeURIComponent(text.toWellFormed()).slice(0, 100);
}
