import { setImmediate as nextLoop } from "node:timers/promises";
import { KeptJson } from "../kept_json.ts";
import type { LoopTurn } from "../loop_turn.ts";
import type { Attempt } from "./records.ts";
import type { TaskExecutor } from "./types.ts";

const maxErrorLength = 500;

export type Outcome =
  | { readonly ok: true; readonly output: KeptJson<unknown> | undefined }
  | { readonly ok: false; readonly error: string };

/** Runs the task by `execute` until it returns; a handler that its signal or its time limit aborted has failed. */
export async function attemptTask(
  { task, abort }: Attempt,
  execute: TaskExecutor,
  loop: LoopTurn,
): Promise<Outcome> {
  // AbortSignal.timeout cannot be disarmed: a limit of a day would outlive the task by a day.
  const { timeoutMs } = task;
  const timer =
    timeoutMs === undefined ? undefined : setTimeout(() => abort.abort(timedOut(timeoutMs)), timeoutMs);
  try {
    // Tasks that follow each other by microtask alone would keep sockets and timers waiting.
    await nextLoop();
    if (loop.isOver()) await loop.next();
    abort.signal.throwIfAborted();
    const { type, payload, priority } = task;
    const output = await execute(type, payload.copy(), abort.signal, { priority, timeoutMs });
    abort.signal.throwIfAborted();
    return { ok: true, output: output === undefined ? output : new KeptJson(output) };
  } catch (error) {
    return { ok: false, error: messageOf(abort.signal.aborted ? abort.signal.reason : error) };
  } finally {
    clearTimeout(timer);
  }
}

export function timedOut(timeoutMs: number): Error {
  return new Error(`timed out after ${timeoutMs / 1_000} s`);
}

/** Why an attempt failed. */
export function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, maxErrorLength);
}
