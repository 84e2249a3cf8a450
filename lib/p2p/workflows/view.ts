import type { Answer } from "../answer.ts";
import { KeptJson } from "../kept_json.ts";
import { LoopTurn } from "../loop_turn.ts";
import { criticalPath, dagDot, dagEdges, dagLayers, dagMermaid } from "./dag.ts";
import { epochMs, type Step, stepStatus, type Workflow } from "./record.ts";

/** Ms since the epoch as an ISO-8601 string, to the microsecond: steps follow each other within 30 µs. */
export function iso(ms: number): string {
  const micros = String(Math.floor((ms % 1) * 1e3)).padStart(3, "0");
  return `${new Date(ms).toISOString().slice(0, -1)}${micros}Z`;
}

/** When a workflow or a step started and ended, as far as it did. */
export function spanOf({ startedAt, endedAt }: { startedAt?: number; endedAt?: number }) {
  return {
    ...(startedAt !== undefined && { started_at: iso(startedAt) }),
    ...(endedAt !== undefined && { ended_at: iso(endedAt) }),
  };
}

export function progressOf({ completedSteps, steps }: Workflow): number {
  return completedSteps / steps.size;
}

export function summaryOf(workflow: Workflow) {
  const { id, name, status, priority, tags } = workflow;
  return {
    workflow_id: id,
    name,
    status,
    priority,
    tags: [...tags],
    progress: progressOf(workflow),
    submitted_at: iso(workflow.submittedAt),
  };
}

export function stepOf(step: Step) {
  const { id, action, attempts } = step;
  const error = errorOf(step);
  const ran = step.ranMs !== undefined && { ran_ms: step.ranMs };
  return {
    step_id: id,
    action,
    status: stepStatus(step),
    attempts,
    ...spanOf(step),
    ...ran,
    ...(error !== undefined && { error }),
  };
}

/** Why a step is not completed. */
export function errorOf({ id, error }: Step): string | undefined {
  return error === undefined ? undefined : `Cannot run "${id}": ${error}`;
}

/** What has not begun or ended yet is counted up to now. */
export function metricsOf({ submittedAt, startedAt, endedAt, steps, completedSteps }: Workflow) {
  const until = endedAt ?? epochMs();
  return {
    queued_ms: (startedAt ?? until) - submittedAt,
    execution_ms: until - (startedAt ?? until),
    step_count: steps.size,
    completed_steps: completedSteps,
  };
}

/** The graph of a workflow, which does not change. Each part of the largest takes up to 25 ms: others get turns in between. */
export async function dependenciesOf({ steps }: Workflow, fmt: "json" | "dot" | "mermaid") {
  const loop = new LoopTurn();
  const nodes = [...steps.values()].map(({ id, parents }) => ({
    step_id: id,
    depends_on: parents.map((parent) => parent.id),
  }));
  if (loop.isOver()) await loop.next();
  const layers = dagLayers(nodes);
  if (loop.isOver()) await loop.next();
  const critical_path = criticalPath(nodes, layers);
  if (loop.isOver()) await loop.next();
  const graph = { nodes: nodes.map(({ step_id }) => step_id), edges: dagEdges(nodes) };
  const write = { json: () => graph, dot: dagDot, mermaid: dagMermaid }[fmt];
  const dag = write(nodes);
  if (loop.isOver()) await loop.next();
  return { ...graph, layers, critical_path, dag };
}

/** What the completed ones of some steps left, by step id; a copy, of which nothing reaches the engine. */
export async function copyOutputs(steps: readonly Step[], answer: Answer, remedy: string) {
  const loop = new LoopTurn();
  const outputs: Record<string, unknown> = {};
  for (const { id, output } of steps) {
    if (!output) continue;
    if (loop.isOver()) await loop.next();
    const kept = new KeptJson(output);
    answer.add(3 * id.length + kept.bytes, remedy);
    if (loop.isOver()) await loop.next();
    outputs[id] = kept.copy();
  }
  return outputs;
}

/** What happened when, in order. */
export function logsOf(workflow: Workflow) {
  const { submittedAt, endedAt, status } = workflow;
  const events = [...workflow.steps.values()].flatMap((step) => [
    { at: step.startedAt, message: `step "${step.id}" started` },
    { at: step.endedAt, message: errorOf(step) ?? `step "${step.id}" ${step.state}` },
  ]);
  return [
    { at: submittedAt, message: "workflow submitted" },
    ...events,
    { at: endedAt, message: `workflow ${status}` },
  ]
    .flatMap(({ at, message }) => (at === undefined ? [] : [{ at, message }]))
    .sort((a, b) => a.at - b.at)
    .map(({ at, message }) => ({ at: iso(at), message }));
}
