import { added, type Blocks, controlOver, middle, type Pair } from "../../judge/pairs.ts";
import { figure } from "../../judge/scale.ts";
import { mean, summarize } from "../../judge/stats.ts";
import type { Arm } from "../../runtimes/arms.ts";
import { baseOf, branchOf } from "../../runtimes/rungs.ts";
import { controlColumn, medianColumn } from "../pair_columns.ts";
import { type Finds, select, type Work } from "./said.ts";

/** What one round measured of a call: all its visits. */
export interface ClimbRound {
  readonly branch: string;
  /** For each arm, its blocks in the order taken, among those of all. */
  readonly all: readonly Blocks[];
  /** For each arm that stands on another, its blocks and that one's, those two alone. */
  readonly pairs: readonly (Pair | null)[];
}

/** The rounds of a call: of a tool, of a payload, or on a runtime that serves more tools. */
export function roundsOf(kind: Work["kind"], of: string, found: Finds): ClimbRound[] {
  const visits = select(found, "visited", kind).filter((one) => one.of === of);
  return [...Map.groupBy(visits, ({ round }) => round).values()].flatMap((round) => {
    const [first] = round;
    if (!first) return [];
    const join = (blocksOf: (visit: (typeof round)[number]) => Blocks | undefined) =>
      round.flatMap((visit) => blocksOf(visit) ?? []);
    return [
      {
        branch: first.branch,
        all: first.all.map((_, arm) => join(({ all }) => all[arm])),
        pairs: first.pairs.map(
          (pair, arm) =>
            pair && {
              candidate: join(({ pairs }) => pairs[arm]?.candidate),
              reference: join(({ pairs }) => pairs[arm]?.reference),
            },
        ),
      },
    ];
  });
}

/** The columns that a table of rungs has beside its own. */
export const rungColumns = {
  runtime: { kind: "label", title: "way" },
  latency: { kind: "latency", title: "", better: "lower", percentiles: ["p95", "p99"], headline: true },
  added_ms: {
    kind: "estimate",
    title: "adds",
    description: "what the median takes more than its base, in visits of those two alone",
    unit: "ms",
    scale: "linear",
    headline: true,
    optional: true,
  },
  base: { kind: "text", title: "to", description: "what it is built upon", headline: true, optional: true },
  total_ms: {
    kind: "estimate",
    title: "in all",
    description: "what the median takes more than the first of its branch, in visits of all",
    unit: "ms",
    scale: "linear",
    detail: true,
    optional: true,
  },
  control_percent: controlColumn,
  p50_ms: medianColumn,
  rounds: {
    kind: "count",
    title: "rounds",
    description: "fresh sets of processes",
    counts_rounds: true,
    detail: true,
  },
} as const;

/** What a call came to on each rung. */
export function sumUpRungs(rounds: readonly ClimbRound[], arms: readonly Arm[]) {
  if (rounds.length === 0) return [];
  return arms.map((arm, index) => {
    const blocksOf = (one: Arm) => rounds.map(({ all }) => all[arms.indexOf(one)] ?? []);
    const own = blocksOf(arm);
    const [ground = arm] = branchOf(arm, arms);
    const apart = blocksOf(ground).map((reference, round) => ({ reference, candidate: own[round] ?? [] }));
    const pairs = rounds.flatMap(({ pairs }) => pairs[index] ?? []);
    return {
      ...{ runtime: arm.name, base: baseOf(arm, arms)?.name ?? null, rounds: rounds.length },
      latency: summarize(own.flat(2)),
      p50_ms: figure(
        "ratio",
        own.map((blocks) => middle(blocks) / 1e6),
      ),
      calls_per_s: figure(
        "ratio",
        own.map((blocks) => 1e9 / mean(blocks.flat())),
      ),
      added_ms: pairs.length === 0 ? null : added(pairs.map(turned)),
      total_ms: ground === arm ? null : added(apart.map(turned)),
      control_percent: pairs.length === 0 ? null : controlOver(pairs),
    };
  });
}

export type Rung = ReturnType<typeof sumUpRungs>[number];

/** What a candidate takes more is what a reference adds to it the other way round. */
function turned({ reference, candidate }: Pair): Pair {
  return { reference: candidate, candidate: reference };
}
