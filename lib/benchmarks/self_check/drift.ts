import { mean, median } from "../../judge/stats.ts";
import { openCaller } from "../../measure/caller.ts";
import { drawOrders } from "../../measure/orders.ts";
import { visit } from "../../measure/visit.ts";
import { openRandom } from "../../random.ts";
import { echo, fakeClock, fakeRuntime } from "./fake_runtime.ts";
import { defineMerit } from "./merit.ts";

/** Whether a machine that gets slower and slower favours an arm. */
export function driftMerit(take = visit) {
  return defineMerit({
    name: "drift",
    asks: {
      drift_bias: {
        what: "bias of the ratio of two equal arms, while calls get slower by 20 %",
        truth: "0, on a clock of their own",
        ...({ bound: "at_most", target: 0.2, unit: "percent" } as const),
      },
    },
    async measure({ seed }) {
      const logs: number[] = [];
      const visits = 4;
      for (let round = 0; round < 40; round++) {
        const clock = fakeClock();
        const random = openRandom(seed, 5, round);
        // Two visits' worth of warm-up, and the calls of four visits of two arms.
        const last = 140 * 10_000;
        const runtime = (name: string) =>
          fakeRuntime((_, input) => {
            clock.pass(
              Math.round(10_000 * (1 + (0.2 * clock.now()) / last) * (1 + 0.02 * random.fraction())),
            );
            return input;
          }, name);
        using one = openCaller(runtime("one"), { now: clock.now });
        using other = openCaller(runtime("other"), { now: clock.now });
        const blocks: [number[], number[]] = [[], []];
        for (const [n, order] of drawOrders(2, visits, random).entries()) {
          const [a = [], b = []] = await take([one, other], echo, { count: 10, order, cold: n === 0 });
          blocks[0].push(...a.flat());
          blocks[1].push(...b.flat());
        }
        logs.push(Math.log(median(blocks[1]) / median(blocks[0])));
      }
      const bias = Math.abs(100 * (Math.exp(mean(logs)) - 1));
      return { drift_bias: { figure: bias, detail: `mean of ${logs.length} rounds of ${visits} visits` } };
    },
  });
}
