import { MeasurementError } from "../errors.ts";
import type { Case } from "./case.ts";
import type { Arm, Series } from "./latency.ts";

/** Samples in nanoseconds, by block in the order taken. */
export type Blocks = number[][];

/** Both arms warm up by as many calls: two for each sample, within these bounds. */
const warmup = { maxCalls: 50, maxMs: 50 } as const;

/**
 * Takes `count` samples of a case from each of two arms, in the order ABBAABBA, so that a drift meets both alike.
 * Throws a `MeasurementError` when their answers differ.
 */
export async function interleave(
  [a, b]: readonly [Arm, Arm],
  testCase: Case,
  count: number,
): Promise<readonly [Blocks, Blocks]> {
  const one: Side = { name: a.name, series: await a.open(testCase), blocks: [] };
  const other: Side = { name: b.name, series: await b.open(testCase), blocks: [] };
  await compareAnswers(one, other, testCase.tool);
  const calls = Math.min(warmup.maxCalls, 2 * count);
  const end = performance.now() + warmup.maxMs;
  for (let n = 0; n < calls && performance.now() < end; n++)
    for (const { series } of [one, other]) await series.attempt();
  for (const { series, blocks } of [one, other, other, one, one, other, other, one]) {
    const block = blocks.length;
    // Work is never lost to rounding: the blocks differ by one sample at most.
    const size = Math.floor((count * (block + 1)) / 4) - Math.floor((count * block) / 4);
    blocks.push(size > 0 ? await series.sample(size) : []);
  }
  for (const { series } of [one, other]) await series.close();
  return [one.blocks, other.blocks];
}

interface Side {
  readonly name: string;
  readonly series: Series;
  readonly blocks: Blocks;
}

async function compareAnswers(a: Side, b: Side, tool: string): Promise<void> {
  const [one, other] = [mask(await a.series.attempt()), mask(await b.series.attempt())];
  if (Bun.deepEquals(one, other)) return;
  const [said, saidElse] = [one, other].map((answer) => JSON.stringify(answer).slice(0, 300));
  throw new MeasurementError(
    `Cannot compare "${tool}": ${a.name} answered ${said}, ${b.name} answered ${saidElse}`,
  );
}

/** Fields that hold a time, a rate, or a name drawn at random, in every tool's answer. */
const varying = /(_at|_ms|_per_s|last_seen|connection_id|streams)$/;

/** Puts the type in place of each value that may differ between two runs of the same work. */
function mask(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(mask);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [key, varying.test(key) ? typeof field : mask(field)]),
  );
}
