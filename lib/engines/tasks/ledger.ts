import { TaskBacklog } from "./backlog.ts";
import type { Place } from "./broker.ts";
import { type Attempt, hasEnded, note, now, type Task, type TaskOrder } from "./records.ts";
import { TaskTally } from "./tally.ts";

type End = "completed" | "failed" | "cancelled";

/** Every task that is remembered, and the only place where a task changes its status. */
export class TaskLedger {
  readonly tally = new TaskTally();
  readonly #keep: number;
  readonly #onReady: () => void;
  readonly #tasks = new Map<string, Task>();
  /** The task that ended first comes first. */
  readonly #ended = new Set<Task>();
  readonly #backlog = new TaskBacklog<Task>();

  /** `onReady` is called when there is a task that may start; beyond `keep` ended ones the oldest is forgotten. */
  constructor(keep: number, onReady: () => void) {
    this.#keep = keep;
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

  add(order: TaskOrder, place: Place): Task {
    const at = now();
    const task: Task = {
      ...order,
      place,
      status: "queued",
      attempts: 0,
      retryCount: 0,
      submittedAt: at,
      queuedAt: at,
      log: [],
    };
    note(task, "submitted");
    this.#tasks.set(task.id, task);
    this.tally.add(task);
    this.#wait(task);
    return task;
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
    note(task, `attempt ${task.attempts} started on worker ${attempt.worker.id}`);
  }

  /** Back into the queue, after an attempt or an end. */
  requeue(task: Task, place: Place): void {
    this.#ended.delete(task);
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
  end(task: Task, status: End, result: { output?: unknown; error?: string } = {}): number {
    const endedAt = now();
    this.#withdraw(task);
    this.#change(task, () => {
      task.status = status;
      task.attempt = undefined;
      task.endedAt = endedAt;
      Object.assign(task, result);
    });
    this.tally.end(status);
    this.#ended.add(task);
    task.ended?.resolve();
    task.ended = undefined;
    const [oldest] = this.#ended;
    if (oldest && this.#ended.size > this.#keep) this.forget(oldest);
    return endedAt;
  }

  /** Drops a task that does not run. Who still holds it finds it cancelled if it was waiting. */
  forget(task: Task): void {
    this.#withdraw(task);
    this.tally.remove(task);
    this.#tasks.delete(task.id);
    this.#ended.delete(task);
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
