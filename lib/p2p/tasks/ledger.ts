import { ToolError } from "../../errors.ts";
import { Retention, type RetentionLimits } from "../retention.ts";
import { TaskBacklog } from "./backlog.ts";
import type { Place } from "./jobs.ts";
import { type Attempt, hasEnded, type KeptOrder, now, type Task } from "./records.ts";
import { logBytes, openBytes, orderBytes, resultBytes } from "./sizes.ts";
import { TaskTally } from "./tally.ts";

const maxLogLines = 100;

type End = "completed" | "failed" | "cancelled";

/** Every task that is remembered, and the only place where a task changes its status. */
export class TaskLedger {
  readonly tally = new TaskTally();
  /** Counts the workers too, which never end by themselves. */
  readonly retention: Retention<Task>;
  readonly #onReady: () => void;
  readonly #tasks = new Map<string, Task>();
  readonly #backlog = new TaskBacklog<Task>();

  /** `onReady` is called when there is a task that may start. */
  constructor(limits: RetentionLimits, onReady: () => void) {
    this.retention = new Retention(limits, (task) => this.forget(task));
    this.#onReady = onReady;
  }

  get(id: string): Task | undefined {
    return this.#tasks.get(id);
  }

  /** In the order of their submission. */
  all(): MapIterator<Task> {
    return this.#tasks.values();
  }

  /** The task to start first, of those types; of all types when none is named. */
  first(types: ReadonlySet<string>): Task | undefined {
    return this.#backlog.first(types);
  }

  position({ place }: Task): number {
    return this.#backlog.ahead(place);
  }

  /** Resolves when the task has ended or is forgotten. */
  async finished(id: string): Promise<void> {
    const task = this.#tasks.get(id);
    if (!task || hasEnded(task)) return;
    task.ended ??= Promise.withResolvers();
    await task.ended.promise;
  }

  /** Fails with `conflict` when so many bytes do not fit, and forgets nothing for it. */
  checkRoom(deed: string, bytes: number): void {
    if (this.retention.hasRoom(bytes)) return;
    const most = `${this.retention.mostBytes / 1024 ** 2} MiB`;
    throw new ToolError(
      "conflict",
      `Cannot ${deed}: open tasks and workers take all of ${most}; wait for some to end, cancel or clear them`,
    );
  }

  add(order: KeptOrder, place: Place): Task {
    const at = now();
    const task: Task = {
      ...order,
      bytes: orderBytes(order),
      place,
      status: "queued",
      attempts: 0,
      retryCount: 0,
      submittedAt: at,
      queuedAt: at,
      log: [],
    };
    this.#tasks.set(task.id, task);
    this.retention.open(task);
    this.note(task, "submitted");
    this.tally.add(task);
    this.#wait(task);
    return task;
  }

  /** Writes to the task's own log, which keeps its last 100 lines, and fewer where the queue has no room for more. */
  note(task: Task, message: string): void {
    const { log } = task;
    const line = { at: now(), message };
    log.push(line);
    this.retention.grow(task, logBytes(line));
    while (log.length > maxLogLines || (log.length > 1 && this.retention.isOver)) {
      const oldest = log.shift();
      if (oldest) this.retention.grow(task, -logBytes(oldest));
    }
  }

  start(task: Task, attempt: Attempt): void {
    this.#withdraw(task);
    this.#change(task, () => {
      task.status = "running";
      task.attempt = attempt;
      task.workerId = attempt.worker.id;
      task.attempts += 1;
      task.startedAt = attempt.startedAt;
    });
    this.note(task, `attempt ${task.attempts} started on worker ${attempt.worker.id}`);
  }

  /** Back into the queue, after an attempt or an end. */
  requeue(task: Task, place: Place): void {
    if (hasEnded(task)) {
      this.retention.open(task);
      this.retention.grow(task, openBytes - resultBytes(task));
    }
    this.#change(task, () => {
      task.status = "queued";
      task.place = place;
      task.queuedAt = now();
      for (const field of ["attempt", "workerId", "startedAt", "endedAt", "output", "error"] as const)
        task[field] = undefined;
    });
    this.#wait(task);
  }

  /** Keeps a task that bunqueue does not give yet out of the line until its time has come. */
  delay(task: Task): void {
    this.#withdraw(task);
    this.#wait(task);
  }

  /** Gives a queued task another place. */
  move(task: Task, place: Place): void {
    const waiting = this.#backlog.remove(task);
    task.place = place;
    if (waiting) this.#backlog.add(task);
  }

  /** Answers the time of the end, in epoch ms. */
  end(task: Task, status: End, result: Pick<Task, "output" | "error"> = {}): number {
    const endedAt = now();
    this.#withdraw(task);
    this.#change(task, () => {
      task.status = status;
      task.attempt = undefined;
      task.endedAt = endedAt;
      Object.assign(task, result);
    });
    this.tally.end(status);
    task.ended?.resolve();
    task.ended = undefined;
    this.retention.grow(task, resultBytes(result) - openBytes);
    this.retention.end(task);
    return endedAt;
  }

  /** Drops a task that does not run. Who still holds it finds it cancelled if it was waiting. */
  forget(task: Task): void {
    this.#withdraw(task);
    this.tally.remove(task);
    this.#tasks.delete(task.id);
    this.retention.drop(task);
    if (!hasEnded(task)) task.status = "cancelled";
    task.ended?.resolve();
  }

  /** Disarms every timer. */
  close(): void {
    for (const task of this.#tasks.values()) this.#withdraw(task);
  }

  #change(task: Task, apply: () => void): void {
    this.tally.remove(task);
    apply();
    this.tally.add(task);
  }

  /** Lines the task up, now or when its time has come. Timers may fire 1 ms early; bunqueue would hold the job back. */
  #wait(task: Task): void {
    const earlyMs = task.place.runAt - Date.now();
    if (earlyMs > 0) {
      task.timer = setTimeout(() => this.#wait(task), earlyMs);
      return;
    }
    task.timer = undefined;
    task.queuedAt = now();
    this.#backlog.add(task);
    this.#onReady();
  }

  #withdraw(task: Task): void {
    clearTimeout(task.timer);
    task.timer = undefined;
    this.#backlog.remove(task);
  }
}
