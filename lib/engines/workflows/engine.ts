import { ToolError } from "../../errors.ts";
import { type Action, actions as everyAction, type Output } from "./actions.ts";
import { dagFault } from "./dag.ts";
import { failureText, runHere, type StepExecutor } from "./executor.ts";
import { type WorkflowFilter, WorkflowLedger } from "./ledger.ts";
import { StepQueue } from "./queue.ts";
import {
  createWorkflow,
  epochMs,
  type Step,
  type Workflow,
  type WorkflowRequest,
  type WorkflowStatus,
} from "./record.ts";
import { cancelSteps, endStep, skipAll, skipBehind } from "./steps.ts";
import { ResultStore } from "./store.ts";

/** 260 MB, at 2.6 KB for a step and its job. */
const maxOpenSteps = 100_000;
/** 365 MB, at 73 bytes for a row. */
const maxRows = 5_000_000;
/** Of one workflow. Each costs bunqueue about 10 µs. */
const maxEdges = 50_000;
const maxStoredBytes = 64 * 1024 * 1024;

export interface WorkflowEngineOptions {
  /** Ended workflows to remember; 10,000 by default. */
  readonly keep?: number | undefined;
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
  readonly #ledger: WorkflowLedger;
  readonly #queue: StepQueue;
  readonly #store = new ResultStore(maxStoredBytes);
  #submitted = 0;
  /** Steps of workflows that have not ended. */
  #openSteps = 0;
  #closed = false;

  constructor({ keep = 10_000, concurrency = 64, actions = everyAction, execute }: WorkflowEngineOptions) {
    this.#actions = actions;
    this.#execute = execute ?? runHere(actions);
    this.#ledger = new WorkflowLedger(keep, maxRows);
    this.#queue = new StepQueue(concurrency, (step) => this.#run(step));
  }

  /**
   * Takes the workflow whole or changes nothing; answers the status it was taken with. If a workflow that it depends on
   * has failed or was cancelled, it fails at once.
   */
  async submit(request: WorkflowRequest): Promise<{ workflow: Workflow; status: WorkflowStatus }> {
    const dependencies = this.#check(request);
    const workflow = createWorkflow(request, this.#submitted++);
    this.#ledger.add(workflow);
    this.#openSteps += workflow.steps.size;
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
    const workflow = this.#ledger.get(workflowId);
    if (workflow) return workflow;
    throw new ToolError("not_found", `Cannot find workflow "${workflowId}": it is unknown or long ended`);
  }

  page(filter: WorkflowFilter, range: { limit: number; offset: number }) {
    return this.#ledger.page(filter, range);
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
    await workflow.pushed;
    await this.#queue.drop(stopped);
    return { status: workflow.status, cancelledSteps: stopped.length };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    for (const workflow of this.#ledger.open()) {
      cancelSteps(workflow, true, "the engine closed");
      await this.#conclude(workflow);
    }
    await this.#queue.close();
  }

  /** The workflows that `request` depends on. Throws if it cannot be taken. */
  #check({ workflow_id, steps, dependencies }: WorkflowRequest): Workflow[] {
    const refuse = (code: "already_exists" | "conflict" | "invalid_input" | "not_found", state: string) =>
      new ToolError(code, `Cannot submit "${workflow_id}": ${state}`);
    if (this.#closed) throw refuse("conflict", "the engine is closed");
    if (this.#ledger.get(workflow_id)) throw refuse("already_exists", "it exists already");
    const edges = steps.reduce((total, { depends_on }) => total + depends_on.length, 0);
    if (edges > maxEdges)
      throw refuse("invalid_input", `its steps depend on ${edges} others, and ${maxEdges} are the most`);
    const fault = dagFault(steps);
    if (fault) throw refuse("invalid_input", fault);
    const stranger = steps.find(({ action }) => !this.#actions.has(action));
    if (stranger)
      throw refuse("invalid_input", `step "${stranger.step_id}" has the unknown action "${stranger.action}"`);
    if (this.#openSteps + steps.length > maxOpenSteps)
      throw refuse("conflict", `${this.#openSteps} steps are unfinished, and ${maxOpenSteps} are the most`);
    return dependencies.map((id) => {
      const dependency = this.#ledger.get(id);
      if (dependency) return dependency;
      throw refuse("not_found", `it depends on workflow "${id}", which is unknown or long ended`);
    });
  }

  async #start(workflow: Workflow): Promise<void> {
    workflow.pushed = this.#queue.push(workflow.steps.values());
    await workflow.pushed;
  }

  /** Runs one step to its end and all that follows from it; answers whether it is completed. */
  async #run(step: Step): Promise<boolean> {
    const { workflow } = step;
    if (step.state !== "pending") return false;
    step.state = "running";
    step.startedAt = epochMs();
    workflow.startedAt ??= step.startedAt;
    workflow.status = "running";
    const skipped = await this.#attempt(step);
    if (workflow.openSteps === 0) await this.#conclude(workflow);
    if (skipped.length > 0) await this.#queue.drop(skipped);
    return step.output !== undefined;
  }

  /** Ends the step as its action does, unless it is cancelled meanwhile; answers the steps that are skipped for it. */
  async #attempt(step: Step): Promise<Step[]> {
    try {
      const acted = this.#act(step);
      // Waiting for what is there already would count the 63 other steps of this turn as running time of this one.
      const output = acted instanceof Promise ? await acted : acted;
      if (step.endedAt !== undefined) return [];
      if (!this.#ledger.takeRows(step.workflow, output.rows?.length ?? 0))
        throw new RangeError(`Cannot keep "rows": ${maxRows} are held already`);
      step.output = output;
      endStep(step, "completed");
      return [];
    } catch (error) {
      if (step.endedAt !== undefined) return [];
      endStep(step, "failed", failureText(error));
      return skipBehind(step);
    }
  }

  /** An aborted step is left at once, even if its action does not listen. */
  #act(step: Step): Output | Promise<Output> {
    const { request, parents, workflow } = step;
    const { signal } = workflow.abort;
    const upstream = new Map<string, Output>();
    for (const { request, output } of parents) if (output) upstream.set(request.step_id, output);
    step.attempts++;
    const output = this.#execute({
      action: request.action,
      inputs: request.inputs,
      upstream,
      priority: workflow.request.priority,
      context: { signal, store: this.#store },
      ran: (ms) => {
        step.ranMs = ms;
      },
    });
    return output instanceof Promise ? Promise.race([output, abortion(signal)]) : output;
  }

  /** Ends a workflow without open steps, and those that waited for it in vain; starts those that need not wait longer. */
  async #conclude(first: Workflow): Promise<void> {
    if (first.openSteps > 0 || first.endedAt !== undefined) return;
    const ready: Workflow[] = [];
    const ending = [first];
    for (let workflow = ending.pop(); workflow; workflow = ending.pop()) {
      workflow.endedAt = epochMs();
      this.#openSteps -= workflow.steps.size;
      if (workflow.status !== "cancelled")
        workflow.status = workflow.completedSteps === workflow.steps.size ? "completed" : "failed";
      this.#ledger.markEnded(workflow);
      workflow.ended.resolve();
      for (const dependent of workflow.dependents) {
        if (dependent.openSteps === 0) continue;
        dependent.waitsFor--;
        if (workflow.status !== "completed") {
          skipAll(dependent, workflow);
          ending.push(dependent);
        } else if (dependent.waitsFor === 0) ready.push(dependent);
      }
      workflow.dependents.clear();
    }
    for (const workflow of ready) await this.#start(workflow);
  }
}

function abortion(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
