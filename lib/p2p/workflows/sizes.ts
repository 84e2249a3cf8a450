import { namesBytes, valueBytes } from "../kept_json.ts";
import type { Output } from "./actions.ts";
import type { DagNode } from "./dag.ts";

/** Measured in the heap: a workflow, each of its steps and each of its edges. */
const recordBytes = 1_600;
const stepBytes = 700;
const edgeBytes = 20;
/** Of up to six columns, which are the same in all rows. */
const rowBytes = 80;

/** Measured too: the job of a step in the queue. */
const jobBytes = 1_600;

/** Below so many nodes and edges everything that there is to say of a graph is short, whatever its names are. */
const smallGraph = 250;

interface SizedStep {
  readonly step_id: string;
  readonly action: string;
  readonly inputs: { readonly bytes: number };
  readonly depends_on: readonly string[];
}

/** What a workflow takes while nothing has become of it yet; `texts` are its names, ids and tags. */
export function workflowBytes(texts: readonly string[], peer: unknown, steps: readonly SizedStep[]): number {
  let bytes = recordBytes + namesBytes(...texts) + valueBytes(peer) + jobsBytes(steps.length);
  for (const { step_id, action, inputs, depends_on } of steps)
    bytes += stepBytes + edgeBytes * depends_on.length + namesBytes(step_id, action) + inputs.bytes;
  return bytes;
}

/** What is left over when a workflow has ended. */
export function jobsBytes(steps: number): number {
  return steps * jobBytes;
}

/** What a step leaves, in memory. */
export function outputBytes({ rows = [], ...rest }: Output): number {
  let bytes = valueBytes(rest) + rowBytes * rows.length;
  for (const row of rows)
    for (const column in row) {
      const value = row[column];
      if (typeof value === "string") bytes += 2 * value.length;
    }
  return bytes;
}

/** What workflow_dependencies has to say of a graph, at most, in any format. */
export function graphBytes(nodes: readonly DagNode[]): number {
  const edges = nodes.reduce((sum, { depends_on }) => sum + depends_on.length, 0);
  if (nodes.length + edges <= smallGraph) return 0;
  // As a text within a text, in which some characters are masked twice.
  const widths = new Map(nodes.map(({ step_id }) => [step_id, quotedBytes(JSON.stringify(step_id))]));
  let bytes = 0;
  for (const { step_id, depends_on } of nodes) {
    const width = widths.get(step_id) ?? 0;
    bytes += 4 * width + 20;
    for (const parent of depends_on) bytes += 2 * (width + (widths.get(parent) ?? 0) + 20);
  }
  return bytes;
}

/** What the steps of a workflow take in an answer at most, each with its error and with `beside` bytes besides. */
export function stepsBytes(
  steps: ReadonlyMap<string, { readonly id: string; readonly action: string; readonly error?: string }>,
  beside: number,
): number {
  if (steps.size <= smallGraph) return 0;
  let bytes = 0;
  for (const { id, action, error = "" } of steps.values())
    bytes += beside + 2 * quotedBytes(id) + quotedBytes(action) + 6 * error.length;
  return bytes;
}

function quotedBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text));
}
