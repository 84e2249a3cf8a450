import { ruleFor } from "../../judge/interval.ts";
import { added, controlOver, middle, noiseOf, saving } from "../../judge/pairs.ts";
import { type Figure, figure } from "../../judge/scale.ts";
import type { Criterion } from "../../judge/shapes.ts";
import { summarize } from "../../judge/stats.ts";
import { decide } from "../../judge/verdicts.ts";
import { declareTable, type RowOf } from "../../result/table.ts";
import { controlColumn, medianColumn } from "../pair_columns.ts";
import { afterSubmission, labels, submission } from "./columns.ts";
import type { Alone, InRound } from "./loads.ts";
import type { Given } from "./options.ts";
import { latencyOf, sumOf } from "./outcomes.ts";

export const aloneTable = declareTable(
  "alone",
  "One workflow at a time",
  {
    ...labels,
    submission: { ...submission, headline: true },
    ...afterSubmission,
    improvement_percent: {
      kind: "estimate",
      title: "saving",
      description: "how much less time a submission takes than on the reference",
      unit: "percent",
      scale: "saving",
      better: "higher",
      headline: true,
      optional: true,
    },
    added_ms: {
      kind: "estimate",
      title: "the reference adds to a workflow",
      unit: "ms",
      scale: "linear",
      optional: true,
    },
    added_per_edge_ms: {
      kind: "estimate",
      title: "to each of its edges",
      unit: "ms",
      scale: "linear",
      detail: true,
      optional: true,
    },
    status: { kind: "status", title: "verdict", criterion: "saving", headline: true, optional: true },
    control_percent: controlColumn,
    p50_ms: { ...medianColumn, title: "submission p50 over rounds" },
    completed: { kind: "count", title: "completed", detail: true },
    rounds: { kind: "count", title: "rounds", detail: true, counts_rounds: true },
  },
  {
    description:
      "Each workflow is submitted when the last one has ended, and read back; savings are against the reference.",
    empty: "No scenario was run to the end, so there is no figure.",
    charts: [
      {
        ...{ type: "percentiles", title: "Submission, one workflow at a time" },
        ...{ rows: ["scenario"], series: "runtime", value: "submission" },
      },
      {
        ...{ type: "intervals", title: "Saving of a submission against the claim" },
        ...{ rows: ["scenario", "runtime"], value: "improvement_percent", status: "status", band: [50, 70] },
      },
    ],
  },
);

type Asked = Pick<Given, "runtimes" | "reference" | "target">;

interface Judged {
  readonly row: RowOf<typeof aloneTable>;
  readonly criterion: Criterion | null;
}

/** A scenario on each runtime, from what each round measured of it, one workflow at a time. */
export function judgeAlone(runs: readonly InRound<Alone>[], asked: Asked): Judged[] {
  const on = (arm: number) => runs.filter((run) => run.arm === arm);
  const reference = asked.runtimes.findIndex(({ name }) => name === asked.reference);
  return asked.runtimes.flatMap(({ name: runtime }, arm) => {
    const own = on(arm);
    const [first] = own;
    if (!first) return [];
    const { scenario } = first;
    const outcomes = own.map((run) => run.outcomes);
    const compared = arm === reference ? null : compare(own, on(reference));
    const criterion = compared && judgeSaving(compared, { scenario, runtime }, asked);
    const row: Judged["row"] = {
      ...{ scenario, runtime, rounds: own.length, completed: sumOf(outcomes, "completed") },
      submission: summarize(own.flatMap(({ blocks }) => blocks.flat())),
      p50_ms: figure(
        "ratio",
        own.map(({ blocks }) => middle(blocks) / 1e6),
      ),
      completion: latencyOf(outcomes, "completion"),
      hand_over: latencyOf(outcomes, "hand_over"),
      improvement_percent: compared?.saved ?? null,
      added_ms: compared?.more ?? null,
      added_per_edge_ms: compared?.perEdge ?? null,
      control_percent: compared?.control ?? null,
      status: criterion?.status ?? null,
    };
    return [{ row, criterion }];
  });
}

/** What a runtime saves against the reference, over the rounds that have both; `null` without one. */
function compare(candidates: readonly InRound<Alone>[], references: readonly InRound<Alone>[]) {
  const pairs = candidates.flatMap(({ round, blocks: candidate }) =>
    references
      .filter((one) => one.round === round)
      .map(({ blocks: reference }) => ({ reference, candidate })),
  );
  if (pairs.length === 0) return null;
  const more = added(pairs);
  return { saved: saving(pairs), more, perEdge: perEdge(more, candidates), control: controlOver(pairs) };
}

/** By the edges that a workflow has on average; `null` where none has any. */
function perEdge({ per_round }: Figure, [first]: readonly Alone[]): Figure | null {
  const { edges = 0, endings } = first?.outcomes ?? {};
  if (edges === 0 || !endings) return null;
  return figure(
    "linear",
    per_round.map((ms) => (ms * endings.completed) / edges),
  );
}

function judgeSaving(
  { saved, control }: NonNullable<ReturnType<typeof compare>>,
  about: Criterion["about"],
  { target, reference }: Asked,
): Criterion {
  const asked = {
    ...{ id: "saving", about, name: `time that a submission saves against ${reference}` },
    ...({ bound: "at_least", target, unit: "percent", scale: "saving" } as const),
  };
  return decide(asked, saved, { noise: noiseOf(control, "excess"), rule: ruleFor(saved.per_round.length) });
}
