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

/** The fewest concurrencies that the Universal Scalability Law can be fitted to. */
const fewest = 3;

/** What an arm's throughput does with concurrency; nothing when it was not swept. */
export function sumUpSweep(points: readonly SweepPoint[], arm: Arm): RuntimeComparison["sweep"] {
  const own = points.filter((point) => point.arm === arm);
  const concurrencies = [...new Set(own.map(({ concurrency }) => concurrency))].sort((a, b) => a - b);
  if (concurrencies.length === 0) return [];
  const rounds = [...Map.groupBy(own, ({ round }) => round).values()].filter(
    ({ length }) => length === concurrencies.length,
  );
  const fit =
    rounds.length === 0 || concurrencies.length < fewest
      ? null
      : estimateScaling(
          rounds.map((round) =>
            round.map(({ concurrency, load }) => ({ concurrency, perSecond: throughput(load) })),
          ),
        );
  return [
    {
      arm,
      points: concurrencies.map((concurrency) => {
        const loads = own.filter((point) => point.concurrency === concurrency).map(({ load }) => load);
        return {
          concurrency,
          throughput_per_s: estimate(loads.map(throughput)),
          p95_ms: estimate(loads.map(({ tallies }) => pool(tallies).service.percentile(0.95) / 1e6)),
        };
      }),
      scaling: fit && {
        lambda: fit.lambda,
        sigma: fit.sigma,
        kappa: fit.kappa,
        r_squared: fit.rSquared,
        peak: fit.peak,
      },
    },
  ];
}
