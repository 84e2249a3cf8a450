import { describe, expect, test } from "bun:test";
import { planConcurrent, planMixed, planSweep } from "../lib/benchmarks/workloads.ts";
import { p2pCases } from "../lib/cases.ts";
import type { PlannedCall } from "../lib/measure/client.ts";
import { runClosedLoop } from "../lib/measure/load.ts";
import { pool } from "../lib/measure/tally.ts";
import { openRandom } from "../lib/random.ts";
import { fakeRuntime } from "./fake_runtime.ts";

const seven = { iterations: 7, slow_iterations: 7 };
const { signal } = new AbortController();

/** Makes a plan's calls, in whose place a fake answers at once. */
function run(plan: readonly PlannedCall[], concurrency: number) {
  let serial = 0;
  const prepare = () => ({ input: {}, expect: {} });
  const calls = new Map(plan.map(({ testCase }) => [testCase, { ...testCase, open: () => ({ prepare }) }]));
  return runClosedLoop({
    runtime: fakeRuntime(() => ({})),
    plan: plan.map(({ group, testCase }) => ({ group, testCase: calls.get(testCase) ?? testCase })),
    concurrency,
    serial: () => serial++,
    signal,
  });
}

describe("the concurrent workload", () => {
  test("makes 7 calls of each tool at concurrency 3: none is rounded away", async () => {
    const { tallies, issued } = await run(planConcurrent(seven, openRandom(1)), 3);
    expect(issued).toBe(7 * 26);
    expect(tallies.map(({ service }) => service.n)).toEqual(p2pCases.map(() => 7));
  });

  test("calls slow tools less often when told so", () => {
    const plan = planConcurrent({ iterations: 10, slow_iterations: 1 }, openRandom(1));
    const calls = (tool: string) => plan.filter(({ testCase }) => testCase.tool === tool).length;
    expect([calls("queue_stats"), calls("peer_connect")]).toEqual([10, 1]);
  });

  test("is the same for the same seed, and another for another", () => {
    const tools = (seed: number) =>
      planConcurrent(seven, openRandom(seed)).map(({ testCase }) => testCase.tool);
    expect(tools(5)).toEqual(tools(5));
    expect(tools(5)).not.toEqual(tools(6));
  });
});

describe("the mixed workload", () => {
  test.each([1, 2, 10])("keeps its mix within binomial bounds at concurrency %d", async (concurrency) => {
    const plan = planMixed({ iterations: 200, slow_iterations: 200 }, 0.3, openRandom(concurrency));
    const { tallies, issued } = await run(plan, concurrency);
    const p2p = pool(tallies.filter(({ group }) => group === "p2p")).ok;
    expect(issued).toBe(200 * 26);
    // Four standard deviations: one run in 16,000 lies outside.
    expect(Math.abs(p2p - 0.3 * issued)).toBeLessThan(4 * Math.sqrt(0.3 * 0.7 * issued));
  });

  test.each([
    [0, ["general"]],
    [1, ["p2p"]],
  ])("with a share of %d P2P calls has only the others", (share, groups) => {
    const plan = planMixed(seven, share, openRandom(1));
    expect([...new Set(plan.map(({ group }) => group))]).toEqual(groups);
  });
});

test("the sweep makes as many calls as it says", () => {
  expect(planSweep(400, openRandom(1))).toBeArrayOfSize(400);
});
