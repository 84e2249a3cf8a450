import type { Blocks } from "../judge/pairs.ts";
import type { Series } from "./caller.ts";
import { sample } from "./sample.ts";

/** Samples that one of several series takes in a row. */
export interface Turn {
  /** Which of the series it is, by index. */
  readonly arm: number;
  readonly size: number;
}

/** `count` samples of each, in this order and then back, as in ABBA, so that a drift meets all alike. */
export function thereAndBack(order: readonly number[], count: number): Turn[] {
  const [there, back] = [Math.ceil(count / 2), Math.floor(count / 2)];
  return [
    ...order.map((arm) => ({ arm, size: there })),
    ...order.toReversed().map((arm) => ({ arm, size: back })),
  ];
}

/** Takes samples turn by turn, and answers the blocks of each series in the order taken, in nanoseconds. */
export async function takeTurns(series: readonly Series[], turns: readonly Turn[]): Promise<Blocks[]> {
  // mitata begins with a call that is no sample; with one more of each, all runtimes have had as many.
  for (const [arm, one] of series.entries()) if (arm !== turns[0]?.arm) await one.attempt();
  const times = await sample(turns.flatMap(({ arm, size }) => new Array(size).fill(series[arm])));
  let taken = 0;
  const blocks = turns.map(({ arm, size }) => {
    taken += size;
    return { arm, block: times.slice(taken - size, taken) };
  });
  return series.map((_, arm) => blocks.filter((one) => one.arm === arm).map(({ block }) => block));
}
