import { joinParent } from "./child.ts";
import { MeasurementError } from "./errors.ts";

/** Stands in the environment of a script, and so of its jobs, that takes turns with another revision of itself. */
export const takesTurns = { MEASURED_BESIDE: "another revision" } as const;

export function isBeside(): boolean {
  return process.send !== undefined && process.env.MEASURED_BESIDE !== undefined;
}

/** Lets the other revision go on, tells how many jobs are done, and resolves when it is this one's turn again. */
export type NextTurn = (jobsDone: number) => Promise<void>;

/**
 * A script's side of what `compare` measures: nothing is opened or timed but in its turns. Resolves at once where there
 * is no other. Throws a `MeasurementError` when `compare` has ended.
 */
export function openTurns(): NextTurn {
  if (!isBeside()) return () => Promise.resolve();
  const { tells, say } = joinParent();
  return async (jobsDone) => {
    await say(jobsDone);
    if ((await tells.next()).done) throw new MeasurementError("Cannot go on: what gave turns has ended");
  };
}
