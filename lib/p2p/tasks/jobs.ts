import { QueueManager } from "bunqueue/queue";

/** 24.8 days, the longest a timer can take. */
const longestMs = 2 ** 31 - 1;

/** At 370 bytes each they stay under 6 kB, which a search for leaks would otherwise find; sweeping costs each 0.6 µs. */
const leftoversPerSweep = 16;

type Job = Awaited<ReturnType<QueueManager["push"]>>;

/** Where a job stands among the jobs of its type. */
export interface Place {
  readonly jobId: Job["id"];
  readonly priority: number;
  /** Epoch ms from which it may run. */
  readonly runAt: number;
}

/** The order in which bunqueue hands out the jobs of one queue; a job id is a UUIDv7, so the last word is age. */
export function comparePlaces(a: Place, b: Place): number {
  return b.priority - a.priority || a.runAt - b.runAt || (a.jobId < b.jobId ? -1 : Number(a.jobId > b.jobId));
}

interface NewJob {
  readonly id: string;
  readonly type: string;
  readonly maxRetries: number;
  readonly backoffMs: number;
}

/** A job that a worker holds. */
export interface Lease {
  readonly taskId: string;
  readonly place: Place;
  readonly token: string | undefined;
}

/**
 * All that is asked of bunqueue. It has no pull by job name, so each task type is a queue of its own. What becomes of
 * a task is kept by the caller: jobs leave bunqueue when they end.
 */
export class TaskJobs implements Disposable {
  readonly #bunqueue = new QueueManager({
    // bunqueue would keep 50,000 ids of removed jobs, and telemetry that nobody reads.
    maxCompletedJobs: 1,
    maxQueueEvents: 0,
    maxMetricDataPoints: 0,
    // Its own sweep drops jobs that have run for 30 min, and blocks for 360 ms when 100,000 are queued.
    cleanupIntervalMs: longestMs,
  });
  #leftovers = 0;

  /** Spreads a retry's delay over ±20 % of `backoffMs`, as bunqueue does. */
  async push(task: NewJob, priority: number, delayMs: number): Promise<Place> {
    const job = await this.#bunqueue.push(task.type, {
      name: task.id,
      // The caller keeps the payload: it would be counted by nobody here.
      data: {},
      priority,
      delay: delayMs,
      maxAttempts: task.maxRetries + 1,
      backoff: { type: "fixed", delay: task.backoffMs },
      // A worker in this process cannot die alone; by default a job of 30 s is given to another one.
      stallTimeout: longestMs,
      removeOnComplete: true,
      removeOnFail: true,
    });
    return placeOf(job);
  }

  /** Takes the first job of a type, if one is ready now. */
  async pull(type: string, owner: string): Promise<Lease | undefined> {
    const { job, token } = await this.#bunqueue.pullWithLock(type, owner, 0, longestMs);
    if (!job) return undefined;
    this.#sweep();
    return { taskId: job.name, place: placeOf(job), token: token ?? undefined };
  }

  async complete({ place, token }: Lease): Promise<void> {
    await this.#bunqueue.ack(place.jobId, undefined, token);
  }

  /** Counts a failed attempt and answers the place of the next one, or nothing when that was the last. */
  async fail({ place, token }: Lease, error: string): Promise<Place | undefined> {
    await this.#bunqueue.fail(place.jobId, error, token);
    const job = await this.#bunqueue.getJob(place.jobId);
    return job ? placeOf(job) : undefined;
  }

  /** Ends a job that a worker holds, whatever attempts it has left. */
  async drop({ place, token }: Lease): Promise<void> {
    await this.#bunqueue.fail(place.jobId, "dropped", token, true);
  }

  /** Puts a job back unfailed. bunqueue would send it to the end of its priority, so its age is set back (to 1 ms). */
  async giveBack({ place, token }: Lease): Promise<Place> {
    const { jobId, runAt } = place;
    await this.#bunqueue.moveActiveToWait(jobId, token);
    await this.#bunqueue.changeWaitingDelay(jobId, runAt - Date.now());
    const job = await this.#bunqueue.getJob(jobId);
    if (!job) throw new Error(`Cannot give back job "${jobId}": bunqueue has lost it`);
    return placeOf(job);
  }

  /** Removes a waiting job. */
  async cancel({ jobId }: Place): Promise<void> {
    await this.#bunqueue.cancel(jobId);
    this.#sweep();
  }

  /** Moves a waiting job to its age's place within another priority. */
  async changePriority(place: Place, priority: number): Promise<Place> {
    await this.#bunqueue.changePriority(place.jobId, priority);
    this.#sweep();
    return { ...place, priority };
  }

  [Symbol.dispose](): void {
    this.#bunqueue.shutdown();
  }

  /** A job that leaves or moves remains in bunqueue's heap and its index of ages until both are swept. */
  #sweep(): void {
    this.#leftovers += 1;
    if (this.#leftovers < Math.max(leftoversPerSweep, this.#bunqueue.getJobIndex().size)) return;
    this.#leftovers = 0;
    this.#bunqueue.compactMemory();
    for (const shard of this.#bunqueue.getShards()) shard.cleanOrphanedTemporalEntries();
  }
}

function placeOf({ id, priority, runAt }: Job): Place {
  return { jobId: id, priority, runAt };
}
