import { describe, expect, test } from "bun:test";
import { z } from "zod";
import { figure } from "../lib/judge/scale.ts";
import { estimateSchema } from "../lib/judge/shapes.ts";
import { judgeFamily, sumUpFamily } from "../lib/result/family.ts";
import { declareTable, type Family } from "../lib/result/table.ts";

const declared = declareTable("tools", "Tools", {
  tool: { kind: "label", title: "tool" },
  saving: { kind: "estimate", title: "saving", unit: "percent", scale: "saving", optional: true },
  control: { kind: "estimate", title: "control", unit: "percent", scale: "excess", optional: true },
  status: { kind: "status", title: "verdict", optional: true },
});

const family: Family = {
  value: "saving",
  control: "control",
  status: "status",
  bound: "at_least",
  target: 50,
};
const judged = z.array(z.object({ saving: estimateSchema.nullable(), status: z.string().nullable() }));

/** What so many rounds of a tool gave around this saving, and of its control around this excess. */
interface Made {
  readonly saving: number | null;
  readonly control?: number | null;
  readonly spread?: number;
}

const around = (centre: number, spread: number) =>
  [-1, 0, 1, -0.5, 0.5].map((step) => centre + step * spread);

function tableOf(rows: readonly Made[], more: Partial<Family> = {}) {
  const made = rows.map(({ saving, control = 0, spread = 1 }, n) => ({
    tool: `tool ${n}`,
    saving: saving === null ? null : figure("saving", around(saving, spread)),
    control: control === null ? null : figure("excess", around(control, 0.1)),
    status: saving === null ? null : "inconclusive",
  }));
  return declared.of(made, [], { ...family, ...more });
}

const judge = (rows: readonly Made[], more: Partial<Family> = {}) =>
  judged.parse(judgeFamily(tableOf(rows, more)).rows);
const statuses = (rows: readonly Made[], more: Partial<Family> = {}) =>
  judge(rows, more).map(({ status }) => status);

describe("the rows of a family", () => {
  test("are met, missed, or inconclusive where the target is in doubt", () => {
    expect(statuses([{ saving: 60 }, { saving: 40 }, { saving: 50.5 }])).toEqual([
      "met",
      "missed",
      "inconclusive",
    ]);
  });

  test("say so where they are above the range that is claimed", () => {
    expect(statuses([{ saving: 69 }, { saving: 80 }, { saving: 70.5 }], { above: 70 })).toEqual([
      "met",
      "met (above the range)",
      "met",
    ]);
  });

  test("are asked for at most the target as well", () => {
    expect(statuses([{ saving: 60 }, { saving: 40 }], { bound: "at_most" })).toEqual(["missed", "met"]);
  });

  // 60 % less is a ratio of 0.4, and halves of one path that differ by 150 % one of 2.5.
  test.each([
    [140, "met"],
    [160, "inconclusive"],
    [null, "inconclusive"],
  ] as const)("claim no effect within a control of %p %%", (control, status) => {
    expect(statuses([{ saving: 60, control }])).toEqual([status]);
  });

  test("miss the target whatever the control shows", () => {
    expect(
      statuses([
        { saving: 5, control: 300 },
        { saving: 5, control: null },
      ]),
    ).toEqual(["missed", "missed"]);
  });

  test("need more evidence the more of them there are: together they are wrong in at most 5 % of runs", () => {
    const doubtful = { saving: 51.5 };
    expect(statuses([doubtful])).toEqual(["met"]);
    const others = Array.from({ length: 6 }, () => ({ saving: 50 }));
    expect(statuses([doubtful, ...others])[0]).toBe("inconclusive");
  });

  test("have intervals that borrow the spread of all from eight of them on", () => {
    const rows = Array.from({ length: 8 }, (_, n) => ({ saving: 60, spread: 1 + n / 8 }));
    const halves = (saving: ReturnType<typeof judge>) =>
      saving.map((row) => (row.saving?.high ?? 0) - (row.saving?.low ?? 0));
    const [seven, eight] = [halves(judge(rows.slice(0, 7))), halves(judge(rows))];
    expect((eight[6] ?? 0) / (seven[6] ?? 1)).toBeLessThan(0.8);
    expect(judge(rows)[0]?.saving?.per_round).toEqual(around(60, 1));
  });

  test("that have nothing to judge stay as they are, and count for nothing", () => {
    const alone = judge([{ saving: 51.5 }]);
    expect(judge([{ saving: null }, { saving: 51.5 }, { saving: null }])).toEqual([
      { saving: null, status: null },
      ...alone,
      { saving: null, status: null },
    ]);
  });

  test("are judged the same however often", () => {
    const once = judgeFamily(tableOf([{ saving: 60 }, { saving: 40 }, { saving: 50.5 }]));
    expect(judgeFamily(once)).toEqual(once);
  });

  test("are summed up in a sentence", () => {
    const table = judgeFamily(tableOf([{ saving: 60 }, { saving: 40 }, { saving: 50.5 }, { saving: null }]));
    expect(sumUpFamily(table)).toBe(
      "One by one, 1 of 3 show a saving of at least 50 %, 1 miss it, and 1 are inconclusive; all together they are wrong in at most 5 % of runs (Holm).",
    );
    expect(sumUpFamily(judgeFamily(tableOf([{ saving: null }])))).toBeNull();
  });
});

test("a table of no family is left as it is", () => {
  const table = declared.of([
    { tool: "one", saving: figure("saving", [60, 60]), control: null, status: null },
  ]);
  expect(judgeFamily(table)).toBe(table);
  expect(sumUpFamily(table)).toBeNull();
});
