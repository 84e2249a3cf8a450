import { describe, expect, test } from "bun:test";
import {
  blocksOf,
  type Calls,
  callsOf,
  ours,
  planConcurrent,
  planMixed,
  planSweep,
} from "../lib/benchmarks/runtime_comparison/workloads.ts";
import { fakeRuntime } from "../lib/benchmarks/self_check/fake_runtime.ts";
import { p2pCases, toolsOf } from "../lib/cases.ts";
import { generalCases } from "../lib/general/cases.ts";
import { openCaller } from "../lib/measure/caller.ts";
import { runClosedLoop } from "../lib/measure/closed_loop.ts";
import type { PlannedCall } from "../lib/measure/load.ts";
import { pool } from "../lib/measure/tally.ts";
import { openRandom } from "../lib/random.ts";

const drawn = (seed: number) => ({ random: openRandom(seed), subject: ours([]) });
const seven: Calls = { iterations: 7, slowIterations: 7 };
const { signal } = new AbortController();

/** Makes a plan's calls, in whose place a fake answers at once. */
async function run(plan: readonly PlannedCall[], concurrency: number) {
  const prepare = () => ({ input: {}, expect: {} });
  const calls = new Map(plan.map(({ testCase }) => [testCase, { ...testCase, open: () => ({ prepare }) }]));
  using caller = openCaller(fakeRuntime(() => ({})));
  const faked = plan.map(({ group, testCase }) => ({ group, testCase: calls.get(testCase) ?? testCase }));
  return await runClosedLoop({ caller, plan: faked, concurrency, signal });
}

const toolsIn = (plan: readonly PlannedCall[]) => plan.map(({ testCase }) => testCase.tool);

describe("the concurrent workload", () => {
  test("makes 7 calls of each tool at concurrency 3: none is rounded away", async () => {
    const { tallies, issued } = await run(planConcurrent(seven, drawn(1)), 3);
    expect(issued).toBe(7 * p2pCases.length);
    expect(tallies.map(({ service }) => service.n)).toEqual(p2pCases.map(() => 7));
  });

  test("calls tools that talk to peers less often when told so", () => {
    const plan = planConcurrent({ iterations: 10, slowIterations: 1 }, drawn(1));
    const calls = (tool: string) => toolsIn(plan).filter((one) => one === tool).length;
    expect([calls("queue_stats"), calls("peer_connect")]).toEqual([10, 1]);
  });

  test("is the same for the same seed, and another for another", () => {
    const tools = (seed: number) => toolsIn(planConcurrent(seven, drawn(seed)));
    expect(tools(5)).toEqual(tools(5));
    expect(tools(5)).not.toEqual(tools(6));
  });

  test("is cut into blocks of which none is left out and none much shorter", () => {
    const plan = planConcurrent({ iterations: 40, slowIterations: 4 }, drawn(1));
    const blocks = blocksOf(plan);
    expect(blocks.flat()).toEqual(plan);
    expect(blocks.length).toBeGreaterThan(1);
    const lengths = blocks.map(({ length }) => length);
    expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThanOrEqual(1);
  });
});

describe("the mixed workload", () => {
  test.each([1, 2, 10])("keeps its mix within binomial bounds at concurrency %d", async (concurrency) => {
    const plan = planMixed(5_200, seven, 0.3, drawn(concurrency));
    const { tallies, issued } = await run(plan, concurrency);
    const p2p = pool(tallies.filter(({ group }) => group === "p2p")).ok;
    expect(issued).toBe(5_200);
    // Four standard deviations: one run in 16,000 lies outside.
    expect(Math.abs(p2p - 0.3 * issued)).toBeLessThan(4 * Math.sqrt(0.3 * 0.7 * issued));
  });

  test("draws each tool as often as its calls say", () => {
    const calls = { iterations: 10, slowIterations: 1 };
    const byTool = Map.groupBy(toolsIn(planMixed(50_000, calls, 1, drawn(1))), (tool) => tool);
    const total = p2pCases.reduce((sum, testCase) => sum + callsOf(testCase, calls), 0);
    for (const testCase of p2pCases) {
      const due = (50_000 * callsOf(testCase, calls)) / total;
      expect(Math.abs((byTool.get(testCase.tool)?.length ?? 0) - due)).toBeLessThan(5 * Math.sqrt(due));
    }
  });

  test.each([
    [0, generalCases],
    [1, p2pCases],
  ])("with a share of %d P2P calls has only the others", (share, cases) => {
    const plan = planMixed(1_000, seven, share, drawn(1));
    expect(new Set(toolsIn(plan)).symmetricDifference(new Set(toolsOf(cases)))).toBeEmpty();
  });
});

test("the sweep makes as many calls as it says, and of each tool as many as of any other", () => {
  const plan = planSweep(400, drawn(1));
  expect(plan).toBeArrayOfSize(400);
  const calls = [...Map.groupBy(toolsIn(plan), (tool) => tool).values()].map(({ length }) => length);
  expect([calls.length, Math.max(...calls) - Math.min(...calls)]).toEqual([ours([]).swept.length, 1]);
});
