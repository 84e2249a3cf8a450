import { ruleFor } from "../../judge/interval.ts";
import { figure } from "../../judge/scale.ts";
import type { Criterion } from "../../judge/shapes.ts";
import { decideOver } from "../../result/over.ts";
import { declareTable, type RowOf, type Table } from "../../result/table.ts";
import { bytesColumn, roundsColumn, runtimeColumn } from "./columns.ts";
import { type Given, roundsOf } from "./plan.ts";
import { type Heard, type MemoryFound, ofRuntime, select, stages } from "./said.ts";

const size = { ...bytesColumn, scale: "ratio", better: "lower", headline: true } as const;

export const baselineTable = declareTable(
  "baseline",
  "What a process holds, stage by stage",
  {
    runtime: runtimeColumn,
    stage: {
      kind: "label",
      title: "stage",
      description: "what the process has opened by then",
      values: stages,
    },
    heap_bytes: { ...size, title: "heap" },
    added_heap_bytes: { ...bytesColumn, title: "added", description: "since the stage before" },
    rss_bytes: { ...size, title: "resident" },
    added_rss_bytes: { ...bytesColumn, title: "added", description: "since the stage before" },
    rss_excess_percent: {
      kind: "estimate",
      title: "more resident",
      description: "than the reference at the same stage",
      unit: "percent",
      scale: "excess",
      optional: true,
    },
    rounds: roundsColumn,
  },
  {
    description:
      "Memory of the process that serves the tools: what JavaScriptCore holds after its garbage was collected, and what " +
      "the operating system counts. Stages are Bun alone, the libraries of the tools, the engines with their tools, the " +
      "libp2p node, what the runtime adds, and the first 20 calls of each tool but those that look up or dial peers.",
    empty: "This run read no baseline.",
  },
);

/** What each stage holds and adds. */
export function sumUpBaseline(
  found: readonly MemoryFound[],
  { runtimes, reference }: Given,
): RowOf<typeof baselineTable>[] {
  const all = select(found, "stage");
  return runtimes.flatMap(({ name: runtime }) => {
    const readings = ofRuntime(all, runtime);
    return stages.flatMap((stage, n): RowOf<typeof baselineTable>[] => {
      const here = readings.filter((reading) => reading.stage === stage);
      if (here.length === 0) return [];
      const added = (of: "heapBytes" | "rssBytes") =>
        here.map((reading) => reading[of] - (inRound(readings, reading, stages[n - 1])?.[of] ?? 0));
      const others = ofRuntime(all, reference);
      const excess = here.flatMap((reading) => {
        const other = inRound(others, reading, stage);
        return other && runtime !== reference ? [(reading.rssBytes / other.rssBytes - 1) * 100] : [];
      });
      return [
        {
          runtime,
          stage,
          heap_bytes: figure(
            "ratio",
            here.map(({ heapBytes }) => heapBytes),
          ),
          added_heap_bytes: figure("linear", added("heapBytes")),
          rss_bytes: figure(
            "ratio",
            here.map(({ rssBytes }) => rssBytes),
          ),
          added_rss_bytes: figure("linear", added("rssBytes")),
          rss_excess_percent: excess.length === 0 ? null : figure("excess", excess),
          rounds: here.length,
        },
      ];
    });
  });
}

function inRound(readings: readonly Heard<"stage">[], { turn }: Heard<"stage">, stage: string | undefined) {
  return readings.find((one) => one.turn.round === turn.round && one.stage === stage);
}

/** What it takes to serve, as resident memory: of the one process that serves, whose client may be another. */
export function judgeResident(baseline: Table, given: Given): Criterion[] {
  const { runtimes, reference, margin } = given;
  return runtimes.flatMap(({ name }) => {
    const asked = {
      id: "resident_memory",
      about: { runtime: name },
      name: `resident memory that its serving process takes more than that of ${reference}`,
      ...({ bound: "at_most", target: margin, unit: "percent", scale: "excess" } as const),
      over: {
        table: baselineTable.name,
        column: "rss_excess_percent",
        where: { runtime: name, stage: "served" },
      },
    };
    return decideOver(asked, [baseline], ruleFor(roundsOf("baseline", given))) ?? [];
  });
}
