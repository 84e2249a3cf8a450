import { intervalOf } from "./interval.ts";
import { type Figure, figure } from "./scale.ts";

/** What two things take at one size. */
export interface Meeting {
  readonly size: number;
  /** In each round, the logarithm of how many times as long the one takes as the other. */
  readonly logRatios: readonly number[];
}

/** Where the one that was faster becomes the slower one. */
export interface Crossing {
  /** The sizes measured on either side, at which it is decided which of them is faster. */
  readonly from: number;
  readonly to: number;
  /** Which is faster at `from`. */
  readonly first: "one" | "other";
  /** In each round the logarithm of the ratio is taken to be straight over that of the size, between the two. */
  readonly at: Figure;
}

/** The crossings of two things, by ascending sizes. Sizes at which it is open which of them is faster do not count. */
export function crossingsOf(meetings: readonly Meeting[]): Crossing[] {
  const decided = meetings
    .toSorted((a, b) => a.size - b.size)
    .flatMap((meeting) => {
      const { low, high } = intervalOf(meeting.logRatios);
      if (low === null || high === null || (low <= 0 && high >= 0)) return [];
      return [{ ...meeting, first: low > 0 ? ("other" as const) : ("one" as const) }];
    });
  return decided.slice(1).flatMap((after, n): Crossing[] => {
    const before = decided[n];
    if (!before || before.first === after.first) return [];
    const rounds = Math.min(before.logRatios.length, after.logRatios.length);
    const perRound = Array.from({ length: rounds }, (_, round) => {
      const [a = 0, b = 0] = [before.logRatios[round], after.logRatios[round]];
      // A round in which they do not cross has them cross at the nearer end.
      const share = Math.sign(a) === Math.sign(b) ? (Math.abs(a) < Math.abs(b) ? 0 : 1) : a / (a - b);
      return before.size * (after.size / before.size) ** share;
    });
    return [{ from: before.size, to: after.size, first: before.first, at: figure("ratio", perRound) }];
  });
}

/** The medians of two things in each round, as a meeting. */
export function meet(size: number, one: readonly number[], other: readonly number[]): Meeting {
  return { size, logRatios: one.map((value, round) => Math.log(value / (other[round] ?? Number.NaN))) };
}
