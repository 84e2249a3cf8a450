import { QueueManager } from "bunqueue/queue";
import { LoopTurn } from "../loop_turn.ts";
import type { Step } from "./record.ts";

type JobId = Parameters<QueueManager["ack"]>[0];

const queue = "steps";

/** A step runs once, and its outcome is ours to remember. */
const jobOptions = { data: {}, maxAttempts: 1, removeOnComplete: true, removeOnFail: true };

/** 24.8 days, the longest delay of a timer: beyond it timers fire at once. */
const longestMs = 2 ** 31 - 1;

/**
 * bunqueue forgets when jobs were queued only as it sweeps, by default every 10 s, which is 300,000 jobs. At 260 bytes
 * each they stay under 5 kB, which a search for leaks would otherwise find; sweeping costs each 0.6 µs.
 */
const leftoversPerSweep = 16;

/** bunqueue takes a batch whole: 5,000 jobs at once would hold the event loop for 100 ms, these hold it for some 3. */
const jobsPerPush = 250;

/** What has become of a step, and the steps that need not wait any longer for it. */
export interface StepEnd {
  readonly completed: boolean;
  readonly ready: readonly Step[];
}

/** Every call of bunqueue: a job for each step that waits for no other, higher priorities first, then older workflows. */
export class StepQueue {
  readonly #concurrency: number;
  readonly #run: (step: Step) => Promise<StepEnd>;
  readonly #manager = new QueueManager({
    // Its sweep silently drops jobs that waited for an hour or ran for half of one.
    cleanupIntervalMs: longestMs,
    // Nobody asks for what is completed or for counts by the minute.
    maxCompletedJobs: 16,
    maxMetricDataPoints: 1,
  });
  readonly #steps = new Map<string, Step>();
  readonly #closing = new AbortController();
  readonly #pulling: Promise<void>;
  #running = 0;
  #finished: (StepEnd & { readonly job: JobId; readonly token: string })[] = [];
  #acknowledged = Promise.withResolvers<void>();
  #isAcknowledging = false;
  /** Jobs that ended since the last sweep. */
  #leftovers = 0;
  readonly #loop = new LoopTurn();

  /** Runs up to `concurrency` steps at a time by `run`, which never throws. */
  constructor(concurrency: number, run: (step: Step) => Promise<StepEnd>) {
    this.#concurrency = concurrency;
    this.#run = run;
    // A step that runs for more than 30 s would count as stalled, and be given away again.
    this.#manager.setStallConfig(queue, { enabled: false });
    this.#pulling = this.#pull();
  }

  /** Puts those of some steps in the queue that have not ended when their turn comes. */
  async push(steps: readonly Step[]): Promise<void> {
    for (let from = 0; from < steps.length; from += jobsPerPush) {
      if (this.#loop.isOver()) await this.#loop.next();
      const pending = steps.slice(from, from + jobsPerPush).filter(({ state }) => state === "pending");
      const jobs = pending.map((step) => {
        this.#steps.set(step.job, step);
        const { priority, queuedAt } = step.workflow;
        // A time to come, after the clock was set back, would have it wait for that.
        const timestamp = Math.min(queuedAt, Date.now());
        return {
          id: jobId(step.job),
          queue,
          input: { ...jobOptions, name: step.action, priority, timestamp },
        };
      });
      if (jobs.length > 0) await this.#manager.pushFlow({ jobs });
    }
  }

  /** Takes out steps that have ended before they began. */
  async drop(steps: Iterable<Step>): Promise<void> {
    for (const { job } of steps) {
      if (this.#loop.isOver()) await this.#loop.next();
      if (this.#steps.delete(job)) await this.#manager.cancel(jobId(job));
    }
  }

  /** Ends when the running steps have. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#pulling;
    while (this.#running > 0) await this.#acknowledged.promise;
    this.#manager.shutdown();
  }

  async #pull(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      const room = this.#concurrency - this.#running;
      if (room === 0) {
        await this.#acknowledged.promise;
        continue;
      }
      const pulled = await this.#manager.pullBatchWithLock(
        queue,
        room,
        "engine",
        longestMs,
        longestMs,
        signal,
      );
      this.#running += pulled.jobs.length;
      for (const [index, { id }] of pulled.jobs.entries()) {
        if (this.#loop.isOver()) await this.#loop.next();
        void this.#begin(id, pulled.tokens[index] ?? "");
      }
    }
  }

  async #begin(job: JobId, token: string): Promise<void> {
    const step = this.#steps.get(job);
    const end = step ? await this.#run(step) : { completed: false, ready: [] };
    this.#steps.delete(job);
    this.#finished.push({ ...end, job, token });
    await this.#acknowledge();
  }

  /** Acknowledges together what finishes meanwhile: twice as fast as one by one. */
  async #acknowledge(): Promise<void> {
    if (this.#isAcknowledging) return;
    this.#isAcknowledging = true;
    while (this.#finished.length > 0) {
      const finished = this.#finished;
      this.#finished = [];
      const completed = finished.filter(({ completed }) => completed);
      await this.#manager.ackBatch(
        completed.map(({ job }) => job),
        completed.map(({ token }) => token),
      );
      for (const { job, token, completed } of finished)
        if (!completed) await this.#manager.fail(job, undefined, token);
      await this.push(finished.flatMap(({ ready }) => ready));
      this.#sweep(finished.length);
      this.#running -= finished.length;
      this.#acknowledged.resolve();
      this.#acknowledged = Promise.withResolvers();
    }
    this.#isAcknowledging = false;
  }

  #sweep(jobs: number): void {
    this.#leftovers += jobs;
    if (this.#leftovers < Math.max(leftoversPerSweep, this.#manager.getJobIndex().size)) return;
    this.#leftovers = 0;
    for (const shard of this.#manager.getShards()) shard.cleanOrphanedTemporalEntries();
  }
}

/** bunqueue takes any text without a colon as the id of a job in a flow. */
export function jobId(text: string): JobId {
  if (isJobId(text)) return text;
  throw new TypeError(`Cannot name a job "${text}": it has a colon`);
}

function isJobId(text: string): text is JobId {
  return !text.includes(":");
}
