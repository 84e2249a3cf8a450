import { openChild } from "../child.ts";
import { MeasurementError } from "../errors.ts";

export interface Rounds {
  /** The module that runs one round, as an absolute path. */
  readonly module: string;
  readonly rounds: number;
  /** What the round with this index has to do; it reaches the module as JSON, its first argument. */
  job(round: number): unknown;
  /** Every line the round prints, read as JSON. */
  onEvent(round: number, event: unknown): void;
  /** Keeps what was measured so far; called after every round, also after one that failed or was interrupted. */
  save(): void;
  readonly signal: AbortSignal;
}

/**
 * Runs each round in a fresh process, one after another. Stops at the first that fails, with a `MeasurementError`, and
 * with the signal's reason when it is aborted; the process is gone by then.
 */
export async function runRounds({ module, rounds, job, onEvent, save, signal }: Rounds): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    signal.throwIfAborted();
    await using child = await openChild(module, [JSON.stringify(job(round))]);
    const stop = () => child[Symbol.asyncDispose]();
    signal.addEventListener("abort", stop, { once: true });
    try {
      onEvent(round, JSON.parse(child.ready));
      for await (const line of child.lines) onEvent(round, JSON.parse(line));
    } finally {
      signal.removeEventListener("abort", stop);
      save();
    }
    const code = await child.exited;
    signal.throwIfAborted();
    if (code !== 0)
      throw new MeasurementError(`Cannot finish round ${round + 1}: its process ended with code ${code}`);
  }
}
