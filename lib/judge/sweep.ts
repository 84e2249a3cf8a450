import { type Figure, figure } from "./scale.ts";
import { estimateScaling, fewestConcurrencies, type ScalingEstimate } from "./scaling.ts";

/** The throughput at one concurrency in one round. */
export interface SweepPoint {
  readonly round: number;
  readonly concurrency: number;
  /** Above 0. */
  readonly perSecond: number;
}

/** What throughput does with concurrency. */
export interface Sweep {
  /** Concurrencies ascending. */
  readonly points: readonly {
    readonly concurrency: number;
    readonly perSecond: Figure;
    /** Throughput at N in percent of N times that at 1, over the rounds that have both; `null` at 1. */
    readonly linearPercent: Figure | null;
  }[];
  /** Over the rounds that have every concurrency; `null` below three of them. */
  readonly law: ScalingEstimate | null;
}

/** Sums up the throughputs of rounds, each of which may have any of the concurrencies. */
export function sumUpSweep(points: readonly SweepPoint[]): Sweep {
  const concurrencies = [...new Set(points.map(({ concurrency }) => concurrency))].sort((a, b) => a - b);
  const rounds = [...Map.groupBy(points, ({ round }) => round).values()];
  const whole = rounds.filter(({ length }) => length === concurrencies.length);
  return {
    points: concurrencies.map((concurrency) => {
      const rates = rounds.flatMap((round) => rateAt(round, concurrency));
      const shares = rounds.flatMap((round) => {
        const [one] = rateAt(round, 1);
        return one === undefined
          ? []
          : rateAt(round, concurrency).map((rate) => share(rate, concurrency, one));
      });
      return {
        concurrency,
        perSecond: figure("ratio", rates),
        linearPercent: concurrency === 1 || shares.length === 0 ? null : figure("ratio", shares),
      };
    }),
    law: whole.length === 0 || concurrencies.length < fewestConcurrencies ? null : estimateScaling(whole),
  };
}

function rateAt(round: readonly SweepPoint[], concurrency: number): number[] {
  return round.flatMap((point) => (point.concurrency === concurrency ? [point.perSecond] : []));
}

function share(perSecond: number, concurrency: number, one: number): number {
  return (perSecond / (concurrency * one)) * 100;
}
