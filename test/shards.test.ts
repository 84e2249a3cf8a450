import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { everydayScenarios } from "../lib/benchmarks/concurrent_workflows/scenarios.ts";
import { memoryTests } from "../lib/benchmarks/memory_usage/plan.ts";
import { workloads } from "../lib/benchmarks/runtime_comparison/options.ts";
import { p2pCases, toolsOf } from "../lib/cases.ts";
import { type Benchmark, type Preset, presetNames, suite, toWords } from "../lib/suite/presets.ts";
import { judgeable, type Run, takeShard } from "../lib/suite/shards.ts";

/** What each shard has to do. */
function shardsOf(preset: Preset, count: number, only: readonly Benchmark[] = suite): Run[][] {
  const runs = only.map((benchmark) => ({ benchmark, flags: benchmark[preset] }));
  return Array.from({ length: count }, (_, n) => takeShard(runs, { index: n + 1, count }));
}

/** What a flag of a benchmark is in the shards that have it. */
const valuesOf = (shards: Run[][], name: string, flag: string) =>
  shards.flat().flatMap(({ benchmark, flags }) => (benchmark.name === name ? [flags[flag]] : []));

const countOf = (runs: Run[]) => runs.flatMap(({ benchmark, flags }) => flags[benchmark.share.flag]).length;

describe("shards", () => {
  test("have every tool, workload, scenario and test exactly once between them, and as many each", () => {
    const expected: Readonly<Record<string, readonly string[]>> = {
      p2p_latency: toolsOf(p2pCases),
      runtime_comparison: workloads,
      concurrent_workflows: everydayScenarios,
      memory_usage: memoryTests,
    };
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.subarray([...suite], { minLength: 1 }),
        (count, only) => {
          const shards = shardsOf("full", count, only);
          for (const { name, share } of only) {
            const names = valuesOf(shards, name, share.flag).flat();
            expect(names.map(String).sort()).toEqual([...(expected[name] ?? share.names)].sort());
          }
          const counts = shards.map(countOf);
          expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        },
      ),
    );
  });

  test("sweep in exactly one of them", () => {
    for (let count = 1; count <= 6; count++) {
      const shards = shardsOf("full", count);
      const sweeps = (name: string) => valuesOf(shards, name, "sweep");
      expect(sweeps("runtime_comparison").filter((sweep) => sweep !== "none")).toEqual([undefined]);
      expect(sweeps("concurrent_workflows").filter((sweep) => sweep !== false)).toEqual([true]);
    }
  });

  test("keep to what the preset chose", () => {
    const shards = shardsOf("ci", 3);
    expect(valuesOf(shards, "runtime_comparison", "workload")).toEqual([["concurrent"]]);
    expect(valuesOf(shards, "concurrent_workflows", "scenario")).toEqual([["simple"]]);
    expect(valuesOf(shards, "concurrent_workflows", "workflows")).toEqual([50]);
  });

  test("put tools that stand side by side, as slow ones do, into different ones", () => {
    const tools = valuesOf(shardsOf("full", 3), "p2p_latency", "tool").map((names) => [names].flat());
    for (const [n, tool] of toolsOf(p2pCases).entries())
      expect(tools.findIndex((names) => names.includes(tool))).toBe(n % 3);
  });

  test.each(presetNames)("leave a benchmark out that has nothing to do: %s", (preset) => {
    const more = suite.flatMap(({ share }) => share.names).length + 1;
    const sizes = shardsOf(preset, more).map(({ length }) => length);
    expect(Math.max(...sizes)).toBe(1);
    expect(sizes).toContain(0);
  });
});

test.each([
  ["memory_usage", { test: ["per_request", "gc_impact"] }, false],
  ["memory_usage", { test: ["gc_impact", "leak_detection"] }, true],
  ["memory_usage", {}, true],
  ["p2p_latency", { tool: ["task_submit"] }, true],
])("%s with flags %j is checked where it has something to judge: %p", (name, flags, checked) => {
  const benchmark = suite.find((one) => one.name === name);
  if (!benchmark) throw new RangeError(`Cannot run ${name}: it is not in the suite`);
  const asked = { check: checked, strict: checked };
  const run = { benchmark, flags: { ...flags, check: true, strict: true } };
  expect(judgeable(run).flags).toEqual({ ...flags, ...asked });
});

test("flags become words, lists one by one, and what is false stays away", () => {
  const flags = { check: true, strict: false, rounds: 2, tool: ["a", "b"], sweep: "none" };
  expect(toWords(flags)).toEqual(["--check", "--rounds=2", "--tool=a", "--tool=b", "--sweep=none"]);
});
