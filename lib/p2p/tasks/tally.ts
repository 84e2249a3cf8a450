import { executionMs, hasEnded, now, type Task, type TaskStatus, waitMs } from "./records.ts";

const keptSeconds = 3_600;

type Ends = Record<"completed" | "failed" | "cancelled", number>;

/** Counts the kept tasks and the ends of the last hour, so that no question has to look at every task. */
export class TaskTally {
  readonly #openedAt = now();
  readonly #count: Record<TaskStatus, number> = {
    queued: 0,
    running: 0,
    completed: 0,
    failed: 0,
    cancelled: 0,
  };
  /** Kept tasks that ended after a start, and their times. */
  readonly #ran = { tasks: 0, waitMs: 0, executionMs: 0 };
  /** By epoch second, oldest first. */
  readonly #ends = new Map<number, Ends>();

  count(status: TaskStatus): number {
    return this.#count[status];
  }

  total(): number {
    return Object.values(this.#count).reduce((sum, count) => sum + count, 0);
  }

  add(task: Task): void {
    this.#weigh(task, 1);
  }

  remove(task: Task): void {
    this.#weigh(task, -1);
  }

  end(status: keyof Ends): void {
    const second = Math.floor(now() / 1_000);
    const ends = this.#ends.get(second) ?? { completed: 0, failed: 0, cancelled: 0 };
    ends[status] += 1;
    this.#ends.set(second, ends);
    for (const old of this.#ends.keys()) {
      if (old > second - keptSeconds) break;
      this.#ends.delete(old);
    }
  }

  /** Means over the kept tasks that ended after a start, in ms; 0 when there are none. */
  averages(): { waitMs: number; executionMs: number } {
    const { tasks, waitMs, executionMs } = this.#ran;
    // Sums that were added to and taken from can end a rounding error below 0.
    const mean = (sum: number) => (tasks === 0 ? 0 : Math.max(0, sum / tasks));
    return { waitMs: mean(waitMs), executionMs: mean(executionMs) };
  }

  /** Tasks completed per second, over the last 60 s or since the queue was opened. */
  throughput(): number {
    const at = now();
    let completed = 0;
    for (const [second, ends] of this.#ends) if (second > at / 1_000 - 60) completed += ends.completed;
    const seconds = Math.min(60, (at - this.#openedAt) / 1_000);
    return completed === 0 ? 0 : completed / seconds;
  }

  /** What ended in each minute of the last hour; minutes in which nothing did are left out. */
  minutes(): readonly ({ readonly at: number } & Readonly<Ends>)[] {
    const minutes = new Map<number, { at: number } & Ends>();
    for (const [second, ends] of this.#ends) {
      const at = Math.floor(second / 60) * 60_000;
      const sum = minutes.get(at) ?? { at, completed: 0, failed: 0, cancelled: 0 };
      sum.completed += ends.completed;
      sum.failed += ends.failed;
      sum.cancelled += ends.cancelled;
      minutes.set(at, sum);
    }
    return [...minutes.values()];
  }

  #weigh(task: Task, sign: 1 | -1): void {
    this.#count[task.status] += sign;
    if (!hasEnded(task) || task.startedAt === undefined) return;
    this.#ran.tasks += sign;
    this.#ran.waitMs += sign * waitMs(task);
    this.#ran.executionMs += sign * executionMs(task);
  }
}
