import { ToolError } from "../../errors.ts";
import { TaskJobs } from "./jobs.ts";
import { TaskLedger } from "./ledger.ts";
import { hasEnded, type Task, type TaskOrder } from "./records.ts";
import { keepOrder, openBytes, orderBytes } from "./sizes.ts";
import type { TaskTally } from "./tally.ts";
import { TaskTurns } from "./turns.ts";
import { runTask, type TaskExecutor } from "./types.ts";
import { TaskWorkers } from "./workers.ts";

/** 6,000 small tasks that have not ended. Resident memory grows by twice as much, because garbage is collected late. */
const mostBytes = 24 * 1024 * 1024;

export interface TaskQueueOptions {
  /** Ended tasks to remember, 10,000 by default; beyond that the one that ended first is forgotten. */
  readonly keep?: number | undefined;
  /** What all tasks and workers may take together, 24 MiB by default. */
  readonly maxBytes?: number;
  /** Does the work; this process by default. */
  readonly execute?: TaskExecutor | undefined;
}

/** Opens an empty queue without workers, in this process. Closing it ends workers, tasks and timers. */
export function openTaskQueue(options: TaskQueueOptions = {}): TaskQueue {
  return new TaskQueue(options);
}

/**
 * Tasks and the workers that run them. Each change is made in a turn of its own, one after the other, so that between
 * two turns the records here agree with bunqueue's jobs. Its failures are `ToolError`s, and change nothing.
 */
export class TaskQueue implements AsyncDisposable {
  readonly workers: TaskWorkers;
  readonly #jobs = new TaskJobs();
  readonly #turns = new TaskTurns();
  readonly #ledger: TaskLedger;

  constructor({ keep = 10_000, maxBytes = mostBytes, execute = runTask }: TaskQueueOptions) {
    this.#ledger = new TaskLedger({ keep, mostBytes: maxBytes }, () => this.workers.dispatch());
    this.workers = new TaskWorkers(this.#jobs, this.#ledger, this.#turns, execute);
  }

  get tally(): TaskTally {
    return this.#ledger.tally;
  }

  /** Fails with `not_found`. */
  task(id: string): Task {
    const task = this.#ledger.get(id);
    if (!task) throw new ToolError("not_found", `Cannot find task "${id}": there is none of that id`);
    return task;
  }

  /** In the order of their submission. */
  tasks(): MapIterator<Task> {
    return this.#ledger.all();
  }

  /** How many tasks would start before it: 0 is next. A task that waits for a retry counts as if its time had come. */
  position(task: Task): number {
    return this.#ledger.position(task);
  }

  /** Resolves when the task has ended or is forgotten. */
  finished(id: string): Promise<void> {
    return this.#ledger.finished(id);
  }

  submit(order: TaskOrder): Promise<Task> {
    const kept = keepOrder(order);
    return this.#turns.take(async () => {
      const { id, priority } = kept;
      if (this.#ledger.get(id))
        throw new ToolError("already_exists", `Cannot submit "${id}": there is a task of that id`);
      this.#ledger.checkRoom(`submit "${id}"`, orderBytes(kept));
      return this.#ledger.add(kept, await this.#jobs.push(kept, priority, 0));
    });
  }

  /** A running task is aborted, and only when `force` is set. Answers the time of its end, in epoch ms. */
  cancel(id: string, force: boolean, reason = "no reason given"): Promise<number> {
    return this.#turns.take(async () => {
      const task = this.task(id);
      const { attempt } = task;
      if (hasEnded(task)) throw new ToolError("conflict", `Cannot cancel "${id}": it is ${task.status}`);
      if (attempt && !force)
        throw new ToolError("conflict", `Cannot cancel "${id}": it is running, and force is not set`);
      await (attempt ? this.#jobs.drop(attempt.lease) : this.#jobs.cancel(task.place));
      this.#ledger.note(task, `cancelled: ${reason}`);
      const endedAt = this.#ledger.end(task, "cancelled");
      attempt?.abort.abort(new Error("cancelled"));
      return endedAt;
    });
  }

  /** Without `requeue` the task keeps its place until it is reordered or retried. */
  prioritise(id: string, priority: number, requeue: boolean): Promise<{ task: Task; former: number }> {
    return this.#turns.take(async () => {
      const task = this.task(id);
      if (task.status !== "queued")
        throw new ToolError("conflict", `Cannot change the priority of "${id}": it is ${task.status}`);
      const former = task.priority;
      task.priority = priority;
      this.#ledger.note(task, `priority changed from ${former} to ${priority}`);
      if (requeue) await this.#reorder(task);
      return { task, former };
    });
  }

  /** Submits a failed or cancelled task once more, with all its automatic retries. */
  retry(id: string, priority: number | undefined, delayMs: number): Promise<Task> {
    return this.#turns.take(async () => {
      const task = this.task(id);
      if (task.status !== "failed" && task.status !== "cancelled")
        throw new ToolError("conflict", `Cannot retry "${id}": it is ${task.status}`);
      this.#ledger.checkRoom(`retry "${id}"`, task.bytes + openBytes);
      const place = await this.#jobs.push(task, priority ?? task.priority, delayMs);
      task.priority = place.priority;
      task.retryCount += 1;
      this.#ledger.note(task, "retried by a caller");
      this.#ledger.requeue(task, place);
      return task;
    });
  }

  /** Forgets the tasks that `chosen` picks, running ones excepted, and answers how many. */
  clear(chosen: (task: Task) => boolean): Promise<number> {
    return this.#turns.take(async () => {
      let cleared = 0;
      // From the end, because taking the first of 100,000 out of their line moves all others.
      for (const task of [...this.#ledger.all()].reverse()) {
        if (task.attempt || !chosen(task)) continue;
        if (this.#turns.loop.isOver()) await this.#turns.loop.next();
        if (task.status === "queued") await this.#jobs.cancel(task.place);
        this.#ledger.forget(task);
        cleared += 1;
      }
      return cleared;
    });
  }

  /** Answers how many tasks took the place of a priority they had been given without `requeue`. */
  resume(reorder: boolean): Promise<number> {
    return this.#turns.take(async () => {
      let moved = 0;
      for (const task of reorder ? this.#ledger.all() : []) {
        if (task.status !== "queued" || task.priority === task.place.priority) continue;
        if (this.#turns.loop.isOver()) await this.#turns.loop.next();
        await this.#reorder(task);
        moved += 1;
      }
      this.workers.resume();
      return moved;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.workers.close();
    await this.#turns.close();
    this.#ledger.close();
    this.#jobs[Symbol.dispose]();
  }

  async #reorder(task: Task): Promise<void> {
    this.#ledger.move(task, await this.#jobs.changePriority(task.place, task.priority));
  }
}
