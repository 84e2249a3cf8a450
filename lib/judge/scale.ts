import { type Interval, intervalOf, intervalsOf, type Method } from "./interval.ts";
import type { Estimate, ScaleName } from "./shapes.ts";
import { transform } from "./stats.ts";

interface Scale {
  /** From the figure to where its noise is even, and back; both rise, or both fall. */
  readonly to: (value: number) => number;
  readonly from: (value: number) => number;
}

/**
 * Where the interval of a figure is taken. Times, rates and sizes differ from process to process by a factor, so that it
 * is the logarithm whose noise is even: of the figure itself, of what a saving in percent leaves over, or of what an
 * excess in percent makes of the whole.
 */
export const scales: Readonly<Record<ScaleName, Scale>> = {
  linear: { to: (value) => value, from: (value) => value },
  ratio: { to: Math.log, from: Math.exp },
  saving: { to: (percent) => Math.log(1 - percent / 100), from: (log) => (1 - Math.exp(log)) * 100 },
  excess: { to: (percent) => Math.log(1 + percent / 100), from: (log) => (Math.exp(log) - 1) * 100 },
};

/** A figure with its 95 % interval, and what each round gave, from which both follow. */
export interface Figure extends Estimate {
  per_round: number[];
}

/** The figure that one value a round comes to, on that scale. */
export function figure(scale: ScaleName, perRound: readonly number[]): Figure {
  return toFigure(scale, perRound, intervalOf(perRound.map(scales[scale].to)));
}

/** A figure that is one of a family. */
export interface FamilyFigure extends Figure {
  readonly method: Method;
  /** The two-sided p-value of its true value being this one. */
  p(value: number): number;
}

/** The figures of a family on that scale, each from its rounds. */
export function familyOf(scale: ScaleName, family: readonly (readonly number[])[]): FamilyFigure[] {
  const { to } = scales[scale];
  const intervals = intervalsOf(family.map((perRound) => perRound.map(to)));
  return intervals.map((interval, n) => ({
    ...toFigure(scale, family[n] ?? [], interval),
    method: interval.method,
    p: (value) => interval.p(to(value)),
  }));
}

function toFigure(scale: ScaleName, perRound: readonly number[], { estimate, low, high }: Interval): Figure {
  return { ...transform({ estimate, low, high }, scales[scale].from), per_round: [...perRound] };
}
