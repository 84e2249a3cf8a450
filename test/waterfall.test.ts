import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { renderPage } from "../lib/report/html/page.ts";
import { renderResult } from "../lib/report/terminal.ts";
import { waterfallsOf } from "../lib/report/waterfall.ts";
import type { Typed } from "../lib/result/chart.ts";
import type { Row, Table } from "../lib/result/table.ts";
import { sampleLadder } from "./sample_results.ts";

const [sample] = sampleLadder.tables;
if (!sample) throw new RangeError("Cannot draw it: the sample has no table");
const chart: Typed<"waterfall"> = {
  ...{ type: "waterfall", title: "Steps", each: [], step: "runtime" },
  ...{ base: "base", level: "p50_ms", value: "added_ms" },
};

const at = (estimate: number) => ({ estimate, low: estimate, high: estimate });
const row = (runtime: string, base: string | null, p50: number, added: number | null): Row => {
  return { tool_name: "tool", runtime, base, p50_ms: at(p50), added_ms: added === null ? null : at(added) };
};
const tableOf = (rows: readonly Row[]): Table => ({ ...sample, charts: [chart], rows: [...rows] });
const stepsOf = (rows: readonly Row[]) => waterfallsOf(chart, tableOf(rows)).get("") ?? [];
const drawn = (rows: readonly Row[]) => {
  const text = renderResult({ ...sampleLadder, tables: [tableOf(rows)] });
  return /\nSteps\n([\s\S]*?)\n\n/.exec(text)?.[1]?.split("\n") ?? [];
};

describe("the steps of a waterfall", () => {
  test("each begin where the one ends that they are built upon, which stands before them", () => {
    const steps = stepsOf([
      row("top", "middle", 10, 4),
      row("beside", "ground", 3, 1),
      row("ground", null, 2, null),
      row("middle", "ground", 6, 4),
    ]);
    expect(steps.map(({ name, depth, from, adds }) => [name, depth, from, adds.estimate])).toEqual([
      ["ground", 0, 0, 2],
      ["beside", 1, 2, 1],
      ["middle", 1, 2, 4],
      ["top", 2, 6, 4],
    ]);
  });

  test("stand on the ground where their base is not there, or they add nothing that is known", () => {
    const steps = stepsOf([row("one", "gone", 5, 3), row("two", null, 4, 1), row("three", "two", 6, null)]);
    expect(steps.map(({ name, from, adds }) => [name, from, adds.estimate])).toEqual([
      ["one", 0, 5],
      ["two", 0, 4],
      ["three", 0, 6],
    ]);
  });

  test("are there once, however many are called as the one that they are built upon", () => {
    const twice = [row("ground", null, 1, null), row("ground", null, 2, null), row("up", "ground", 3, 1)];
    expect(stepsOf(twice).map(({ name }) => name)).toEqual(["ground", "up", "ground"]);
  });

  test("end, whatever a file says is built upon what", () => {
    const names = fc.constantFrom("a", "b", "c", "d");
    const rows = fc.uniqueArray(fc.tuple(names, fc.option(names)), { selector: ([name]) => name });
    fc.assert(
      fc.property(rows, (pairs) => {
        const steps = stepsOf(pairs.map(([name, base]) => row(name, base, 1, 1)));
        expect(new Set(steps.map(({ name }) => name)).size).toBe(steps.length);
        const isLed = (name: string, seen: readonly string[] = []): boolean => {
          const base = pairs.find(([one]) => one === name)?.[1];
          if (base === null || base === undefined || !pairs.some(([one]) => one === base)) return true;
          return !seen.includes(base) && isLed(base, [...seen, base]);
        };
        expect(steps.map(({ name }) => name).sort()).toEqual(
          pairs.flatMap(([name]) => (isLed(name) ? [name] : [])).sort(),
        );
      }),
    );
  });
});

describe("a waterfall in the terminal", () => {
  test("has bars as long as what they add, one after another", () => {
    expect(
      drawn([row("ground", null, 1, null), row("up", "ground", 4, 3), row("down", "up", 2, -2)]),
    ).toEqual([
      `ground    ${"█".repeat(10)}${" ".repeat(30)}  1.00 ms`,
      `  up      ${" ".repeat(10)}${"█".repeat(30)}  +3.00 ms`,
      `    down  ${" ".repeat(20)}${"░".repeat(20)}  -2.00 ms`,
    ]);
  });

  test("marks where a step stands that is too short for a bar", () => {
    const [, short = ""] = drawn([row("ground", null, 1, null), row("short", "ground", 1.001, 0.001)]);
    expect(short).toContain(`short  ${" ".repeat(40)}▏`);
  });

  test("is none where nothing has a length, or is built upon anything", () => {
    expect(drawn([row("ground", null, 0, null), row("up", "ground", 0, 0)])).toEqual([]);
    expect(drawn([row("ground", null, 1, null), row("beside", null, 2, null)])).toEqual([]);
  });
});

test("a waterfall of the report has a bar for each step, in a chart for each group", () => {
  const page = renderPage([{ file: "sample.json", result: sampleLadder }]);
  const charts = [...page.matchAll(/<figure>.*?<\/figure>/gs)].map(([figure]) => figure);
  expect(charts.map((figure) => /<figcaption[^>]*>([^<]*)</.exec(figure)?.[1])).toEqual([
    "What each way adds: queue_stats",
    "What each way adds: task_list",
  ]);
  for (const figure of charts) {
    const widths = [...figure.matchAll(/<rect [^>]*width="([\d.]+)"/g)].map(([, width]) => Number(width) - 1);
    const [ground = 0, ...steps] = widths;
    // 0.02 ms, and then 0.04, 0.04 and 0.02 more.
    expect(widths).toBeArrayOfSize(4);
    expect(steps.map((width) => width / ground)).toEqual([2, 2, 1].map((ratio) => expect.closeTo(ratio, 1)));
  }
});
