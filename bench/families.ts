/**
 * How often any of 26 (or N) verdicts taken together is wrong where nothing is true, by rounds and by how much the spreads
 * of tools differ: `bun bench/families.ts [N [RUNS [LIKENESS]]]`. Holm's procedure promises 5 % at most; of 2,000 runs (a
 * minute) the standard error is 0.5 %. What a round does to all tools alike has this share of their variance, 0 by default.
 */
import { normal } from "../lib/benchmarks/self_check/coverage.ts";
import { holm, intervalsOf } from "../lib/judge/interval.ts";
import { openRandom } from "../lib/random.ts";

const tools = Number(Bun.argv[2] ?? 26);
const runs = Number(Bun.argv[3] ?? 2_000);
const likeness = Number(Bun.argv[4] ?? 0);
const random = openRandom(7, 4);

/** In percent, of families whose widest spread is this many times the narrowest. */
function wrong(rounds: number, widest: number): string {
  let count = 0;
  for (let run = 0; run < runs; run++) {
    const alike = Array.from({ length: rounds }, () => Math.sqrt(likeness) * normal(random));
    const figures = Array.from({ length: tools }, (_, n) => {
      const spread = widest ** (n / (tools - 1));
      return alike.map((one) => spread * (one + Math.sqrt(1 - likeness) * normal(random)));
    });
    if (holm(intervalsOf(figures).map(({ p }) => p(0))).includes(true)) count++;
  }
  return ((100 * count) / runs).toFixed(1);
}

const spreads = [1, 2, 3, 7, 14, 33, 700];
console.log(`rounds  ${spreads.map((widest) => `x ${widest}`.padStart(6)).join("")}`);
for (const rounds of [3, 4, 6, 8, 10, 12])
  console.log(`${rounds}`.padEnd(8), spreads.map((widest) => wrong(rounds, widest).padStart(5)).join(" "));
