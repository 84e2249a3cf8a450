import { type Interval, intervalOf } from "../../judge/interval.ts";
import { median } from "../../judge/stats.ts";
import { openRandom, type Random } from "../../random.ts";
import { untilNarrow } from "../../stopping.ts";
import { defineMerit, share } from "./merit.ts";

/** A standard normal number (Box & Muller, 1958). */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.fraction())) * Math.cos(2 * Math.PI * random.fraction());
}

/** A round's score, in percent, of two arms that differ by nothing. */
type DrawRound = (random: Random) => number;

const spread = 8;

/** 30 calls of each arm, each of which is like the last by 0.9 of its logarithm; the score is that of their medians. */
function autocorrelated(random: Random): number {
  const arm = () => {
    let log = normal(random);
    const logs = Array.from({ length: 30 }, () => {
      log = 0.9 * log + Math.sqrt(1 - 0.9 ** 2) * normal(random);
      return log;
    });
    return median(logs);
  };
  return 7 * (arm() - arm());
}

/** One process in ten is slower by a third to two thirds for life, on either arm. */
function withSlowProcesses(random: Random): number {
  const arm = () => (random.fraction() < 0.1 ? 100 * Math.log(1.3 + 0.4 * random.fraction()) : 0);
  return (spread / 2) * normal(random) + arm() - arm();
}

/** How many percent of runs have the truth, 0, in their interval, when rounds are added until it is narrow. */
function coverage(
  draw: DrawRound,
  random: Random,
  intervalIn: (perRound: readonly number[]) => Interval,
  runs: number,
): number {
  let covered = 0;
  for (let run = 0; run < runs; run++) {
    const perRound: number[] = [];
    let seconds = 0;
    const rounds = {
      *jobs(round: number) {
        yield round;
      },
      asked() {
        const { low, high } = intervalIn(perRound);
        const halfWidth = low === null || high === null ? null : (high - low) / 2;
        return [{ part: "all", name: "all", halfWidth, rounds: perRound.length }];
      },
      now: () => seconds * 1e3,
    };
    // Room for 40 rounds: what is not narrow by then stops for want of time, as in a run.
    for (const _ of untilNarrow({ precision: 5, budget: 40 }, rounds)) {
      perRound.push(draw(random));
      seconds += 1;
    }
    const { low, high } = intervalIn(perRound);
    if (low !== null && high !== null && low <= 0 && high >= 0) covered += 1;
  }
  return share(covered, runs);
}

/** Whether the 95 % intervals hold the truth 95 % of the time, though a run stops when they are narrow. */
export function coverageMerit(intervalIn = intervalOf, runs = 1_000) {
  const ask = (rounds: string) => ({
    what: `distance from 95 % of the intervals that hold the truth, ${rounds}`,
    truth: "two arms that do not differ, with rounds until ± 5 % or 40 of them",
    ...({ bound: "at_most", target: 2, unit: "percent" } as const),
  });
  return defineMerit({
    name: "coverage",
    asks: {
      coverage_normal: ask("noise that is normal"),
      coverage_autocorrelated: ask("calls that are like the last"),
      coverage_slow_processes: ask("one process in ten slow for life"),
    },
    async measure({ seed }) {
      const look = (draw: DrawRound, nth: number) => {
        const percent = coverage(draw, openRandom(seed, nth), intervalIn, runs);
        return { figure: Math.abs(percent - 95), detail: `${percent.toFixed(1)} % of ${runs} runs` };
      };
      return {
        coverage_normal: look((random) => spread * normal(random), 1),
        coverage_autocorrelated: look(autocorrelated, 2),
        coverage_slow_processes: look(withSlowProcesses, 3),
      };
    },
  });
}
