import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { memoryTests } from "../lib/benchmarks/memory_usage.ts";
import { workloads } from "../lib/benchmarks/runtime_comparison.ts";
import { everydayScenarios } from "../lib/benchmarks/workflow_scenarios.ts";
import { p2pCases } from "../lib/cases.ts";
import {
  type Benchmark,
  benchmarks,
  checkedFlags,
  type Flags,
  presetNames,
  presets,
  toWords,
} from "../lib/suite/presets.ts";
import { takeShard } from "../lib/suite/shards.ts";

const suiteOf = (preset: keyof typeof presets, only: readonly Benchmark[] = benchmarks) =>
  new Map(only.map((benchmark): [Benchmark, Flags] => [benchmark, presets[preset][benchmark]]));
const shardsOf = (suite: Map<Benchmark, Flags>, count: number) =>
  Array.from({ length: count }, (_, n) => takeShard(suite, { index: n + 1, count }));
const listOf = (shards: ReturnType<typeof shardsOf>, benchmark: Benchmark, flag: string) =>
  shards.flatMap((shard) => shard.get(benchmark)?.[flag] ?? []);

describe("shards", () => {
  test("have every tool, workload and scenario exactly once between them", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.subarray([...benchmarks], { minLength: 1 }),
        (count, only) => {
          const shards = shardsOf(suiteOf("full", only), count);
          const sorted = (names: readonly string[]) => [...names].sort();
          const expected: Record<string, [string, string[]]> = {
            p2p_latency: ["tool", p2pCases.map(({ tool }) => tool)],
            runtime_comparison: ["workload", [...workloads]],
            concurrent_workflows: ["scenario", [...everydayScenarios]],
            memory_usage: ["test", [...memoryTests]],
          };
          for (const benchmark of only) {
            const [flag = "", names = []] = expected[benchmark] ?? [];
            expect(listOf(shards, benchmark, flag).map(String).sort()).toEqual(sorted(names));
          }
        },
      ),
    );
  });

  test("sweep in exactly one of them", () => {
    for (let count = 1; count <= 6; count++) {
      const shards = shardsOf(suiteOf("full"), count);
      const sweeps = (benchmark: Benchmark) =>
        shards.flatMap((shard) => (shard.has(benchmark) ? [shard.get(benchmark)?.sweep] : []));
      expect(sweeps("runtime_comparison").filter((sweep) => sweep !== "none")).toHaveLength(1);
      expect(sweeps("concurrent_workflows").filter((sweep) => sweep === true)).toHaveLength(1);
    }
  });

  test("keep to what the preset chose", () => {
    const shards = shardsOf(suiteOf("ci"), 3);
    expect(listOf(shards, "runtime_comparison", "workload")).toEqual(["concurrent"]);
    expect(listOf(shards, "concurrent_workflows", "scenario")).toEqual(["simple"]);
  });

  test("do not put the two slowest tools together", () => {
    const slow = shardsOf(suiteOf("full", ["p2p_latency"]), 3).map((shard) =>
      ["peer_discover", "bootstrap_network"].filter((tool) =>
        [shard.get("p2p_latency")?.tool].flat().includes(tool),
      ),
    );
    expect(slow.map(({ length }) => length).sort()).toEqual([0, 1, 1]);
  });

  test.each(presetNames)("leave a benchmark out that has nothing to do: %s", (preset) => {
    const sizes = shardsOf(suiteOf(preset), 40).map(({ size }) => size);
    expect(Math.max(...sizes)).toBe(1);
    expect(sizes).toContain(0);
  });
});

test.each([
  [{ test: ["per_request", "gc_impact"] }, false],
  [{ test: ["gc_impact", "leak_detection"] }, true],
  [{ tool: ["task_submit"] }, true],
  [{}, true],
])("flags %j are checked where they have criteria: %p", (flags, checked) => {
  const asked = { check: checked, strict: checked };
  expect(checkedFlags({ ...flags, check: true, strict: true })).toEqual({ ...flags, ...asked });
});

test("flags become words, lists one by one, and what is false stays away", () => {
  const flags = { check: true, strict: false, rounds: 2, tool: ["a", "b"], sweep: "none" };
  expect(toWords(flags)).toEqual(["--check", "--rounds=2", "--tool=a", "--tool=b", "--sweep=none"]);
});
