import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { analyseExecution, type StepTimes } from "../lib/judge/execution.ts";

const step = (id: string, startedMs: number, endedMs: number, ...dependsOn: string[]): StepTimes => ({
  id,
  dependsOn,
  startedMs,
  endedMs,
  runningMs: endedMs - startedMs,
});

/** Graphs of up to 9 steps that were run in order, as an engine with workers without end would, with delays. */
const executions = fc
  .array(fc.record({ parents: fc.array(fc.nat(8), { maxLength: 3 }), waitMs: fc.nat(5), runMs: fc.nat(9) }), {
    minLength: 1,
    maxLength: 9,
  })
  .map((drawn) => {
    const steps: StepTimes[] = [];
    for (const [n, { parents, waitMs, runMs }] of drawn.entries()) {
      const before = [...new Set(parents)].flatMap((parent) => steps[parent] ?? []);
      const readyMs = Math.max(0, ...before.map(({ endedMs }) => endedMs));
      steps.push(step(`s${n}`, readyMs + waitMs, readyMs + waitMs + runMs, ...before.map(({ id }) => id)));
    }
    return steps;
  });

/** Every chain of steps that ends in `last`, by walking up all the ways there are. */
function chainsTo(last: StepTimes, steps: readonly StepTimes[]): StepTimes[][] {
  const parents = steps.filter(({ id }) => last.dependsOn.includes(id));
  if (parents.length === 0) return [[last]];
  return parents.flatMap((parent) => chainsTo(parent, steps).map((chain) => [...chain, last]));
}

const running = (chain: readonly StepTimes[]) =>
  chain.reduce((sum, { startedMs, endedMs }) => sum + endedMs - startedMs, 0);

describe("the critical path", () => {
  test("is the longest of all chains, in any order of the steps", () => {
    fc.assert(
      fc.property(executions, fc.integer(), (steps, seed) => {
        const longest = Math.max(...steps.flatMap((last) => chainsTo(last, steps)).map(running));
        const shuffled = steps.toSorted(
          (a, b) => ((a.id.charCodeAt(1) * 7 + seed) % 5) - ((b.id.charCodeAt(1) * 7 + seed) % 5),
        );
        const { criticalPathMs, completionMs, early } = analyseExecution(shuffled, 0);
        expect(criticalPathMs).toBe(longest);
        expect(completionMs).toBeGreaterThanOrEqual(criticalPathMs);
        expect(early).toEqual([]);
      }),
    );
  });

  test("may be 5,000 steps long", () => {
    const chain = Array.from({ length: 5_000 }, (_, n) =>
      step(`s${n}`, 2 * n, 2 * n + 1, ...(n > 0 ? [`s${n - 1}`] : [])),
    );
    expect(analyseExecution(chain, 0)).toMatchObject({ criticalPathMs: 5_000, addedPerEdgeMs: 1 });
  });
});

test("tells where the time went", () => {
  const steps = [step("a", 1, 3), step("b", 2, 10), step("c", 11, 15, "a", "b"), step("d", 16, 17, "c")];
  expect(analyseExecution(steps, 0)).toEqual({
    completionMs: 17,
    criticalPathMs: 8 + 4 + 1,
    addedPerEdgeMs: 1,
    waitingMs: [1, 2, 1, 1],
    handOverMs: [1, 1],
    runningMs: [2, 8, 4, 1],
    early: [],
  });
});

test("takes for running what a step ran elsewhere, not its way there and back", () => {
  const elsewhere = { ...step("a", 0, 9), runningMs: 2 };
  expect(analyseExecution([elsewhere], 0)).toMatchObject({
    completionMs: 9,
    criticalPathMs: 2,
    runningMs: [2],
  });
});

test("has no edge to add to where nothing depends on anything", () => {
  expect(analyseExecution([step("a", 1, 2), step("b", 1, 5)], 0).addedPerEdgeMs).toBeNull();
});

test("finds the step that started before one it depends on had ended, or before the submission", () => {
  const steps = [step("a", 0, 5), step("b", 4, 6, "a"), step("c", -1, 2)];
  expect(analyseExecution(steps, 0).early).toEqual(["b", "c"]);
});

test("refuses a step that depends on one that was not run", () => {
  expect(() => analyseExecution([step("a", 0, 1, "b")], 0)).toThrow('Cannot find step "b": it was not run');
});
