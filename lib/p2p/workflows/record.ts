import type { JsonObject } from "../../fields.ts";
import type { KeptJson } from "../kept_json.ts";
import type { Output } from "./actions.ts";
import { workflowBytes } from "./sizes.ts";

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

/** A step as it was asked for, with inputs that nobody else can change. */
export interface KeptStep extends Omit<StepRequest, "inputs"> {
  readonly inputs: KeptJson<JsonObject>;
}

/** A step as it stands. All times are ms since the epoch, with fractions. */
export interface Step {
  readonly id: string;
  readonly action: string;
  readonly inputs: KeptJson<JsonObject>;
  readonly workflow: Workflow;
  /** Its job in the queue. */
  readonly job: string;
  readonly parents: Step[];
  readonly children: Step[];
  /** Parents that are not completed. */
  waitsFor: number;
  /** `pending` until it runs: whether it is `waiting` or `queued` follows from what it waits for. */
  state: "pending" | "running" | "completed" | "failed" | "cancelled" | "skipped";
  /** How often its action was called. */
  attempts: number;
  startedAt?: number;
  endedAt?: number;
  /** How long its action ran elsewhere, in ms of that clock; what is left of its time went into getting there. */
  ranMs?: number;
  /** Why it is not completed. */
  error?: string;
  output?: Output;
}

/** A workflow as it stands. All times are ms since the epoch, with fractions. */
export interface Workflow {
  readonly id: string;
  readonly name: string;
  readonly priority: number;
  readonly tags: readonly string[];
  /** The `peer_id` of its metadata; nobody can ask for the rest. */
  readonly peer: unknown;
  readonly submittedAt: number;
  readonly steps: ReadonlyMap<string, Step>;
  readonly abort: AbortController;
  readonly ended: PromiseWithResolvers<void>;
  /** What it takes, the jobs and outputs of its steps included. */
  bytes: number;
  /** `cancelled` shows at once; `endedAt` only when the steps that ran at that time have ended. */
  status: WorkflowStatus;
  /** Workflows it still waits for. */
  waitsFor: number;
  /** Workflows that wait for it. */
  readonly dependents: Set<Workflow>;
  /** Since when its steps stand in the queue, in whole ms. */
  queuedAt: number;
  /** Steps that have not ended. */
  openSteps: number;
  completedSteps: number;
  startedAt?: number;
  endedAt?: number;
}

/** Ms since the epoch with fractions, from a clock that never goes back. */
export function epochMs(): number {
  return timeOrigin + performance.now();
}

/** A new workflow of a valid request; `serial` keeps apart what its jobs and those of others are named. */
export function createWorkflow(
  request: WorkflowRequest,
  kept: readonly KeptStep[],
  serial: number,
): Workflow {
  const { workflow_id, name, priority, tags, metadata } = request;
  const steps = new Map<string, Step>();
  const distinct = [...new Set(tags)];
  const peer = typeof metadata.peer_id === "string" ? metadata.peer_id : undefined;
  const workflow: Workflow = {
    id: workflow_id,
    name,
    priority,
    tags: distinct,
    peer,
    submittedAt: epochMs(),
    steps,
    abort: new AbortController(),
    ended: Promise.withResolvers<void>(),
    bytes: workflowBytes([workflow_id, name, ...distinct], peer, kept),
    status: "queued",
    waitsFor: 0,
    dependents: new Set(),
    queuedAt: 0,
    openSteps: kept.length,
    completedSteps: 0,
  };
  for (const [index, { step_id, action, inputs, depends_on }] of kept.entries())
    steps.set(step_id, {
      id: step_id,
      action,
      inputs,
      workflow,
      job: `${serial}-${index}`,
      parents: [],
      children: [],
      waitsFor: depends_on.length,
      state: "pending",
      attempts: 0,
    });
  for (const { step_id, depends_on } of kept)
    for (const parentId of depends_on) {
      const [step, parent] = [steps.get(step_id), steps.get(parentId)];
      if (!step || !parent) continue;
      step.parents.push(parent);
      parent.children.push(step);
    }
  return workflow;
}

export function stepStatus({ state, waitsFor, workflow }: Step): StepStatus {
  if (state !== "pending") return state;
  return workflow.waitsFor === 0 && waitsFor === 0 ? "queued" : "waiting";
}
