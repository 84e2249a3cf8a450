import { maxAnswerBytes } from "../../fields.ts";
import type { Action } from "./actions.ts";
import { dagFault } from "./dag.ts";
import type { StepRequest } from "./record.ts";
import { graphBytes } from "./sizes.ts";

/** Of one workflow. */
const maxEdges = 50_000;

export function countEdges(steps: readonly StepRequest[]): number {
  return steps.reduce((total, { depends_on }) => total + depends_on.length, 0);
}

/** Why these steps are no workflow, whoever submits them. */
export function graphFault(
  steps: readonly StepRequest[],
  actions: ReadonlyMap<string, Action>,
): string | undefined {
  const edges = countEdges(steps);
  if (edges > maxEdges) return `its steps depend on ${edges} others, and ${maxEdges} are the most`;
  const fault = dagFault(steps);
  if (fault) return fault;
  const stranger = steps.find(({ action }) => !actions.has(action));
  if (stranger) return `step "${stranger.step_id}" has the unknown action "${stranger.action}"`;
  const bytes = graphBytes(steps);
  if (bytes <= maxAnswerBytes) return undefined;
  return `to tell its graph takes ${bytes} bytes, and ${maxAnswerBytes} are the most; shorten the ids of its steps`;
}
