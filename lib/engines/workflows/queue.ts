import { setImmediate as nextTurn } from "node:timers/promises";
import { QueueManager } from "bunqueue/queue";
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

/** Steps follow each other by microtask; sockets, timers and other callers wait for them no longer than this. */
const turnMs = 5;

/** Every call of bunqueue: one job for each step, run when those it depends on are done, higher priorities first. */
export class StepQueue {
  readonly #concurrency: number;
  readonly #run: (step: Step) => Promise<boolean>;
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
  #finished: { job: JobId; token: string; completed: boolean }[] = [];
  #acknowledged = Promise.withResolvers<void>();
  #isAcknowledging = false;
  /** Jobs that ended since the last sweep. */
  #leftovers = 0;
  #turnStartedAt: number | undefined;

  /** Runs up to `concurrency` steps at a time by `run`, which answers whether the step is completed and never throws. */
  constructor(concurrency: number, run: (step: Step) => Promise<boolean>) {
    this.#concurrency = concurrency;
    this.#run = run;
    // A step that runs for more than 30 s would count as stalled, and be given away again.
    this.#manager.setStallConfig(queue, { enabled: false });
    this.#pulling = this.#pull();
  }

  /** Puts all steps of a workflow in the queue at once. */
  async push(steps: Iterable<Step>): Promise<void> {
    const jobs = [...steps].map((step) => {
      this.#steps.set(step.job, step);
      const dependsOn = step.parents.map(({ job }) => jobId(job));
      const input = {
        ...jobOptions,
        name: step.request.action,
        priority: step.workflow.request.priority,
        dependsOn,
      };
      return { id: jobId(step.job), queue, input };
    });
    await this.#manager.pushFlow({ jobs });
  }

  /** Takes out steps that have not begun. bunqueue would keep what depends on a failed job for ever. */
  async drop(steps: Iterable<Step>): Promise<void> {
    for (const { job } of steps) if (this.#steps.delete(job)) await this.#manager.cancel(jobId(job));
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
        if (this.#isTurnOver()) await nextTurn();
        void this.#begin(id, pulled.tokens[index] ?? "");
      }
    }
  }

  async #begin(job: JobId, token: string): Promise<void> {
    const step = this.#steps.get(job);
    const completed = step !== undefined && (await this.#run(step));
    this.#steps.delete(job);
    this.#finished.push({ job, token, completed });
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

  #isTurnOver(): boolean {
    const now = performance.now();
    if (this.#turnStartedAt === undefined) {
      this.#turnStartedAt = now;
      setImmediate(() => {
        this.#turnStartedAt = undefined;
      });
    }
    return now - this.#turnStartedAt > turnMs;
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
