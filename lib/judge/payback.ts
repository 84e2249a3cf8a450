import { mean, median } from "./stats.ts";

/** Something that has to be started before it can be called. */
export interface Start {
  readonly startMs: number;
  /** What each call took, in the order made. */
  readonly callsNs: readonly number[];
}

/** Of so many of the last calls, one takes what any further one will. */
const steadyShare = 1 / 3;

/**
 * After how many calls the one has taken no more time in all than the other, which starts sooner and takes longer by the
 * call; `null` where it is not so. Past the calls made, each further one takes the mean of their last third.
 */
export function paybackOf(one: Start, other: Start): number | null {
  const calls = Math.min(one.callsNs.length, other.callsNs.length);
  const [own, others] = [steadyNs(one, calls), steadyNs(other, calls)];
  let behindNs = (one.startMs - other.startMs) * 1e6;
  if (calls === 0 || behindNs <= 0 || own >= others) return null;
  for (let n = 0; n < calls; n++) {
    behindNs += (one.callsNs[n] ?? 0) - (other.callsNs[n] ?? 0);
    if (behindNs <= 0) return n + 1;
  }
  return calls + Math.ceil(behindNs / (others - own));
}

function steadyNs({ callsNs }: Start, calls: number): number {
  return mean(callsNs.slice(Math.floor(calls * (1 - steadyShare)), calls));
}

/** The medians of calls by their numbers: from each of these on, up to the next. Those after the last call have none. */
export function curveOf(callsNs: readonly number[], from: readonly number[]): (number | null)[] {
  return from.map((first, n) => {
    const part = callsNs.slice(first - 1, (from[n + 1] ?? callsNs.length + 1) - 1);
    return part.length === 0 ? null : median(part);
  });
}

/** What is called steady differs from the end by at most this share of it. */
const steadyWithin = 0.1;

/** The first point of a curve from which on all are as the last one; `null` where that is the last one itself. */
export function steadyFrom(curve: readonly (number | null)[]): number | null {
  const known = curve.filter((value) => value !== null);
  const last = known.at(-1) ?? 0;
  const unsteady = known.findLastIndex((value) => Math.abs(value / last - 1) > steadyWithin);
  return unsteady + 1 >= known.length - 1 ? null : unsteady + 1;
}
