import { z } from "zod";
import type { JsonObject } from "../../fields.ts";
import { RemoteFailure } from "../broker/messages.ts";
import type { Action, ActionContext, Output } from "./actions.ts";

const maxErrorLength = 500;

/** What running one step needs. */
export interface StepWork {
  readonly action: string;
  readonly inputs: JsonObject;
  readonly upstream: ReadonlyMap<string, Output>;
  readonly priority: number;
  readonly context: ActionContext;
  /** To be told how long the action took where it ran, in ms, if that was elsewhere. */
  readonly ran: (ms: number) => void;
}

/** Runs the action of one step, here or elsewhere. */
export type StepExecutor = (work: StepWork) => Output | Promise<Output>;

/** Calls the actions in this process. */
export function runHere(actions: ReadonlyMap<string, Action>): StepExecutor {
  return ({ action: name, inputs, upstream, context }) => {
    const action = actions.get(name);
    if (!action) throw new TypeError(`Cannot run "${name}": it is no action`);
    return action(inputs, upstream, context);
  };
}

/** Why an action failed, in one line; what a worker has told is taken as it is. */
export function failureText(error: unknown): string {
  if (error instanceof RemoteFailure) return error.message;
  const message = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
  return message.replaceAll("\n", " ").slice(0, maxErrorLength);
}
