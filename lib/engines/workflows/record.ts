import type { JsonObject } from "../../fields.ts";
import type { Output } from "./actions.ts";

const { timeOrigin } = performance;

export type WorkflowStatus = "queued" | "running" | "completed" | "failed" | "cancelled";

export type StepStatus = WorkflowStatus | "waiting" | "skipped";

export interface StepRequest {
  readonly step_id: string;
  readonly action: string;
  readonly inputs: JsonObject;
  readonly depends_on: readonly string[];
}

export interface WorkflowRequest {
  readonly workflow_id: string;
  readonly name: string;
  readonly steps: readonly StepRequest[];
  readonly priority: number;
  readonly tags: readonly string[];
  /** Ids of workflows that must complete first. */
  readonly dependencies: readonly string[];
  readonly metadata: JsonObject;
}

/** A step as it stands. All times are ms since the epoch, with fractions. */
export interface Step {
  readonly request: StepRequest;
  readonly workflow: Workflow;
  /** Its job in the queue. */
  readonly job: string;
  readonly parents: Step[];
  readonly children: Step[];
  /** `pending` until it runs: what is `waiting` and what is `queued` follows from its parents. */
  state: "pending" | "running" | "completed" | "failed" | "cancelled" | "skipped";
  /** How often its action was called. */
  attempts: number;
  startedAt?: number;
  endedAt?: number;
  /** How long its action ran elsewhere, in ms of that clock; what is left of its time went into getting there. */
  ranMs?: number;
  error?: string;
  output?: Output;
}

/** A workflow as it stands. All times are ms since the epoch, with fractions. */
export interface Workflow {
  readonly request: WorkflowRequest;
  readonly submittedAt: number;
  readonly steps: ReadonlyMap<string, Step>;
  readonly abort: AbortController;
  readonly ended: PromiseWithResolvers<void>;
  /** `cancelled` shows at once; `endedAt` only when the steps that ran at that time have ended. */
  status: WorkflowStatus;
  /** Workflows it still waits for. */
  waitsFor: number;
  /** Workflows that wait for it. */
  readonly dependents: Set<Workflow>;
  /** Settles when its jobs are in the queue. */
  pushed: Promise<void>;
  /** Steps that have not ended. */
  openSteps: number;
  completedSteps: number;
  /** Rows in the outputs of its steps. */
  rows: number;
  startedAt?: number;
  endedAt?: number;
}

/** Ms since the epoch with fractions, from a clock that never goes back. */
export function epochMs(): number {
  return timeOrigin + performance.now();
}

/** A new workflow of a valid request; `serial` makes the names of its jobs. */
export function createWorkflow(request: WorkflowRequest, serial: number): Workflow {
  const steps = new Map<string, Step>();
  const workflow: Workflow = {
    request,
    submittedAt: epochMs(),
    steps,
    abort: new AbortController(),
    ended: Promise.withResolvers<void>(),
    status: "queued",
    waitsFor: 0,
    dependents: new Set(),
    pushed: Promise.resolve(),
    openSteps: request.steps.length,
    completedSteps: 0,
    rows: 0,
  };
  for (const [index, step] of request.steps.entries())
    steps.set(step.step_id, {
      request: step,
      workflow,
      job: `${serial}-${index}`,
      parents: [],
      children: [],
      state: "pending",
      attempts: 0,
    });
  for (const step of steps.values())
    for (const parentId of step.request.depends_on) {
      const parent = steps.get(parentId);
      if (!parent) continue;
      step.parents.push(parent);
      parent.children.push(step);
    }
  return workflow;
}

export function stepStatus({ state, parents, workflow }: Step): StepStatus {
  if (state !== "pending") return state;
  const ready = workflow.waitsFor === 0 && parents.every((parent) => parent.state === "completed");
  return ready ? "queued" : "waiting";
}
