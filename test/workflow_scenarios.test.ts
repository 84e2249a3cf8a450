import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  type PlannedStep,
  planWorkflows,
  scenarios,
} from "../lib/benchmarks/concurrent_workflows/scenarios.ts";
import { dagFault, dagLayers } from "../lib/p2p/workflows/dag.ts";
import { openRandom } from "../lib/random.ts";
import { open } from "./workflow_host.ts";

const size = { steps: 50, width: 8 };
const layersOf = (steps: readonly PlannedStep[]) => dagLayers(steps).map(({ length }) => length);
const shapesOf = (workflows: readonly PlannedStep[][]) =>
  new Set(workflows.map((steps) => layersOf(steps).join()));

describe("the workflows of", () => {
  test.each([
    ["simple", ["1,1", "1,1,1"]],
    ["complex", ["3,3,1,3,1"]],
    ["dag", ["2,3,2,1"]],
  ] as const)("%s stand in layers of %j", (scenario, layers) => {
    expect(shapesOf(planWorkflows(scenario, 50, openRandom(1), size))).toEqual(new Set(layers));
  });

  test("mixed are a third each, whatever their number leaves over", () => {
    const counts = (count: number) => {
      const lengths = planWorkflows("mixed", count, openRandom(1), size).map(({ length }) => length);
      return [3, 8, 11].map((most) => lengths.filter((n) => (most === 3 ? n <= 3 : n === most)).length);
    };
    expect(counts(300)).toEqual([100, 100, 100]);
    expect(counts(100).reduce((sum, n) => sum + n)).toBe(100);
    expect(Math.max(...counts(100)) - Math.min(...counts(100))).toBe(1);
  });

  test("random have the steps and at most the width they were asked for, and no fault", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1, max: 20 }),
        fc.nat(),
        (steps, width, seed) => {
          const [planned = []] = planWorkflows("random", 1, openRandom(seed), { steps, width });
          expect(planned).toHaveLength(steps);
          expect(dagFault(planned)).toBeUndefined();
          expect(Math.max(...layersOf(planned))).toBeLessThanOrEqual(width);
        },
      ),
      { numRuns: 50 },
    );
  });

  test.each(scenarios)(
    "%s are the same for the same seed, others for another, and all are completed",
    async (scenario) => {
      const plan = (seed: number) => planWorkflows(scenario, 10, openRandom(seed), size);
      expect(plan(1)).toEqual(plan(1));
      expect(plan(1)).not.toEqual(plan(2));
      await using host = open();
      for (const [n, steps] of plan(1).entries()) {
        await host.submit(`w${n}`, ...steps);
        expect(await host.call("workflow_status", { workflow_id: `w${n}`, wait_ms: 20_000 })).toMatchObject({
          status: "completed",
          progress: 1,
        });
      }
    },
  );
});
