import { p2pCases, toolsOf } from "../../cases.ts";
import { figure } from "../../judge/scale.ts";
import { declareTable, type RowOf } from "../../result/table.ts";
import { perCallColumn, roundsColumn, runtimeColumn } from "./columns.ts";
import type { Given } from "./plan.ts";
import { type MemoryFound, ofRuntime, select } from "./said.ts";

export const requestTable = declareTable(
  "per_request",
  "What a call allocates",
  {
    tool_name: { kind: "label", title: "tool", values: toolsOf(p2pCases) },
    runtime: runtimeColumn,
    allocated_bytes_per_call: {
      ...perCallColumn,
      title: "allocated",
      description: "garbage or not; nothing where it is too little to be seen",
      scale: "ratio",
      headline: true,
      optional: true,
    },
    rounds: roundsColumn,
  },
  {
    description:
      "By the engine's own counter, with what prepares a call and puts back what it changed, and with the loop around " +
      "the calls where the measuring process serves the tools. A lower bound: native code need not tell the engine what it takes.",
    empty: "This run counted no allocations.",
  },
);

export const retainedTable = declareTable(
  "retained",
  "What calls of all tools leave behind",
  {
    runtime: runtimeColumn,
    retained_bytes_per_call: {
      ...perCallColumn,
      title: "retained",
      description: "slope of the heap over calls of every tool, less the control's",
      headline: true,
    },
    control_allocated_bytes_per_call: {
      ...perCallColumn,
      title: "allocated by the loop alone",
      description: "where the measuring process serves the tools; else meanwhile",
      scale: "ratio",
      optional: true,
      detail: true,
    },
    calls: { kind: "count", title: "calls", description: "over which the heap was read, in a round" },
    rounds: roundsColumn,
  },
  { empty: "This run counted no allocations." },
);

/** What calls allocate. */
export function sumUpRequests(
  found: readonly MemoryFound[],
  { tool, runtimes }: Given,
): RowOf<typeof requestTable>[] {
  return tool.flatMap((tool_name) =>
    runtimes.flatMap(({ name: runtime }): RowOf<typeof requestTable>[] => {
      const { estimate, rounds } = allocatedBy(found, runtime, tool_name);
      return rounds === 0 ? [] : [{ tool_name, runtime, allocated_bytes_per_call: estimate, rounds }];
    }),
  );
}

/** What they leave behind. */
export function sumUpRetained(
  found: readonly MemoryFound[],
  { runtimes }: Given,
): RowOf<typeof retainedTable>[] {
  return runtimes.flatMap(({ name: runtime }) => {
    const retained = ofRuntime(select(found, "retained"), runtime);
    const [first] = retained;
    if (!first) return [];
    return [
      {
        runtime,
        retained_bytes_per_call: figure(
          "linear",
          retained.map(({ bytesPerCall }) => bytesPerCall),
        ),
        control_allocated_bytes_per_call: allocatedBy(found, runtime, null).estimate,
        calls: first.calls,
        rounds: retained.length,
      },
    ];
  });
}

function allocatedBy(found: readonly MemoryFound[], runtime: string, name: string | null) {
  const here = ofRuntime(select(found, "allocated"), runtime).filter(({ tool }) => tool === name);
  const seen = here.flatMap(({ bytesPerCall }) => bytesPerCall ?? []);
  // Where some rounds saw too little, the mean of the others would be too high.
  const isSeen = seen.length === here.length && seen.length > 0;
  return { estimate: isSeen ? figure("ratio", seen) : null, rounds: here.length };
}
