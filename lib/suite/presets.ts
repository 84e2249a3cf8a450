import { everydayScenarios } from "../benchmarks/concurrent_workflows/scenarios.ts";
import { memoryTests, quick as quickMemory } from "../benchmarks/memory_usage/plan.ts";
import { usualTools } from "../benchmarks/path_ladder/options.ts";
import { workloads } from "../benchmarks/runtime_comparison/options.ts";
import { p2pCases, toolsOf } from "../cases.ts";

/** Flags of a script, as its options name them. */
export type Flags = Readonly<Record<string, boolean | number | string | readonly string[]>>;

/** `quick` looks at everything within a minute, `ci` is what the benchmark before this one did there, `full` is for a report. */
export const presetNames = ["quick", "ci", "full"] as const;
export type Preset = (typeof presetNames)[number];

/** A benchmark of the suite, and what each preset asks of it. */
export interface Benchmark extends Readonly<Record<Preset, Flags>> {
  /** That of its script, without folder and ending. */
  readonly name: string;
  readonly share: Share;
}

/** How its work can be shared out: by what one of its flags chooses among. */
interface Share {
  readonly flag: string;
  readonly names: readonly string[];
  /** Those that have nothing to judge. */
  readonly unjudged?: readonly string[];
  /** What a share without the first of them is told besides, so that only one of them sweeps. */
  readonly others?: Flags;
}

/** The benchmarks, in the order in which they run. */
export const suite: readonly Benchmark[] = [
  {
    name: "p2p_latency",
    quick: { quick: true },
    // Exactly so many rounds: a slower machine would refuse a budget that is too small for it.
    ci: { rounds: 4, iterations: 20 },
    full: {},
    share: { flag: "tool", names: toolsOf(p2pCases) },
  },
  {
    name: "path_ladder",
    quick: { quick: true },
    ci: { rounds: 3, iterations: 50, warmup: 1_000, cold: 1 },
    full: {},
    share: { flag: "tool", names: usualTools, others: { cold: 0 } },
  },
  {
    name: "runtime_comparison",
    quick: { quick: true },
    ci: { workload: ["concurrent"], rounds: 4, sweep: "none" },
    full: {},
    share: { flag: "workload", names: workloads, others: { sweep: "none" } },
  },
  {
    name: "concurrent_workflows",
    quick: { quick: true },
    ci: { scenario: ["simple"], workflows: 50, rounds: 5 },
    full: { sweep: true, monitor: true },
    share: { flag: "scenario", names: everydayScenarios, others: { sweep: false } },
  },
  {
    name: "memory_usage",
    quick: { quick: true, test: quickMemory.test },
    // Calls have no criterion, which more than one round would serve.
    ci: { test: ["per_request"], iterations: 500, rounds: 1 },
    full: {},
    // One test takes all its tools together, but for leaks, so that tools cannot be apart.
    share: { flag: "test", names: memoryTests, unjudged: ["per_request", "gc_impact"] },
  },
];

export const benchmarks = suite.map(({ name }) => name);

/** What some flags choose of what can be shared out: all of it unless they name some. */
export function chosenOf({ flag, names }: Share, flags: Flags): readonly string[] {
  const given = flags[flag];
  return Array.isArray(given) ? names.filter((name) => given.includes(name)) : names;
}

/** Flags as words of a command line. */
export function toWords(flags: Flags): string[] {
  return Object.entries(flags).flatMap(([flag, value]) => {
    if (typeof value === "boolean") return value ? [`--${flag}`] : [];
    return [value].flat().map((one) => `--${flag}=${one}`);
  });
}
