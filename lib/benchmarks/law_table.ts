import { scalingScales } from "../judge/scaling.ts";
import { type SweepPoint, sumUpSweep } from "../judge/sweep.ts";
import { declareTable, type Table } from "../result/table.ts";

/** What a chart of throughput by concurrency draws its curves from. */
export const lawTable = declareTable(
  "scaling",
  "The Universal Scalability Law fitted to it",
  {
    runtime: { kind: "label", title: "runtime" },
    lambda: {
      kind: "estimate",
      title: "lambda",
      description: "the throughput of one in flight",
      unit: "per_s",
      scale: scalingScales.lambda,
    },
    sigma: {
      kind: "estimate",
      title: "sigma",
      description:
        "the share of the work that queues for something shared; 0 is linear, and less is chance or better than that",
      scale: scalingScales.sigma,
    },
    kappa: {
      kind: "estimate",
      title: "kappa",
      description: "what those in flight cost each other in pairs; above 0, throughput falls past a peak",
      scale: scalingScales.kappa,
    },
    r_squared: {
      kind: "estimate",
      title: "R²",
      scale: scalingScales.rSquared,
      detail: true,
      optional: true,
    },
    peak: {
      kind: "estimate",
      title: "peak at",
      description: "in flight; where every round has one",
      scale: scalingScales.peak,
      optional: true,
    },
  },
  {
    description: "X(N) = lambda N / (1 + sigma (N - 1) + kappa N (N - 1)) (Gunther, 2007).",
    empty: "There were too few concurrencies to fit the law to.",
  },
);

/** The law of each runtime, over the rounds that have every point. */
export function fitLaws(points: readonly (SweepPoint & { readonly runtime: string })[]): Table {
  const rows = [...Map.groupBy(points, ({ runtime }) => runtime)].flatMap(([runtime, own]) => {
    const { law } = sumUpSweep(own);
    if (!law) return [];
    const { rSquared: r_squared, ...parameters } = law;
    return [{ runtime, ...parameters, r_squared }];
  });
  const notes = rows.map(({ runtime, peak }) =>
    peak
      ? `By the fitted law, ${runtime} is fastest with ${peak.estimate.toFixed(0)} in flight.`
      : `By the fitted law, ${runtime} has no peak that every round shows.`,
  );
  return lawTable.of(rows, notes);
}
