import { setImmediate as nextLoop } from "node:timers/promises";
import { type ErrorCode, ToolError } from "../../errors.ts";
import type { Range } from "../../fields.ts";
import { KeptJson } from "../kept_json.ts";
import { LoopTurn } from "../loop_turn.ts";
import { type Action, actions as everyAction, type Output } from "./actions.ts";
import { failureText, runHere, type StepExecutor } from "./executor.ts";
import { countEdges, graphFault } from "./graph_fault.ts";
import { type WorkflowFilter, WorkflowHistory } from "./history.ts";
import { type StepEnd, StepQueue } from "./queue.ts";
import {
  createWorkflow,
  epochMs,
  type KeptStep,
  type Step,
  type Workflow,
  type WorkflowRequest,
  type WorkflowStatus,
} from "./record.ts";
import { outputBytes } from "./sizes.ts";
import { cancelSteps, endStep, endWorkflow, readyBehind, skipAll, skipBehind } from "./steps.ts";
import { ResultStore } from "./store.ts";

/**
 * 20,000 steps that have not ended, or 500,000 rows that have been left; rounds of runtime_comparison have come to
 * 32 MiB. Resident memory grows by twice as much, because garbage is collected late.
 */
const mostBytes = 48 * 1024 * 1024;
const maxStoredBytes = 8 * 1024 * 1024;
/** To read 5,000 steps has taken 50 ms, and to take them takes another 30: others get a turn in between. */
const largeGraph = 1_000;

export interface WorkflowEngineOptions {
  /** Ended workflows to remember; 10,000 by default. */
  readonly keep?: number | undefined;
  /** What all workflows may take together, outputs included; 48 MiB by default. */
  readonly maxBytes?: number;
  /** Steps that may run at the same time; 64 by default. */
  readonly concurrency?: number;
  /** What steps may name; those of `actions.ts` by default. */
  readonly actions?: ReadonlyMap<string, Action>;
  /** Runs the actions; in this process by default. */
  readonly execute?: StepExecutor | undefined;
}

/** Starts an engine that runs workflows in this process. Closing it cancels what has not ended. */
export function openWorkflows(options: WorkflowEngineOptions = {}): WorkflowEngine {
  return new WorkflowEngine(options);
}

/** Runs the steps of workflows, each once and after all that it depends on. Its failures are `ToolError`s. */
export class WorkflowEngine implements AsyncDisposable {
  readonly #actions: ReadonlyMap<string, Action>;
  readonly #execute: StepExecutor;
  /** In words. */
  readonly #most: string;
  readonly #history: WorkflowHistory;
  readonly #queue: StepQueue;
  readonly #store = new ResultStore(maxStoredBytes);
  readonly #loop = new LoopTurn();
  #submitted = 0;
  #closed = false;

  constructor({
    keep = 10_000,
    maxBytes = mostBytes,
    concurrency = 64,
    actions = everyAction,
    execute,
  }: WorkflowEngineOptions) {
    this.#actions = actions;
    this.#execute = execute ?? runHere(actions);
    this.#most = `${maxBytes / 1024 ** 2} MiB`;
    this.#history = new WorkflowHistory({ keep, mostBytes: maxBytes });
    this.#queue = new StepQueue(concurrency, (step) => this.#run(step));
  }

