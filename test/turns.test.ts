import { expect, test } from "bun:test";
import { fakeRuntime } from "../lib/benchmarks/self_check/fake_runtime.ts";
import type { Case } from "../lib/case.ts";
import { openCaller } from "../lib/measure/caller.ts";
import { takeTurns, thereAndBack } from "../lib/measure/turns.ts";

const echo: Case = {
  tool: "echo",
  branch: "a number",
  open: () => ({ prepare: (serial) => ({ input: { serial }, expect: { serial } }) }),
};

test("turns go there and back, and divide an odd number", () => {
  expect(thereAndBack([2, 0, 1], 5)).toEqual([
    { arm: 2, size: 3 },
    { arm: 0, size: 3 },
    { arm: 1, size: 3 },
    { arm: 1, size: 2 },
    { arm: 0, size: 2 },
    { arm: 2, size: 2 },
  ]);
});

test("series take samples in turns, block by block, after as many calls that are none", async () => {
  let ns = 0;
  const took: string[] = [];
  const callers = ["one", "other"].map((name, arm) => {
    const runtime = fakeRuntime((_, input) => {
      took.push(name);
      ns += 10 ** arm;
      return input;
    }, name);
    return openCaller(runtime, { now: () => ns });
  });
  const series = await Promise.all(callers.map((caller) => caller.open(echo)));
  const blocks = await takeTurns(series, [...thereAndBack([1, 0], 3), ...thereAndBack([0, 1], 2)]);
  for (const caller of callers) caller[Symbol.dispose]();
  expect(blocks).toEqual([
    [[1, 1], [1], [1], [1]],
    [[10, 10], [10], [10], [10]],
  ]);
  const unsampled = took.splice(0, 2).toSorted();
  expect(unsampled).toEqual(["one", "other"]);
  expect(took).toEqual(
    [
      ["other", "other", "one", "one", "one", "other"],
      ["one", "other", "other", "one"],
    ].flat(),
  );
});
