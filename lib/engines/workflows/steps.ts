import { epochMs, type Step, type Workflow } from "./record.ts";

/** Ends one step, whatever it was doing; `error` says why it is not completed. */
export function endStep(
  step: Step,
  state: "completed" | "failed" | "cancelled" | "skipped",
  error?: string,
): void {
  step.state = state;
  step.endedAt = epochMs();
  if (error !== undefined) step.error = `Cannot run "${step.request.step_id}": ${error}`;
  if (state === "completed") step.workflow.completedSteps++;
  step.workflow.openSteps--;
}

/** Skips all that depends on a failed step, near or far, and answers what that is. */
export function skipBehind(failed: Step): Step[] {
  const skipped: Step[] = [];
  const left = [...failed.children];
  for (let step = left.pop(); step; step = left.pop()) {
    if (step.state !== "pending") continue;
    endStep(step, "skipped", `step "${failed.request.step_id}" failed`);
    skipped.push(step);
    left.push(...step.children);
  }
  return skipped;
}

/** Skips a whole workflow, because one that it depends on was not completed. */
export function skipAll(workflow: Workflow, { request, status }: Workflow): void {
  for (const step of workflow.steps.values())
    endStep(step, "skipped", `workflow "${request.workflow_id}" is ${status}`);
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
