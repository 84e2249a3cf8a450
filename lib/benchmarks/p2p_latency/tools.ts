import { p2pCases, toolsOf } from "../../cases.ts";
import type { Found } from "../../experiment.ts";
import { Histogram } from "../../judge/histogram.ts";
import { added, type Blocks, controlOver, middle, type Pair, saving, spreadsOf } from "../../judge/pairs.ts";
import { figure } from "../../judge/scale.ts";
import { summarize } from "../../judge/stats.ts";
import { declareTable, type RowOf } from "../../result/table.ts";
import type { Arm } from "../../runtimes/arms.ts";
import { controlColumn, medianColumn } from "../pair_columns.ts";
import type { Opened } from "../rounds.ts";
import type { Given } from "./options.ts";

/** Some tools in one round. */
export interface Job {
  readonly round: number;
  readonly tools: readonly string[];
  /** Addresses of the local network of peers, where it is opened with peers. */
  readonly bootstrap: readonly string[] | undefined;
  readonly given: Given;
}

export type Said =
  /** What one visit of a tool measured: two blocks of samples for each arm, in nanoseconds. */
  | {
      readonly kind: "visited";
      readonly tool: string;
      readonly branch: string;
      readonly blocks: readonly Blocks[];
    }
  | Opened;

/** What was asked for, as far as it is judged by. */
export type Plan = Pick<
  Given,
  | "tool"
  | "runtimes"
  | "reference"
  | "iterations"
  | "target"
  | "samples"
  | "precision"
  | "rounds"
  | "budget"
  | "called"
  | "left_out"
>;

export type Finds = readonly Found<Pick<Job, "round" | "bootstrap">, Said>[];

export const toolTable = declareTable(
  "tools",
  "What a call of each tool takes, and saves",
  {
    tool_name: { kind: "label", title: "tool", values: toolsOf(p2pCases) },
    runtime: { kind: "label", title: "runtime" },
    latency: {
      kind: "latency",
      title: "",
      better: "lower",
      percentiles: ["p95", "p99"],
      sums_up: ["histogram", "samples_ms"],
      headline: true,
    },
    improvement_percent: {
      kind: "estimate",
      title: "saving",
      description: "how much less time it takes than the reference",
      unit: "percent",
      scale: "saving",
      better: "higher",
      headline: true,
      optional: true,
    },
    added_ms: {
      kind: "estimate",
      title: "the reference adds",
      unit: "ms",
      scale: "linear",
      optional: true,
    },
    status: { kind: "status", title: "verdict", headline: true, optional: true },
    rounds: { kind: "count", title: "rounds", description: "fresh sets of processes", counts_rounds: true },
    control_percent: controlColumn,
    between_percent: {
      kind: "number",
      title: "between rounds",
      description: "the deviation of the rounds' ratios to the reference",
      unit: "percent",
      detail: true,
      optional: true,
    },
    within_percent: {
      kind: "number",
      title: "within",
      description: "how much of that the visits within a round explain",
      unit: "percent",
      detail: true,
      optional: true,
    },
    p50_ms: medianColumn,
    branch: { kind: "text", title: "what was timed", detail: true },
    histogram: { kind: "histogram", title: "distribution", detail: true },
    samples_ms: { kind: "numbers", title: "samples", unit: "ms", detail: true, optional: true },
  },
  {
    description: "One successful call, its answer read whole and checked; savings are against the reference.",
    empty: "No tool was measured to the end, so there is no figure.",
    charts: [
      {
        type: "percentiles",
        title: "Latency of each tool",
        rows: ["tool_name"],
        series: "runtime",
        value: "latency",
      },
      {
        type: "intervals",
        title: "Saving of each tool against the claim",
        rows: ["tool_name", "runtime"],
        value: "improvement_percent",
        status: "status",
        band: [50, 70],
      },
      {
        type: "distribution",
        title: "Distribution of the times of each tool",
        rows: ["tool_name"],
        series: "runtime",
        value: "histogram",
      },
    ],
  },
);

export type ToolRow = RowOf<typeof toolTable>;

/** The arms that are held against the reference, which one alone is not. */
export function comparedTo(runtimes: readonly Arm[], reference: string | null): readonly Arm[] {
  return reference === null || runtimes.length === 1 ? [] : runtimes.filter(({ name }) => name !== reference);
}

/** What one round measured of a tool: all its visits. */
export interface ToolRound {
  readonly branch: string;
  /** For each arm, its blocks in the order taken. */
  readonly blocks: readonly Blocks[];
}

export function roundsOf(tool: string, found: Finds): ToolRound[] {
  const visits = found.flatMap(({ job, said }) =>
    said.kind === "visited" && said.tool === tool ? [{ round: job.round, ...said }] : [],
  );
  return [...Map.groupBy(visits, ({ round }) => round).values()].flatMap((round) => {
    const [first] = round;
    if (!first) return [];
    const blocks = first.blocks.map((_, arm) => round.flatMap((visit) => visit.blocks[arm] ?? []));
    return [{ branch: first.branch, blocks }];
  });
}

/** A row for each arm. */
export function sumUpTool(tool_name: string, rounds: readonly ToolRound[], plan: Plan): ToolRow[] {
  const [first] = rounds;
  if (!first) return [];
  const { runtimes, reference } = plan;
  const at = runtimes.findIndex(({ name }) => name === reference);
  const compared = comparedTo(runtimes, reference);
  return runtimes.map((arm, index): ToolRow => {
    const own = rounds.map(({ blocks }) => blocks[index] ?? []);
    const times = own.flat(2);
    const histogram = new Histogram();
    for (const ns of times) histogram.record(ns);
    const pairs = rounds.map(({ blocks }) => ({
      reference: blocks[at] ?? [],
      candidate: blocks[index] ?? [],
    }));
    return {
      ...{ tool_name, runtime: arm.name, branch: first.branch, rounds: rounds.length },
      latency: summarize(times),
      p50_ms: figure(
        "ratio",
        own.map((blocks) => middle(blocks) / 1e6),
      ),
      histogram: histogram.toJSON(),
      samples_ms: plan.samples ? times.map((ns) => ns / 1e6) : null,
      ...(compared.includes(arm) ? compare(pairs) : notCompared),
    };
  });
}

const notCompared = {
  ...{ improvement_percent: null, added_ms: null, control_percent: null, status: null },
  ...{ between_percent: null, within_percent: null },
};

/** The verdict is given to all rows as one family. */
function compare(pairs: readonly Pair[]) {
  const { between, within } = spreadsOf(pairs);
  const percent = (logarithm: number | null) => (logarithm === null ? null : (Math.exp(logarithm) - 1) * 100);
  return {
    improvement_percent: saving(pairs),
    added_ms: added(pairs),
    control_percent: controlOver(pairs),
    status: "inconclusive",
    between_percent: percent(between),
    within_percent: percent(within),
  };
}
