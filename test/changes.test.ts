import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { compareFiles } from "../lib/compare/files.ts";
import { untouchedBy } from "../lib/compare/untouched.ts";
import {
  type Change,
  changesExitCode,
  isJudged,
  judgeChange,
  judgeRounds,
  type Verdict,
} from "../lib/compare/verdict.ts";
import { figure } from "../lib/judge/scale.ts";
import type { Figure } from "../lib/result/figures.ts";
import { type Result, writeResult } from "../lib/result/result.ts";
import { declareTable } from "../lib/result/table.ts";
import { temporaryFolder } from "./run_script.ts";
import { sampleLatency } from "./sample_results.ts";

const table = declareTable("tools", "", {
  tool_name: { kind: "label", title: "tool" },
  value: { kind: "estimate", title: "", unit: "ms", scale: "ratio", better: "lower" },
});

/** A result with a figure of so many tools, each of these values round by round. */
function resultOf(perRound: readonly number[], tools = 1): Result {
  const rows = Array.from({ length: tools }, (_, n) => ({
    tool_name: `tool ${n}`,
    value: figure("ratio", perRound),
  }));
  return { ...sampleLatency, criteria: [], tables: [table.of(rows)] };
}

const steady = Array.from({ length: 12 }, () => 100);
const swinging = Array.from({ length: 12 }, (_, n) => 100 * (1 + ((n % 5) - 2) / 100));
const widthOf = ({ percent: { low, high } }: Change) => (high ?? Number.NaN) - (low ?? Number.NaN);

describe("a change", () => {
  test("is less certain the more figures there are: together they are wrong in at most 2 % of comparisons", () => {
    const width = (tools: number) => {
      const [first] = judgeRounds(resultOf(steady, tools), resultOf(swinging, tools), 2, new Set());
      return first ? widthOf(first) : Number.NaN;
    };
    expect(width(26)).toBeGreaterThan(1.3 * width(1));
  });

  test("could have been seen with 95 % certainty where it reaches 1.645 standard errors beyond what is an alarm", () => {
    const logRatio = { estimate: 0, low: -0.05, high: 0.05 };
    const { smallestEffect } = judgeChange("any", { logRatio, standardError: 0.02 }, 2);
    expect(smallestEffect).toBeCloseTo((Math.exp(0.05 + 1.645 * 0.02) - 1) * 100, 9);
    const narrow = judgeChange("any", { logRatio: { estimate: 0, low: 0, high: 0 }, standardError: 0 }, 2);
    expect(narrow.smallestEffect).toBeCloseTo(2, 9);
  });

  test.each([
    ["p50", "ms", true],
    ["estimate", "ms", true],
    ["p95", "ms", false],
    ["p99", "ms", false],
    ["number", "ms", false],
    ["number", "bytes", true],
    ["estimate", "per_s", true],
    ["estimate", "percent", false],
  ] as const)("of a %s in %s is judged: %p", (of, unit, judged) => {
    const one: Figure = {
      ...{ name: "any", labels: [], unit, value: 1, low: null, high: null, perRound: [] },
      ...({ better: "lower", of, scale: "linear" } as const),
    };
    expect(isJudged(one)).toBe(judged);
  });
});

test.each([
  [[["slower", false]], {}, 1],
  [[["slower", true]], {}, 0],
  [[["slower", true]], { strict: true }, 0],
  [[["inconclusive", false]], {}, 0],
  [[["inconclusive", false]], { strict: true }, 4],
  [
    [
      ["inconclusive", true],
      ["faster", false],
    ],
    { strict: true },
    0,
  ],
  [[], { strict: true }, 4],
] as const)("changes %j with %j end with %d: a control says nothing", (found, flags, code) => {
  const changes = found.map(([verdict, control]: readonly [Verdict, boolean]) => ({
    ...{ name: "any", percent: { estimate: 0, low: 0, high: 0 }, smallestEffect: 0 },
    ...{ verdict, control },
  }));
  expect(changesExitCode(changes, { strict: false, ...flags })).toBe(code);
});

test("of two files both have noise, whichever of them is the steadier one", () => {
  using folder = temporaryFolder();
  const write = (name: string, perRound: readonly number[]) => {
    const path = join(folder.path, name);
    writeResult(path, resultOf(perRound));
    return path;
  };
  const [a, b] = [write("a.json", steady), write("b.json", swinging)];
  const widths = [
    [a, b],
    [b, a],
    [a, a],
  ].map((paths) => compareFiles(paths, 2, false).map(widthOf)[0]);
  expect(widths[0]).toBeGreaterThan(1);
  expect(widths[1]).toBeCloseTo(widths[0] ?? 0, 1);
  expect(widths[2]).toBe(0);
});

test("of files measured apart is called slower with 99.5 % certainty only", () => {
  using folder = temporaryFolder();
  const verdictOf = (low: number) => {
    const paths = [
      { estimate: 100, low: 100, high: 100 },
      { estimate: 103, low, high: 103 ** 2 / low },
    ].map((value, n) => {
      const path = join(folder.path, `${n}.json`);
      writeResult(path, {
        ...sampleLatency,
        criteria: [],
        tables: [table.of([{ tool_name: "any", value }])],
      });
      return path;
    });
    return compareFiles(paths, 2, false)[0]?.verdict;
  };
  // 2.81 standard errors for 1.96: half the interval, 2.1 and 2.0 % here, must be less than 0.7 of the change.
  expect([verdictOf(100.8), verdictOf(101)]).toEqual(["inconclusive", "slower"]);
});

test("of a file leaves no tool untouched that imports it", async () => {
  using folder = temporaryFolder();
  const write = (path: string, text: string) => {
    mkdirSync(join(folder.path, dirname(path)), { recursive: true });
    writeFileSync(join(folder.path, path), text);
  };
  for (const slice of ["lib/p2p/workflows", "lib/p2p/peers"]) write(`${slice}/tools.ts`, "");
  write("lib/p2p/tasks/queue.ts", "export const queue = 1;");
  write(
    "lib/general/tools.ts",
    'import { queue } from "../p2p/tasks/queue.ts";\nexport const tools = [queue];',
  );
  const untouched = await untouchedBy(folder.path, ["lib/p2p/tasks/queue.ts"]);
  const isUntouched = (tool: string) => untouched.has(tool);
  expect(["workflow_list", "peer_list", "task_list", "text_chunk"].map(isUntouched)).toEqual([
    ...[true, true],
    ...[false, false],
  ]);
});
