/** The benchmarks, in the order in which they run. */
export const benchmarks = [
  "p2p_latency",
  "runtime_comparison",
  "concurrent_workflows",
  "memory_usage",
] as const;
export type Benchmark = (typeof benchmarks)[number];

export const presetNames = ["quick", "ci", "full"] as const;
export type Preset = (typeof presetNames)[number];

/** Flags of a script, as its options name them. */
export type Flags = Readonly<Record<string, boolean | number | string | readonly string[]>>;

/**
 * What each preset asks of each benchmark. `quick` looks at everything within 45 s: two rounds are the fewest that have
 * an interval. `ci` is the reduced set of the benchmark that this one replaces. `full` is what a report wants to show.
 */
export const presets: Readonly<Record<Preset, Readonly<Record<Benchmark, Flags>>>> = {
  quick: {
    p2p_latency: { quick: true, rounds: 2 },
    // Mixed calls both kinds of tools, and so has both verdicts; sequential calls are what p2p_latency makes.
    runtime_comparison: { quick: true, workload: ["mixed"] },
    concurrent_workflows: { quick: true, rounds: 2 },
    memory_usage: { quick: true, test: ["per_request", "leak_detection"] },
  },
  ci: {
    p2p_latency: { iterations: 50 },
    runtime_comparison: { workload: ["concurrent"], concurrency: 10, iterations: 50, sweep: "none" },
    concurrent_workflows: { scenario: ["simple"], workflows: 50 },
    // Calls have no criterion, which more than one round would serve.
    memory_usage: { test: ["per_request"], iterations: 500, rounds: 1 },
  },
  full: {
    p2p_latency: {},
    runtime_comparison: {},
    concurrent_workflows: { sweep: true, monitor: true },
    memory_usage: {},
  },
};

const memoryCriteria = ["baseline", "leak_detection"];

/** The flags without `check` and `strict` where there is nothing to judge, which those take for a criterion not met. */
export function checkedFlags(flags: Flags): Flags {
  const tests = flags.test;
  const hasCriteria = !Array.isArray(tests) || tests.some((test) => memoryCriteria.includes(test));
  return hasCriteria ? flags : { ...flags, check: false, strict: false };
}

/** Flags as words of a command line. */
export function toWords(flags: Flags): string[] {
  return Object.entries(flags).flatMap(([flag, value]) => {
    if (typeof value === "boolean") return value ? [`--${flag}`] : [];
    return [value].flat().map((one) => `--${flag}=${one}`);
  });
}
