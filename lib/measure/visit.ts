import type { Case } from "../case.ts";
import type { Blocks } from "../judge/pairs.ts";
import type { Caller, Series } from "./caller.ts";
import { takeTurns, thereAndBack } from "./turns.ts";

export interface Visit {
  /** Samples to take on each runtime. */
  readonly count: number;
  /** Which caller goes first, by index; every one of them is there once. */
  readonly order: readonly number[];
  /** Whether it is the first of this case in this process, whose code is still to get warm. */
  readonly cold: boolean;
}

/** Every runtime warms up by as many calls: two for each sample, within these bounds of all together. */
const warmup = { maxCalls: 50, maxMs: 50 } as const;

/**
 * Takes samples of a case from each of the callers, in the given order and then back. Answers two blocks for each of
 * them, in nanoseconds. Throws a `MeasurementError` when a call fails.
 */
export async function visit(
  callers: readonly Caller[],
  testCase: Case,
  { count, order, cold }: Visit,
): Promise<Blocks[]> {
  const series: Series[] = [];
  for (const caller of callers) series.push(await caller.open(testCase));
  // A call of tens of milliseconds shows nothing of its first ones, which came when answers were compared.
  if (cold && !testCase.slow) await warmUp(series, Math.min(warmup.maxCalls, 2 * count));
  const blocks = await takeTurns(series, thereAndBack(order, count));
  for (const one of series) await one.close();
  return blocks;
}

async function warmUp(series: readonly Series[], calls: number): Promise<void> {
  const end = performance.now() + warmup.maxMs;
  for (let n = 0; n < calls && performance.now() < end; n++) for (const one of series) await one.attempt();
}
