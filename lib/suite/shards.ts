import { z } from "zod";
import { memoryTests } from "../benchmarks/memory_usage.ts";
import { workloads } from "../benchmarks/runtime_comparison.ts";
import { everydayScenarios } from "../benchmarks/workflow_scenarios.ts";
import { p2pCases } from "../cases.ts";
import type { Benchmark, Flags } from "./presets.ts";

/** One of several shares of all the work, counted from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

const shardHint = "must be one of up to 100 shares, as in 2/5";

/** A shard as a command line names it, such as 2/5. */
export const shardSchema = z
  .string()
  .regex(/^\d+\/\d+$/, shardHint)
  .transform((text): Shard => {
    const [index = 0, count = 0] = text.split("/").map(Number);
    return { index, count };
  })
  .refine(({ index, count }) => index >= 1 && index <= count && count <= 100, shardHint);

/** What can be measured apart from the rest: a tool, a workload or a scenario of one benchmark. */
interface Unit {
  readonly benchmark: Benchmark;
  readonly name: string;
  readonly seconds: number;
}

interface Parts {
  /** The flag that chooses among them. */
  readonly flag: string;
  readonly names: readonly string[];
  /** What each takes in a full run, about: it balances shards. The first also does the sweep. */
  seconds(name: string): number;
  /** What leaves the sweep to another shard. */
  readonly withoutSweep: Flags;
}

const slowTools: Readonly<Record<string, number>> = {
  peer_discover: 16,
  bootstrap_network: 8,
  peer_connect: 4,
  peer_disconnect: 4,
  peer_metrics: 1.5,
};

const parts: Readonly<Record<Benchmark, Parts>> = {
  p2p_latency: {
    flag: "tool",
    names: p2pCases.map(({ tool }) => tool),
    seconds: (name) => slowTools[name] ?? 0.4,
    withoutSweep: {},
  },
  runtime_comparison: {
    flag: "workload",
    names: workloads,
    seconds: (name) => ({ sequential: 21, concurrent: 11 })[name] ?? 6,
    withoutSweep: { sweep: "none" },
  },
  concurrent_workflows: {
    flag: "scenario",
    names: everydayScenarios,
    seconds: (name) => ({ simple: 8 })[name] ?? 1,
    withoutSweep: { sweep: false },
  },
  memory_usage: {
    // One test takes all its tools together, but for leaks, so that tools cannot be apart.
    flag: "test",
    names: memoryTests,
    seconds: (name) => ({ leak_detection: 70, per_request: 27, gc_impact: 20 })[name] ?? 8,
    withoutSweep: {},
  },
};

/**
 * The flags of each benchmark in a shard; one that has nothing to do there is missing. Every tool, workload and scenario
 * is in exactly one shard, and the shards take about as long as each other.
 */
export function takeShard(
  suite: ReadonlyMap<Benchmark, Flags>,
  { index, count }: Shard,
): Map<Benchmark, Flags> {
  const shards = Array.from({ length: count }, (): Unit[] => []);
  const time = (units: readonly Unit[]) => units.reduce((sum, { seconds }) => sum + seconds, 0);
  // The longest first, each to the shard that has least to do so far (Graham, 1969).
  for (const unit of unitsOf(suite).sort((a, b) => b.seconds - a.seconds))
    shards.reduce((least, shard) => (time(shard) < time(least) ? shard : least)).push(unit);

  const own = Map.groupBy(shards[index - 1] ?? [], ({ benchmark }) => benchmark);
  const shares = [...suite].flatMap(([benchmark, flags]): [Benchmark, Flags][] => {
    const names = chosen(benchmark, flags);
    const taken = names.filter((name) => own.get(benchmark)?.some((unit) => unit.name === name));
    if (taken.length === 0) return [];
    const { flag, withoutSweep } = parts[benchmark];
    return [[benchmark, { ...flags, [flag]: taken, ...(taken[0] !== names[0] && withoutSweep) }]];
  });
  return new Map(shares);
}

function unitsOf(suite: ReadonlyMap<Benchmark, Flags>): Unit[] {
  return [...suite].flatMap(([benchmark, flags]) =>
    chosen(benchmark, flags).map((name) => ({ benchmark, name, seconds: parts[benchmark].seconds(name) })),
  );
}

function chosen(benchmark: Benchmark, flags: Flags): readonly string[] {
  const { flag, names } = parts[benchmark];
  const given = flags[flag];
  return Array.isArray(given) ? names.filter((name) => given.includes(name)) : names;
}
