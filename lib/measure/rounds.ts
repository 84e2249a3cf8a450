import { openChild } from "../child.ts";
import { MeasurementError } from "../errors.ts";

/** A process that runs a round has children of its own, which take up to 1 s to end. */
const graceMs = 3_000;

export interface Rounds {
  /** The module that does a job, as an absolute path. */
  readonly module: string;
  /** What there is to do, each in a fresh process; it reaches the module as JSON, its first argument. */
  readonly jobs: readonly unknown[];
  /** Variables of its environment, beside ours. */
  readonly env?: Readonly<Record<string, string>>;
  /** How many jobs may run at the same time: one by default, which what is timed needs. */
  readonly sideBySide?: number;
  /** Every line that the process of this job prints, read as JSON. */
  onEvent(job: number, event: unknown): void;
  /** Keeps what was measured so far; called after every job, also after one that failed or was interrupted. */
  save(): void;
  readonly signal: AbortSignal;
}

/**
 * Does each job in a fresh process, one after another or `sideBySide` at a time. Stops at the first that fails, with a `MeasurementError`, and
 * with the signal's reason when it is aborted; all processes are gone by then.
 */
export async function runRounds(rounds: Rounds): Promise<void> {
  const { jobs, save, signal, sideBySide = 1 } = rounds;
  // What an earlier run left there is not the result of this one.
  save();
  const failure = new AbortController();
  const left = jobs.entries();
  const runNext = async () => {
    for (const [index, job] of left)
      await runJob(index, job, rounds, AbortSignal.any([signal, failure.signal]));
  };
  const lanes = Array.from({ length: sideBySide }, () => runNext().catch((error) => failure.abort(error)));
  await Promise.all(lanes);
  failure.signal.throwIfAborted();
}

async function runJob(
  index: number,
  job: unknown,
  { module, jobs, env, onEvent, save }: Rounds,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const options = { graceMs, ...(env && { env }) };
  await using child = await openChild(module, [JSON.stringify(job)], options);
  signal.throwIfAborted();
  const stop = () => child[Symbol.asyncDispose]();
  signal.addEventListener("abort", stop, { once: true });
  try {
    onEvent(index, JSON.parse(child.ready));
    for await (const line of child.lines) onEvent(index, JSON.parse(line));
  } finally {
    signal.removeEventListener("abort", stop);
    save();
  }
  const code = await child.exited;
  signal.throwIfAborted();
  if (code !== 0)
    throw new MeasurementError(
      `Cannot finish part ${index + 1} of ${jobs.length}: its process ended with code ${code}`,
    );
}
