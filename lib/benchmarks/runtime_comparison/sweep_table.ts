import type { Found } from "../../experiment.ts";
import { figure } from "../../judge/scale.ts";
import { pool, throughput, unpackLoad } from "../../measure/tally.ts";
import { declareTable } from "../../result/table.ts";
import { fitLaws } from "../law_table.ts";
import type { Job, Said } from "./said.ts";

const sweepTable = declareTable(
  "sweep",
  "Throughput by concurrency",
  {
    runtime: { kind: "label", title: "runtime" },
    concurrency: { kind: "label", title: "callers" },
    throughput_per_s: {
      kind: "estimate",
      title: "calls",
      unit: "per_s",
      scale: "ratio",
      better: "higher",
    },
    p95_ms: { kind: "estimate", title: "p95", unit: "ms", scale: "ratio", better: "lower" },
  },
  {
    description: "Calls of tools that need no preparation, so that the runtime shows and not the preparing.",
    empty: "This run made no sweep over concurrencies.",
    charts: [
      {
        type: "lines",
        title: "Throughput by concurrency",
        series: "runtime",
        x: "concurrency",
        y: "throughput_per_s",
        law: "scaling",
      },
      {
        type: "lines",
        title: "95th percentile by concurrency",
        series: "runtime",
        x: "concurrency",
        y: "p95_ms",
      },
    ],
  },
);

/** What throughput does with concurrency on each side, and the law fitted to it. */
export function sumUpSweep(found: readonly Found<Job, Said>[]) {
  const points = found.flatMap(({ job, said }) =>
    said.kind === "point" ? [{ ...said, round: job.round, load: unpackLoad(said.load) }] : [],
  );
  const rows = [
    ...Map.groupBy(points, ({ runtime, concurrency }) => `${runtime} ${concurrency}`).values(),
  ].flatMap((same) => {
    const [first] = same;
    if (!first) return [];
    const p95 = same.map(({ load }) => pool(load.tallies).service.percentile(0.95) / 1e6);
    return [
      {
        runtime: first.runtime,
        concurrency: String(first.concurrency),
        throughput_per_s: figure(
          "ratio",
          same.map(({ load }) => throughput(load)),
        ),
        p95_ms: figure("ratio", p95),
      },
    ];
  });
  const sorted = rows.toSorted((a, b) => Number(a.concurrency) - Number(b.concurrency));
  return {
    sweep: sweepTable.of(sorted),
    law: fitLaws(points.map(({ load, ...point }) => ({ ...point, perSecond: throughput(load) }))),
  };
}
