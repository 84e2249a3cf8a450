import { expect, test } from "bun:test";
import type { Criterion } from "../lib/judge/shapes.ts";
import { answers, isWhole, showValidity } from "../lib/report/answers.ts";
import { incomplete, invalid, sampleComparison, sampleLatency, suspect } from "./sample_results.ts";

const [first] = sampleLatency.criteria;
if (!first) throw new Error("there is a criterion");
const criterion = { ...first, name: "time saved", estimate: 60, low: 57, high: 63 };

/** What is said of these criteria, and of nothing else. */
const said = (criteria: Criterion[]) => answers({ ...sampleComparison, criteria, tables: [] });

test("says in one sentence what was asked of several, and is as sure as the worst of them", () => {
  const criteria: Criterion[] = [
    { ...criterion, about: { workload: "mixed", runtime: "direct" }, status: "met" },
    { ...criterion, about: { workload: "mixed", runtime: "mcp" }, status: "inconclusive", low: null },
  ];
  expect(said(criteria)).toEqual([
    {
      status: "inconclusive",
      sentence:
        "Time saved, target at least 50 %: met for mixed / direct, 60.0 (57.0 to 63.0) %; inconclusive for mixed / mcp, 60.0 % (one round).",
    },
  ]);
  const [worst] = said([...criteria, { ...criterion, status: "missed" }]);
  expect(worst?.status).toBe("missed");
});

test("says what is asked of the whole without a scope, and another question in another sentence", () => {
  const whole = { ...criterion, about: {} };
  const other = { ...whole, id: "other", bound: "at_most", target: 2048, unit: "bytes" } as const;
  expect(said([whole, other]).map(({ sentence }) => sentence)).toEqual([
    "Time saved, target at least 50 %: met, 60.0 (57.0 to 63.0) %.",
    "Time saved, target at most 2 KiB: met, 60 (57 to 63) B.",
  ]);
});

test("sums up the verdicts of a table that is judged as a family, and of no other", () => {
  const [tools] = sampleLatency.tables;
  if (!tools) throw new Error("there is a table");
  const { family: _, ...plain } = tools;
  const counted = answers({ ...sampleLatency, criteria: [], tables: [tools, plain] });
  const sentence =
    "One by one, 3 of 6 show a saving of at least 50 %, 3 miss it, and 0 are inconclusive; all together they are wrong in at most 5 % of runs (Holm).";
  expect(counted).toEqual([{ status: null, sentence }]);
});

test("says nothing of an invalid run", () => {
  expect(answers(invalid)).toEqual([]);
});

test.each([
  [sampleLatency, "The run is valid: the one check of its audit passed."],
  [
    incomplete,
    "The run is valid: the one check of its audit passed. It was interrupted or failed before its end",
  ],
  [suspect, "taken with care: 1 of 1 checks of its audit did not pass: A/A control (too few samples"],
  [invalid, "say nothing: 1 of 1 checks of its audit did not pass: path (another process answered)."],
])("says whether a run can be relied on, and why", (result, words) => {
  expect(showValidity(result)).toContain(words);
});

test("a result that was interrupted, or is not valid, is no whole one", () => {
  expect([sampleLatency, incomplete, suspect, invalid].map(isWhole)).toEqual([true, false, false, false]);
});