  /**
   * Takes the workflow whole or changes nothing; answers the status it was taken with. If a workflow that it depends on
   * has failed or was cancelled, it fails at once.
   */
  async submit(request: WorkflowRequest): Promise<{ workflow: Workflow; status: WorkflowStatus }> {
    if (request.steps.length + countEdges(request.steps) > largeGraph) await nextLoop();
    const kept: KeptStep[] = [];
    for (const { inputs, ...step } of request.steps) {
      if (this.#loop.isOver()) await this.#loop.next();
      kept.push({ ...step, inputs: new KeptJson(inputs) });
    }
    const fault = graphFault(request.steps, this.#actions);
    if (fault) throw refusal(request, "invalid_input", fault);
    if (this.#loop.isOver()) await this.#loop.next();
    const dependencies = this.#check(request);
    const workflow = createWorkflow(request, kept, this.#submitted++);
    if (!this.#history.add(workflow)) {
      const state = `those that have not ended take all of ${this.#most}; wait for some to end or cancel them`;
      throw refusal(request, "conflict", state);
    }
    const open = dependencies.filter(({ endedAt }) => endedAt === undefined);
    const broken = dependencies.find(
      ({ endedAt, status }) => endedAt !== undefined && status !== "completed",
    );
    workflow.waitsFor = open.length;
    if (broken) {
      skipAll(workflow, broken);
      await this.#conclude(workflow);
    } else for (const dependency of open) dependency.dependents.add(workflow);
    const { status } = workflow;
    if (status === "queued" && open.length === 0) await this.#start(workflow);
    return { workflow, status };
  }

  get(workflowId: string): Workflow {
    const workflow = this.#history.get(workflowId);
    if (workflow) return workflow;
    throw new ToolError("not_found", `Cannot find workflow "${workflowId}": it is unknown or long ended`);
  }

  page(filter: WorkflowFilter, range: Range) {
    return this.#history.page(filter, range);
  }

  /** A text that a `store_result` step kept. */
  stored(key: string): string | undefined {
    return this.#store.get(key);
  }

  /** Resolves when the workflow has ended, however it did. Throws `not_found` once it is forgotten. */
  async finished(workflowId: string): Promise<void> {
    await this.get(workflowId).ended.promise;
  }

  /** Stops what has not begun and, with `force`, what runs. Answers how many steps that were. */
  async cancel(workflowId: string, { reason = "", force = false } = {}) {
    const workflow = this.get(workflowId);
    if (workflow.endedAt !== undefined)
      throw new ToolError("conflict", `Cannot cancel "${workflowId}": it is ${workflow.status}`);
    const stopped = cancelSteps(workflow, force, `the workflow was cancelled${reason && `: ${reason}`}`);
    await this.#conclude(workflow);
    await this.#queue.drop(stopped);
    return { status: workflow.status, cancelledSteps: stopped.length };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    for (const workflow of this.#history.open()) {
      cancelSteps(workflow, true, "the engine closed");
      await this.#conclude(workflow);
    }
    await this.#queue.close();
  }

  /** The workflows that `request` depends on. Throws if it cannot be taken. */
  #check(request: WorkflowRequest): Workflow[] {
    if (this.#closed) throw refusal(request, "conflict", "the engine is closed");
    if (this.#history.get(request.workflow_id)) throw refusal(request, "already_exists", "it exists already");
    return request.dependencies.map((id) => {
      const dependency = this.#history.get(id);
      if (dependency) return dependency;
      throw refusal(request, "not_found", `it depends on workflow "${id}", which is unknown or long ended`);
    });
  }

  async #start(workflow: Workflow): Promise<void> {
    workflow.queuedAt = Date.now();
    await this.#queue.push([...workflow.steps.values()].filter(({ waitsFor }) => waitsFor === 0));
  }

  /** Runs one step to its end and all that follows from it. */
  async #run(step: Step): Promise<StepEnd> {
    const { workflow } = step;
    if (step.state !== "pending") return { completed: false, ready: [] };
    step.state = "running";
    step.startedAt = epochMs();
    workflow.startedAt ??= step.startedAt;
    workflow.status = "running";
    const ended = await this.#attempt(step);
    if (workflow.openSteps === 0) await this.#conclude(workflow);
    return ended;
  }

  /** Ends the step as its action does, unless it is cancelled meanwhile. */
  async #attempt(step: Step): Promise<StepEnd> {
    const failed = { completed: false, ready: [] };
    try {
      const acted = this.#act(step);
      // Waiting for what is there already would count the 63 other steps of this turn as running time of this one.
      const output = acted instanceof Promise ? await acted : acted;
      if (step.endedAt !== undefined) return failed;
      if (!this.#history.takeOutput(step.workflow, outputBytes(output)))
        throw new RangeError(`Cannot keep "output": workflows take all of ${this.#most}`);
      step.output = output;
      endStep(step, "completed");
      return { completed: true, ready: readyBehind(step) };
    } catch (error) {
      if (step.endedAt !== undefined) return failed;
      const why = failureText(error);
      this.#history.takeError(step.workflow, why);
      endStep(step, "failed", why);
      skipBehind(step);
      return failed;
    }
  }

  /** An aborted step is left at once, even if its action does not listen. */
  #act(step: Step): Output | Promise<Output> {
    const { action, inputs, parents, workflow } = step;
    const { signal } = workflow.abort;
    const upstream = new Map<string, Output>();
    for (const { id, output } of parents) if (output) upstream.set(id, output);
    step.attempts++;
    const output = this.#execute({
      action,
      inputs: inputs.copy(),
      upstream,
      priority: workflow.priority,
      context: { signal, store: this.#store },
      ran: (ms) => {
        step.ranMs = ms;
      },
    });
    return output instanceof Promise ? Promise.race([output, abortion(signal)]) : output;
  }

  /** Ends a workflow without open steps, and those that waited for it in vain; starts those that need not wait longer. */
  async #conclude(workflow: Workflow): Promise<void> {
    const { ended, ready } = endWorkflow(workflow);
    for (const one of ended) {
      this.#history.markEnded(one);
      one.ended.resolve();
    }
    for (const one of ready) await this.#start(one);
  }
}

function refusal({ workflow_id }: WorkflowRequest, code: ErrorCode, state: string): ToolError {
  return new ToolError(code, `Cannot submit "${workflow_id}": ${state}`);
}

function abortion(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
