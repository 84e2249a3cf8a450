import { ruleFor } from "../../judge/interval.ts";
import { type Figure, figure } from "../../judge/scale.ts";
import type { Criterion } from "../../judge/shapes.ts";
import { mean, median } from "../../judge/stats.ts";
import { decide } from "../../judge/verdicts.ts";
import { declareTable, type RowOf } from "../../result/table.ts";
import { dual, type Given } from "./options.ts";
import { excess, latencyOf, meanResponse, namesOf, versus } from "./ratios.ts";
import type { Ran, RateSaid } from "./said.ts";

export const rateTable = declareTable(
  "equal_load",
  "Mixed calls at equal offered rates",
  {
    load: { kind: "label", title: "load" },
    runtime: { kind: "label", title: "runtime" },
    offered_per_s: { kind: "number", title: "offered", unit: "per_s", minimum: 0 },
    achieved_per_s: { kind: "estimate", title: "achieved", unit: "per_s", scale: "ratio" },
    general: {
      kind: "latency",
      title: "general",
      description: "response time",
      better: "lower",
      headline: true,
      optional: true,
    },
    general_excess_percent: {
      kind: "estimate",
      title: "general tools take more",
      description:
        "than on the reference: the median over calls of the ratio to the same call at the same instant there",
      unit: "percent",
      scale: "excess",
      headline: true,
      optional: true,
    },
    general_mean_excess_percent: {
      kind: "estimate",
      title: "by their means",
      description: "the geometric mean of the tools' ratios of means, which waiting in the tail weighs on",
      unit: "percent",
      scale: "excess",
      optional: true,
    },
    p2p: { kind: "latency", title: "P2P", description: "response time", better: "lower", optional: true },
    unsent: { kind: "count", title: "unsent", detail: true },
    saturated: {
      kind: "texts",
      title: "saturated",
      description: "why answers did not keep up",
      detail: true,
    },
  },
  {
    description:
      "Calls start on a schedule, whatever became of those before, the same for every runtime; response times count from the intended start.",
    empty: "This run offered no rates, at which general tools are judged; a quick look has no time for them.",
    charts: [
      {
        type: "percentiles",
        title: "Response time of general tools at equal load",
        rows: ["load"],
        series: "runtime",
        value: "general",
      },
    ],
  },
);

export type RateRow = RowOf<typeof rateTable>;

/** A row for each rate and side. */
export function sumUpRates(all: readonly Ran<RateSaid>[], { reference }: Given): RateRow[] {
  return [...Map.groupBy(all, ({ said }) => said.share)].flatMap(([load, runs]) =>
    namesOf(runs).map((runtime) => {
      const own = runs.filter(({ said }) => said.runtime === runtime);
      const loads = own.map((one) => one.load);
      return {
        load,
        runtime,
        offered_per_s: mean(own.map(({ said }) => said.offeredPerSecond)),
        achieved_per_s: figure(
          "ratio",
          own.map(({ said }) => said.achievedPerSecond),
        ),
        general: latencyOf(loads, "general", "response"),
        general_excess_percent: versusCalls(runs, runtime, reference),
        general_mean_excess_percent: versus(runs, runtime, reference, "excess", excess(meanResponse)),
        p2p: latencyOf(loads, "p2p", "response"),
        unsent: own.reduce((sum, { said }) => sum + said.unsent, 0),
        saturated: own.flatMap(({ said }) => said.saturated),
      };
    }),
  );
}

/**
 * What a call of a general tool takes more than the same call at the same instant on the reference: in each round the
 * median over all of them. Ratios of medians of six tools, which take from 0.1 to 0.4 ms, differed three times as much
 * from round to round. What meets fewer than half of the calls does not show here, but in the means and percentiles.
 */
function versusCalls(runs: readonly Ran<RateSaid>[], name: string, reference: string): Figure | null {
  if (name === reference) return null;
  const perRound = runs.flatMap(({ round, said }) => {
    if (said.runtime !== name) return [];
    const other = runs.find((one) => one.round === round && one.said.runtime === reference);
    const ratios = said.generalNs.flatMap((ns, n) => {
      const its = other?.said.generalNs[n] ?? null;
      return ns === null || its === null ? [] : [ns / its];
    });
    return ratios.length === 0 ? [] : [(middleRatio(ratios) - 1) * 100];
  });
  return perRound.length === 0 ? null : figure("excess", perRound);
}

/**
 * Between the two middle ones of an even number, so that either side may be the reference. By nearest rank the
 * middle of ten ratios that chance spreads by 30 % would be 3.6 % too small.
 */
function middleRatio(ratios: readonly number[]): number {
  return Math.sqrt(median(ratios) / median(ratios.map((ratio) => 1 / ratio)));
}

/** Whether general tools are not slower for what P2P tools do. */
export function judgeRate(
  { load, runtime, general_excess_percent: more }: RateRow,
  given: Given,
): Criterion[] {
  if (runtime !== dual || !more) return [];
  const asked = {
    id: "general_not_slower",
    about: { load },
    name: `time that general tools take more in ${dual} than on ${given.reference}`,
    bound: "at_most",
    target: given.margin,
    unit: "percent",
    scale: "excess",
  } as const;
  return [decide(asked, more, { rule: ruleFor(more.per_round?.length ?? 0) })];
}
