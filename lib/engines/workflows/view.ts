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
  const { workflow_id, name, priority, tags } = workflow.request;
  return {
    workflow_id,
    name,
    status: workflow.status,
    priority,
    tags: [...tags],
    progress: progressOf(workflow),
    submitted_at: iso(workflow.submittedAt),
  };
}

export function stepOf(step: Step) {
  const { step_id, action } = step.request;
  const error = step.error !== undefined && { error: step.error };
  const ran = step.ranMs !== undefined && { ran_ms: step.ranMs };
  return {
    step_id,
    action,
    status: stepStatus(step),
    attempts: step.attempts,
    ...spanOf(step),
    ...ran,
    ...error,
  };
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

export function dependenciesOf({ request }: Workflow, fmt: "json" | "dot" | "mermaid") {
  const layers = dagLayers(request.steps);
  const graph = { nodes: request.steps.map(({ step_id }) => step_id), edges: dagEdges(request.steps) };
  const write = { json: () => graph, dot: dagDot, mermaid: dagMermaid }[fmt];
  return { ...graph, layers, critical_path: criticalPath(request.steps, layers), dag: write(request.steps) };
}

/** What the completed ones of some steps left, by step id. */
export function outputsOf(steps: readonly Step[]) {
  return Object.fromEntries(
    steps.flatMap(({ request, output }) => (output ? [[request.step_id, output]] : [])),
  );
}

/** What happened when, in order. */
export function logsOf(workflow: Workflow) {
  const { submittedAt, endedAt, status } = workflow;
  const events = [...workflow.steps.values()].flatMap(({ request, state, startedAt, endedAt, error }) => [
    { at: startedAt, message: `step "${request.step_id}" started` },
    { at: endedAt, message: error ?? `step "${request.step_id}" ${state}` },
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
