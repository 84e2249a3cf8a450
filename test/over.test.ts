import { describe, expect, test } from "bun:test";
import { figure } from "../lib/judge/scale.ts";
import { decideOver } from "../lib/result/over.ts";
import { declareTable } from "../lib/result/table.ts";

const table = declareTable("tools", "Tools", {
  tool: { kind: "label", title: "tool" },
  runtime: { kind: "label", title: "runtime" },
  saving: { kind: "estimate", title: "saving", unit: "percent", scale: "saving", optional: true },
  control: { kind: "estimate", title: "control", unit: "percent", scale: "excess", optional: true },
});

interface Made {
  readonly tool: string;
  readonly runtime: string;
  readonly saving: readonly number[] | null;
  readonly control?: readonly number[];
}

function tableOf(rows: readonly Made[]) {
  const made = rows.map(({ tool, runtime, saving, control }) => ({
    tool,
    runtime,
    saving: saving && figure("saving", saving),
    control: control ? figure("excess", control) : null,
  }));
  return table.of(made);
}

const asked = {
  id: "saving",
  about: {},
  name: "all tools together",
  bound: "at_least",
  target: 40,
  unit: "percent",
  scale: "saving",
} as const;
const over = { table: "tools", column: "saving", where: { runtime: "a" } };
const decideOn = (rows: readonly Made[], more: object = {}) =>
  decideOver({ ...asked, over: { ...over, ...more } }, [tableOf(rows)], "any");

describe.each([1, 2, 3, 5])("a criterion over the rows of one of %d runtimes", (count) => {
  const runtimes = ["a", "b", "c", "d", "e"].slice(0, count);

  test("is the geometric mean of what they leave over in each round, so that no tool weighs more for being slow", () => {
    const rows = runtimes.flatMap((runtime, n) => [
      { tool: "slow", runtime, saving: [0, 0].map((one) => one + n) },
      { tool: "quick", runtime, saving: [75, 19].map((one) => one + n) },
    ]);
    const found = decideOn(rows);
    expect(found?.per_round?.[0]).toBeCloseTo(50, 9);
    expect(found?.per_round?.[1]).toBeCloseTo(10, 9);
    expect(found).toMatchObject({ id: "saving", over, rule: "any" });
  });
});

describe("a criterion over rows", () => {
  const steady = [60, 61, 59];

  test("judges them together", () => {
    const rows = ["one", "two"].map((tool) => ({ tool, runtime: "a", saving: steady }));
    expect(decideOn(rows)?.status).toBe("met");
    expect(decideOn(rows.map((row) => ({ ...row, saving: [10, 11, 9] })))?.status).toBe("missed");
  });

  test("is none without such rows, such a table, or a round that all have", () => {
    expect(decideOn([])).toBeNull();
    expect(decideOn([{ tool: "one", runtime: "b", saving: steady }])).toBeNull();
    expect(decideOn([{ tool: "one", runtime: "a", saving: steady }], { table: "others" })).toBeNull();
    expect(
      decideOn([
        { tool: "one", runtime: "a", saving: steady },
        { tool: "two", runtime: "a", saving: null },
      ]),
    ).toBeNull();
  });

  test("takes the rounds that all of them have", () => {
    const rows = [
      { tool: "one", runtime: "a", saving: steady },
      { tool: "two", runtime: "a", saving: steady.slice(0, 2) },
    ];
    expect(decideOn(rows)?.per_round).toBeArrayOfSize(2);
  });

  // 60 % less is a ratio of 0.4; halves of one path that differ by 150 % and more are a ratio of 2.5.
  test.each([
    ["little", [1, -1, 1], "met"],
    ["as much", [200, 180, 190], "inconclusive"],
    ["nobody knows how much", undefined, "inconclusive"],
  ] as const)("claims no effect where halves of one path differ by %s", (_, control, status) => {
    const rows = [{ tool: "one", runtime: "a", saving: steady, ...(control && { control }) }];
    expect(decideOn(rows, { control: "control" })?.status).toBe(status);
    expect(decideOn(rows)?.status).toBe("met");
  });
});
