import { estimateScaling } from "../measure/scaling.ts";
import { estimate } from "../measure/stats.ts";
import { type Load, pool, throughput } from "../measure/tally.ts";
import type { RuntimeComparison } from "../result.ts";
import type { Arm } from "./runtime_comparison.ts";

/** A load at one concurrency. */
export interface SweepPoint {
  readonly arm: Arm;
  readonly round: number;
  readonly concurrency: number;
  readonly load: Load;
}

/** The throughput at one concurrency in one round. */
export interface RoundPoint {
  readonly round: number;
  readonly concurrency: number;
  readonly perSecond: number;
}

/** The fewest concurrencies that the Universal Scalability Law can be fitted to. */
const fewest = 3;

/** What an arm's throughput does with concurrency; nothing when it was not swept. */
export function sumUpSweep(points: readonly SweepPoint[], arm: Arm): RuntimeComparison["sweep"] {
  const own = points.filter((point) => point.arm === arm);
  if (own.length === 0) return [];
  return [
    {
      arm,
      points: concurrenciesOf(own).map((concurrency) => {
        const loads = own.filter((point) => point.concurrency === concurrency).map(({ load }) => load);
        return {
          concurrency,
          throughput_per_s: estimate(loads.map(throughput)),
          p95_ms: estimate(loads.map(({ tallies }) => pool(tallies).service.percentile(0.95) / 1e6)),
        };
      }),
      scaling: fitSweep(
        own.map(({ round, concurrency, load }) => ({ round, concurrency, perSecond: throughput(load) })),
      ),
    },
  ];
}

/** The concurrencies of a sweep, ascending. */
export function concurrenciesOf(points: readonly { concurrency: number }[]): number[] {
  return [...new Set(points.map(({ concurrency }) => concurrency))].sort((a, b) => a - b);
}

/** The Universal Scalability Law over the rounds that have every point; `null` below three concurrencies. */
export function fitSweep(points: readonly RoundPoint[]): RuntimeComparison["sweep"][number]["scaling"] {
  const concurrencies = concurrenciesOf(points).length;
  const rounds = [...Map.groupBy(points, ({ round }) => round).values()].filter(
    ({ length }) => length === concurrencies,
  );
  if (rounds.length === 0 || concurrencies < fewest) return null;
  const { rSquared, ...fit } = estimateScaling(rounds);
  return { ...fit, r_squared: rSquared };
}
