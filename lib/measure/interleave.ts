import { MeasurementError } from "../errors.ts";
import type { Arm, Case } from "./latency.ts";

/** Samples in nanoseconds, by block in the order taken. */
export type Blocks = number[][];

const warmupCalls = 50;
/** A dial takes milliseconds; what warms up in 50 calls of the others has warmed up by then. */
const warmupDials = 3;
/** Every block starts in a loop that mitata compiles anew. */
const blockWarmup = 2;

/**
 * Takes `count` samples of a case from each of two arms, in the order ABBAABBA, so that a drift meets both alike.
 * Throws a `MeasurementError` when their answers differ.
 */
export async function interleave(
  [a, b]: readonly [Arm, Arm],
  testCase: Case,
  count: number,
): Promise<readonly [Blocks, Blocks]> {
  const one: Side = { arm: a, blocks: [] };
  const other: Side = { arm: b, blocks: [] };
  for (const arm of [a, b]) await arm.open(testCase);
  await compareAnswers([a, b], testCase);
  const warmup = testCase.dials ? warmupDials : warmupCalls;
  for (const arm of [a, b]) for (let n = 0; n < warmup; n++) await arm.attempt(testCase);
  for (const { arm, blocks } of [one, other, other, one, one, other, other, one]) {
    const block = blocks.length;
    // Work is never lost to rounding: the blocks differ by one sample at most.
    const size = Math.floor((count * (block + 1)) / 4) - Math.floor((count * block) / 4);
    blocks.push(size > 0 ? await arm.sample(testCase, size, testCase.dials ? 0 : blockWarmup) : []);
  }
  for (const arm of [a, b]) await arm.close(testCase);
  return [one.blocks, other.blocks];
}

interface Side {
  readonly arm: Arm;
  readonly blocks: Blocks;
}

async function compareAnswers([a, b]: readonly [Arm, Arm], testCase: Case): Promise<void> {
  const [one, other] = [mask(await a.attempt(testCase)), mask(await b.attempt(testCase))];
  if (Bun.deepEquals(one, other)) return;
  const texts = [one, other].map((answer) => JSON.stringify(answer).slice(0, 300));
  throw new MeasurementError(
    `Cannot compare "${testCase.tool}": ${a.name} answered ${texts[0]}, ${b.name} answered ${texts[1]}`,
  );
}

/** Fields that hold a time, a rate, or a name drawn at random, in every tool's answer. */
const varying = /(_at|_ms|_per_s|last_seen|connection_id)$/;

/** Puts the type in place of each value that may differ between two runs of the same work. */
function mask(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(mask);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [key, varying.test(key) ? typeof field : mask(field)]),
  );
}
