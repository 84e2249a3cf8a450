import { hear, openChild } from "./child.ts";
import { MeasurementError, UsageError } from "./errors.ts";
import type { Found, JobProcess } from "./experiment.ts";
import { type JobSays, jobArgument, type Witnessed } from "./job.ts";
import type { Sighting } from "./measure/canary.ts";
import type { Stray } from "./strays.ts";

/** A job's process has children of its own, which take up to 1 s to end. */
const graceMs = 3_000;

/** How jobs are done; `Experiment` says what each of them means. */
interface Ways<Job> {
  sideBySide?(job: Job): number;
  process?(job: Job): JobProcess;
}

interface Surroundings<Job, Said> {
  /** The script that does a job, as an absolute path. */
  readonly module: string;
  readonly signal: AbortSignal;
  /** Answers what it means, in words. */
  onFound(found: Omit<Found<Job, Said>, "atMs">): string;
  /** Told of every process that does the work of a job. */
  guard(pid: number): void;
  /** Resolves when a job may go on with what is timed. */
  turn(): Promise<void>;
  /** What a job that is done saw of its processes. */
  onWitnessed(witnessed: Witnessed): void;
  /** What a job that is done found of what is known. */
  onSighted(sighted: Sighting): void;
  /** Told of what was thrown in the process of a job, and in those it started, where nobody waits for it. */
  onStray(stray: Stray): void;
  /** The longest silence of a job, 30,000 by default; it says every 5,000 ms that it is there. */
  readonly silenceMs?: number;
  /** Keeps what was found so far; called after every job, also after one that failed or was interrupted. */
  save(): void;
}

/**
 * Does each job in a fresh process. Stops at the first that fails, with a `MeasurementError`, or a `UsageError` for a fault
 * of the user that shows only then, and with the signal's reason when it is aborted; all processes are gone by then.
 */
export async function doJobs<Job, Said>(
  jobs: Iterable<Job>,
  ways: Ways<Job>,
  around: Surroundings<Job, Said>,
): Promise<void> {
  const { signal, save } = around;
  const failure = new AbortController();
  const stopping = AbortSignal.any([signal, failure.signal]);
  /** What runs, with how many may at the same time. */
  const running = new Map<Promise<void>, number>();
  const roomFor = async (most: number) => {
    while (running.size >= Math.min(most, ...running.values())) await Promise.race(running.keys());
  };
  const start = (job: Job, most: number) => {
    const done: Promise<void> = doJob(job, ways, { ...around, signal: stopping })
      .finally(save)
      .catch((error) => failure.abort(error))
      .finally(() => running.delete(done));
    running.set(done, most);
  };
  try {
    for (const job of jobs) {
      const most = ways.sideBySide?.(job) ?? 1;
      await roomFor(most);
      if (stopping.aborted) break;
      start(job, most);
      await roomFor(Number.POSITIVE_INFINITY);
      if (stopping.aborted) break;
    }
  } catch (error) {
    failure.abort(error);
  }
  await Promise.all(running.keys());
  signal.throwIfAborted();
  failure.signal.throwIfAborted();
}

async function doJob<Job, Said>(
  job: Job,
  ways: Ways<Job>,
  {
    module,
    signal,
    silenceMs = 30_000,
    onFound,
    guard,
    turn,
    onWitnessed,
    onSighted,
    onStray,
  }: Surroundings<Job, Said>,
): Promise<void> {
  const options = { graceMs, args: [jobArgument], onStray, ...ways.process?.(job) };
  await using child = await openChild<JobSays<Said>>(module, job, options);
  const stop = () => child[Symbol.asyncDispose]();
  signal.addEventListener("abort", stop, { once: true });
  try {
    signal.throwIfAborted();
    guard(child.pid);
    let last = "nothing yet";
    for (;;) {
      const next = await hear(silenceMs, child.says);
      if (!next) throw new MeasurementError(silence(child.pid, silenceMs, last));
      if (next.done) break;
      const told = next.value;
      if (told.kind === "said") last = onFound({ job, said: told.said });
      else if (told.kind === "guard") guard(told.pid);
      else if (told.kind === "turn") {
        await turn();
        child.tell("go on");
      } else if (told.kind === "done") {
        if (told.witnessed) onWitnessed(told.witnessed);
        if (told.sighted) onSighted(told.sighted);
        return;
      } else if (told.kind === "failed") throw failureOf(told);
    }
  } finally {
    signal.removeEventListener("abort", stop);
  }
  const code = await child.exited;
  signal.throwIfAborted();
  throw new MeasurementError(
    `Cannot finish: process ${child.pid} ended with code ${code} in the middle of its job`,
  );
}

function silence(pid: number, ms: number, last: string): string {
  return `Cannot go on: process ${pid} has given no sign of life for ${ms / 1e3} s; the last it told: ${last}`;
}

function failureOf({ by, message }: Extract<JobSays<never>, { kind: "failed" }>): Error {
  return by === "user" ? new UsageError(message) : new MeasurementError(message);
}
