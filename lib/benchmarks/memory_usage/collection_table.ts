import { figure } from "../../judge/scale.ts";
import { median, summarize } from "../../judge/stats.ts";
import { declareTable, type RowOf } from "../../result/table.ts";
import { roundsColumn, runtimeColumn } from "./columns.ts";
import type { Given } from "./plan.ts";
import { type GcMode, gcModes, type Heard, type MemoryFound, ofRuntime, select } from "./said.ts";

const pause = { kind: "number", unit: "ms", minimum: 0, optional: true } as const;

export const collectionTable = declareTable(
  "gc_impact",
  "What collecting garbage does",
  {
    runtime: runtimeColumn,
    mode: {
      kind: "label",
      title: "collections",
      description: "natural; forced, after every 100th call; growing, by 10,000 objects then",
      values: gcModes,
    },
    throughput_per_s: {
      kind: "estimate",
      title: "calls",
      description: "the time for preparing them and for collecting included",
      unit: "per_s",
      scale: "ratio",
      better: "higher",
    },
    throughput_change_percent: {
      kind: "estimate",
      title: "change",
      description: "against natural in the same process",
      unit: "percent",
      scale: "excess",
      headline: true,
      optional: true,
    },
    latency: { kind: "latency", title: "", better: "lower", headline: true },
    latency_without_collections: {
      kind: "latency",
      title: "clear of them",
      description: "the calls into which no collection fell",
      optional: true,
    },
    eden_collections: { kind: "count", title: "eden" },
    full_collections: { kind: "count", title: "full" },
    pauses: { kind: "count", title: "pauses", description: "stops of the program", optional: true },
    pauses_total_ms: { ...pause, title: "in all", at_least: "pauses_max_ms", better: "lower" },
    pauses_p50_ms: { ...pause, title: "pause p50" },
    pauses_max_ms: { ...pause, title: "longest pause", at_least: "pauses_p50_ms" },
    calls: {
      kind: "count",
      title: "calls made",
      description: "of all tools together",
      at_least: "overlapping_calls",
      detail: true,
    },
    overlapping_calls: { kind: "count", title: "calls with a collection", detail: true },
    unobserved: { kind: "text", title: "why pauses are not seen", detail: true, optional: true },
    rounds: roundsColumn,
  },
  { empty: "This run did not look at collections." },
);

/** What collecting garbage did to calls. */
export function sumUpCollections(
  found: readonly MemoryFound[],
  { runtimes }: Given,
): RowOf<typeof collectionTable>[] {
  const runs = select(found, "collected");
  return runtimes.flatMap(({ name }) => gcModes.flatMap((mode) => sumUpMode(ofRuntime(runs, name), mode)));
}

type Run = Heard<"collected">;

function sumUpMode(runs: readonly Run[], mode: GcMode): RowOf<typeof collectionTable>[] {
  const here = runs.filter((run) => run.mode === mode);
  const [first] = here;
  if (!first) return [];
  const times = (run: Run) => [...run.clearNs, ...run.overlappingNs];
  const rate = (run: Run) => times(run).length / (run.elapsedMs / 1e3);
  const changes = here.flatMap((run) => {
    const natural = runs.find((one) => one.turn.round === run.turn.round && one.mode === "natural");
    return natural && mode !== "natural" ? [(rate(run) / rate(natural) - 1) * 100] : [];
  });
  const clear = here.flatMap(({ clearNs }) => clearNs);
  const total = (count: (run: Run) => number) => here.reduce((sum, run) => sum + count(run), 0);
  return [
    {
      runtime: first.turn.arm.name,
      mode,
      throughput_per_s: figure("ratio", here.map(rate)),
      throughput_change_percent: changes.length === 0 ? null : figure("excess", changes),
      latency: summarize(here.flatMap(times)),
      latency_without_collections: clear.length > 0 ? summarize(clear) : null,
      eden_collections: total(({ eden }) => eden),
      full_collections: total(({ full }) => full),
      ...sumUpPauses(here),
      calls: total((run) => times(run).length),
      overlapping_calls: total(({ overlappingNs }) => overlappingNs.length),
      rounds: here.length,
    },
  ];
}

function sumUpPauses(runs: readonly Run[]) {
  const unseen = { pauses: null, pauses_total_ms: null, pauses_p50_ms: null, pauses_max_ms: null };
  if (!runs.every(({ logs }) => logs))
    return { ...unseen, unobserved: "the process did not log a collection that it was told to make" };
  const pauses = runs.flatMap(({ pausesMs }) => pausesMs);
  const some = pauses.length > 0;
  return {
    pauses: pauses.length,
    pauses_total_ms: pauses.reduce((sum, ms) => sum + ms, 0),
    pauses_p50_ms: some ? median(pauses) : null,
    pauses_max_ms: some ? Math.max(...pauses) : null,
    unobserved: null,
  };
}
