import type { z } from "zod";
import type { Check, Criterion } from "./judge/shapes.ts";
import type { CanaryName } from "./measure/canary.ts";
import type { Pinned } from "./measure/pin.ts";
import type { CommonOptions } from "./options.ts";
import type { Result } from "./result/result.ts";
import type { Table } from "./result/table.ts";

/** What one job said, in the order it was said. */
export interface Found<Job, Said> {
  readonly job: Job;
  readonly said: Said;
  /** When, in milliseconds since the first job was started. */
  readonly atMs: number;
}

export interface Findings {
  readonly tables: readonly Table[];
  readonly criteria: readonly Criterion[];
  /** What must hold for the run to be believed. */
  readonly audit: readonly Check[];
}

/** What a job has in its process. */
export interface JobTools<Said> {
  /** What is put here is closed before the process ends, whatever happens. */
  readonly opened: AsyncDisposableStack;
  /** Tells the run something, which is copied as `structuredClone` does. */
  say(said: Said): void;
  /** Stands before each piece of what is timed: there another revision that is measured at the same time gets its turn. */
  turn(): Promise<void>;
  /**
   * From now on the result tells what is taken from these processes, and from the cores that they are bound to: until the
   * answer is called, which has to be before one of them ends, or the work is done.
   */
  watch(pids: readonly number[], pinned: Pinned): () => void;
  /** Has the run hold a process that the job started to `maxMemory`, as it holds the job's own. */
  guard(pid: number): void;
}

/** How the process of a job is started. */
export interface JobProcess {
  readonly env?: Readonly<Record<string, string>>;
  /** The file that its standard error goes to; without one it is ours. */
  readonly stderrPath?: string;
}

/**
 * A benchmark: what it asks, with which flags, what a fresh process does for each job, and what that comes to. `Job` and
 * `Said` pass from process to process of the same revision, so that they need no schema.
 */
export interface Experiment<Given extends CommonOptions, Around, Job, Said> {
  readonly question: string;
  /** Its own flags, and `commonOptions`. */
  readonly options: z.ZodType<Given>;
  /** Flags of other benchmarks that this one does not take, with the reason, as a clause. */
  readonly refused?: Readonly<Record<string, string>>;
  /** Values that `--quick` puts in place of the defaults. */
  readonly quick?: Readonly<Record<string, unknown>>;
  /** What may stand beside the flags, as help shows it; nothing by default. */
  readonly args?: string;
  /** What is given with the words that stand there. */
  take?(given: Given, words: readonly string[]): Given;
  /** Refuses flags that do not go together, before anything is started, by a `UsageError`. */
  check?(given: Given): void | Promise<void>;
  /** Completes what was given by what has to be looked at for that, before an earlier result is replaced. */
  settle?(given: Given, signal: AbortSignal): Promise<Given>;
  /** Opens what all jobs share, such as a network of peers. */
  around(given: Given, opened: AsyncDisposableStack): Promise<Around>;
  /**
   * What there is to do, each in a process of its own. The next is asked for once those before it leave room for one, and
   * may hang on what they found.
   */
  jobs(given: Given, around: Around, found: readonly Found<Job, Said>[]): Iterable<Job>;
  /** How many things the jobs will say, about: it tells how far a run is. */
  steps(given: Given): number;
  /** How many jobs may run while this one does, itself included: 1 by default, which what is timed needs. */
  sideBySide?(job: Job): number;
  /** How the process of a job is started, where it differs from ours. */
  process?(job: Job): JobProcess;
  /** The resident memory, in bytes, above which a process of a job is killed and the run ends; none by default. */
  maxMemory?(given: Given): number;
  /**
   * What is known, and must be found again after each job, in its process, or no verdict on times or rates holds: a delay
   * by default; errors too where loads are made; nothing where no figure comes from a clock.
   */
  readonly canaries?: readonly CanaryName[];
  /** Does a job, in a fresh process. */
  run(job: Job, tools: JobTools<Said>): Promise<void>;
  /** What was said means, in a line for somebody who watches. */
  describe(found: Found<Job, Said>): string;
  /** What a terminal shows of the result; by default its tables and verdicts. */
  show?(result: Result): string;
  /** What was found so far comes to. */
  judge(found: readonly Found<Job, Said>[], given: Given): Findings;
}
