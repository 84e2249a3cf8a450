import { epochMs, type Step, type Workflow } from "./record.ts";

/** Ends one step, whatever it was doing; `error` says why it is not completed. */
export function endStep(
  step: Step,
  state: "completed" | "failed" | "cancelled" | "skipped",
  error?: string,
): void {
  step.state = state;
  step.endedAt = epochMs();
  if (error !== undefined) step.error = error;
  if (state === "completed") step.workflow.completedSteps++;
  step.workflow.openSteps--;
}

/** The steps that a completed one was the last to be waited for. */
export function readyBehind(completed: Step): Step[] {
  for (const child of completed.children) child.waitsFor--;
  return completed.children.filter(({ waitsFor, state }) => waitsFor === 0 && state === "pending");
}

/** Skips all that depends on a failed step, near or far, and answers what that is. */
export function skipBehind(failed: Step): Step[] {
  const error = `step "${failed.id}" failed`;
  const skipped: Step[] = [];
  const left = [...failed.children];
  for (let step = left.pop(); step; step = left.pop()) {
    if (step.state !== "pending") continue;
    endStep(step, "skipped", error);
    skipped.push(step);
    left.push(...step.children);
  }
  return skipped;
}

/** Skips a whole workflow, because one that it depends on was not completed. */
export function skipAll(workflow: Workflow, { id, status }: Workflow): void {
  const error = `workflow "${id}" is ${status}`;
  for (const step of workflow.steps.values()) endStep(step, "skipped", error);
}

/** Cancels the steps that have not begun and, with `force`, those that run; answers which. */
export function cancelSteps(workflow: Workflow, force: boolean, reason: string): Step[] {
  const stopped = [...workflow.steps.values()].filter(
    ({ state }) => state === "pending" || (force && state === "running"),
  );
  for (const step of stopped) endStep(step, "cancelled", reason);
  workflow.status = "cancelled";
  if (force) workflow.abort.abort();
  return stopped;
}

/** Ends a workflow without open steps, and those that waited for it in vain; answers these, and those that wait no longer. */
export function endWorkflow(first: Workflow): { ended: Workflow[]; ready: Workflow[] } {
  const [ended, ready]: [Workflow[], Workflow[]] = [[], []];
  const ending = first.openSteps > 0 || first.endedAt !== undefined ? [] : [first];
  for (let workflow = ending.pop(); workflow; workflow = ending.pop()) {
    workflow.endedAt = epochMs();
    if (workflow.status !== "cancelled")
      workflow.status = workflow.completedSteps === workflow.steps.size ? "completed" : "failed";
    ended.push(workflow);
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
  return { ended, ready };
}
