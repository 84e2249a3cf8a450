import { figure } from "../../judge/scale.ts";
import { openRandom } from "../../random.ts";
import { judgeFamily } from "../../result/family.ts";
import { declareTable } from "../../result/table.ts";
import { normal } from "./coverage.ts";
import { defineMerit, share } from "./merit.ts";

const tools = declareTable("tools", "Tools", {
  tool: { kind: "label", title: "tool" },
  saved: { kind: "estimate", title: "saved", unit: "percent", scale: "saving" },
  control: { kind: "estimate", title: "control", unit: "percent", scale: "excess" },
  status: { kind: "status", title: "verdict" },
});

/** Whether verdicts on 26 tools are wrong in no more runs than one would be. */
export function familyMerit(judge = judgeFamily, usual = 1_000) {
  return defineMerit({
    name: "family",
    asks: {
      family_false_alarms: {
        what: "runs in which any of 26 verdicts is met or missed without cause",
        truth: "26 tools that save 50 %, and 50 % is the target, over 8 rounds; their spreads are 1 to 2.7 %",
        ...({ bound: "at_most", target: 5, unit: "percent" } as const),
      },
    },
    async measure({ seed, full }) {
      const random = openRandom(seed, 4);
      const runs = full ? 5 * usual : usual;
      const asked = {
        ...{ value: "saved", control: "control", status: "status" },
        ...({ bound: "at_least", target: 50 } as const),
      };
      let wrong = 0;
      for (let run = 0; run < runs; run++) {
        const rows = Array.from({ length: 26 }, (_, n) => {
          const ownSpread = 0.01 * 1.04 ** n;
          const perRound = Array.from(
            { length: 8 },
            () => 100 * (1 - 0.5 * Math.exp(ownSpread * normal(random))),
          );
          const saved = figure("saving", perRound);
          return {
            tool: `tool ${n}`,
            saved,
            control: figure(
              "excess",
              perRound.map(() => 0),
            ),
            status: "inconclusive",
          };
        });
        const judged = judge(tools.of(rows, [], asked));
        if (judged.rows.some(({ status }) => status !== "inconclusive")) wrong += 1;
      }
      return { family_false_alarms: { figure: share(wrong, runs), detail: `${wrong} of ${runs} runs` } };
    },
  });
}
