import { type Figure, figure, scales } from "./scale.ts";
import type { Estimate, ScaleName } from "./shapes.ts";
import { deviation, mean, median } from "./stats.ts";

/** Samples of one arm in one round, in nanoseconds, by block in the order taken. */
export type Blocks = readonly (readonly number[])[];

/** The samples of two arms in one round. */
export interface Pair {
  readonly reference: Blocks;
  readonly candidate: Blocks;
}

/** How much less time a candidate takes than a reference, in percent, from the samples of both in each round. */
export function saving(rounds: readonly Pair[]): Figure {
  const perRound = rounds.map(
    ({ reference, candidate }) => (1 - middle(candidate) / middle(reference)) * 100,
  );
  return figure("saving", perRound);
}

/** What the reference's median takes more, in milliseconds. */
export function added(rounds: readonly Pair[]): Figure {
  return figure(
    "linear",
    rounds.map(({ reference, candidate }) => (middle(reference) - middle(candidate)) / 1e6),
  );
}

/** The median over all blocks, in nanoseconds. */
export function middle(blocks: Blocks): number {
  return median(blocks.flat());
}

/**
 * The A/A control of one arm in one round: two halves of it, held against each other as two arms are, differ by noise
 * alone. With blocks in the order ABBA the outer and the inner ones stand as balanced as the arms do. The logarithm of
 * their ratio, or `null` with too few samples.
 */
export function control(blocks: Blocks): number | null {
  const half = (which: number) => blocks.filter((_, n) => ((n >> 1) + n) % 2 === which).flat();
  const [outer, inner] = [half(0), half(1)];
  return outer.length > 0 && inner.length > 0 ? Math.log(median(outer) / median(inner)) : null;
}

/**
 * What the A/A controls of both arms show over rounds, in percent: a thing that swings on either path swings in their
 * comparison. `null` when some round had too few samples for one.
 */
export function controlOver(rounds: readonly Pair[]): Figure | null {
  const known = rounds.flatMap(
    ({ reference, candidate }) => larger(control(reference), control(candidate)) ?? [],
  );
  if (known.length < rounds.length || known.length === 0) return null;
  return figure("excess", known.map(scales.excess.from));
}

function larger(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return null;
  return Math.abs(a) > Math.abs(b) ? a : b;
}

/** The largest effect that is no surprise where there is none, on the control's scale; `null` when it is not known. */
export function noiseOf(control: Estimate | null | undefined, scale: ScaleName): number | null {
  if (!control || control.low === null || control.high === null) return null;
  const { to } = scales[scale];
  return Math.max(Math.abs(to(control.low)), Math.abs(to(control.high)));
}

/**
 * The deviation of the rounds' log-ratios, and how much of it the visits within a round explain, whose two blocks of each
 * arm stand side by side; `null` after a single round, or with a single visit in each (Kalibera & Jones, 2013).
 */
export function spreadsOf(rounds: readonly Pair[]): { between: number | null; within: number | null } {
  const logRatio = ({ reference, candidate }: Pair) => Math.log(middle(candidate) / middle(reference));
  const within = rounds.flatMap(({ reference, candidate }) => {
    const visits = Array.from({ length: Math.floor(reference.length / 2) }, (_, n) => {
      const at = (blocks: Blocks) => blocks.slice(2 * n, 2 * n + 2);
      return logRatio({ reference: at(reference), candidate: at(candidate) });
    });
    return visits.length > 1 ? [deviation(visits) ** 2 / visits.length] : [];
  });
  return {
    between: rounds.length > 1 ? deviation(rounds.map(logRatio)) : null,
    within: within.length > 0 ? Math.sqrt(mean(within)) : null,
  };
}
