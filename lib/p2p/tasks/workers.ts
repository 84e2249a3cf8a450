import { ToolError } from "../../errors.ts";
import { attemptTask, type Outcome } from "./attempt.ts";
import { comparePlaces, type TaskJobs } from "./jobs.ts";
import type { TaskLedger } from "./ledger.ts";
import { type Attempt, executionMs, now, type Task, type Worker, type WorkerOrder } from "./records.ts";
import { workerSize } from "./sizes.ts";
import type { TaskTurns } from "./turns.ts";
import type { TaskExecutor } from "./types.ts";

const maxWorkers = 1_000;

interface Match {
  readonly task: Task;
  readonly worker: Worker;
}

/** The workers of a queue. Whenever something changes, each free slot is given the first task that its worker can do. */
export class TaskWorkers {
  readonly #jobs: TaskJobs;
  readonly #ledger: TaskLedger;
  readonly #turns: TaskTurns;
  readonly #execute: TaskExecutor;
  readonly #workers = new Map<string, Worker>();
  /** Those whose handlers have not returned, also of workers that have left. */
  readonly #attempts = new Map<Attempt, Promise<void>>();
  #paused: { readonly at: number; readonly reason: string | undefined } | undefined;

  constructor(jobs: TaskJobs, ledger: TaskLedger, turns: TaskTurns, execute: TaskExecutor) {
    this.#jobs = jobs;
    this.#ledger = ledger;
    this.#turns = turns;
    this.#execute = execute;
  }

  /** Since when (epoch ms) and why no task is started. */
  get paused() {
    return this.#paused;
  }

  /** Fails with `not_found`. */
  get(id: string): Worker {
    const worker = this.#workers.get(id);
    if (!worker) throw new ToolError("not_found", `Cannot find worker "${id}": there is none of that id`);
    return worker;
  }

  all(): MapIterator<Worker> {
    return this.#workers.values();
  }

  register(order: WorkerOrder): Promise<Worker> {
    return this.#turns.take(async () => {
      const { id } = order;
      if (this.#workers.has(id))
        throw new ToolError("already_exists", `Cannot register "${id}": there is a worker of that id`);
      if (this.#workers.size >= maxWorkers)
        throw new ToolError("conflict", `Cannot register "${id}": there are ${maxWorkers} workers`);
      const bytes = workerSize(order);
      this.#ledger.checkRoom(`register "${id}"`, bytes);
      const counts = { completed: 0, failed: 0, executionMs: 0 };
      const worker = {
        ...order,
        ...counts,
        bytes,
        registeredAt: now(),
        attempts: new Set<Attempt>(),
        leaving: false,
      };
      this.#workers.set(id, worker);
      this.#ledger.retention.reserve(bytes);
      this.dispatch();
      return worker;
    });
  }

  /**
   * Gives the worker no more tasks, waits up to `graceMs` for those it runs, and returns the rest to the queue: their
   * handlers are aborted, and the attempt does not count against their retries. Answers the worker and how many
   * were returned.
   */
  async unregister(id: string, graceMs: number): Promise<{ worker: Worker; returned: number }> {
    const worker = await this.#turns.take(async () => {
      const worker = this.get(id);
      if (worker.leaving) throw new ToolError("conflict", `Cannot unregister "${id}": it is leaving already`);
      worker.leaving = true;
      return worker;
    });
    if (graceMs > 0) await this.#drained(worker, graceMs);
    return this.#turns.take(async () => {
      let returned = 0;
      for (const attempt of worker.attempts) {
        const { task, lease, abort } = attempt;
        if (task.attempt !== attempt) continue;
        if (this.#turns.loop.isOver()) await this.#turns.loop.next();
        const place = await this.#jobs.giveBack(lease);
        this.#ledger.note(task, `returned to the queue: worker ${id} left`);
        this.#ledger.requeue(task, place);
        abort.abort(new Error("the worker left"));
        returned += 1;
      }
      this.#workers.delete(id);
      this.#ledger.retention.reserve(-worker.bytes);
      return { worker, returned };
    });
  }

  /** Starts no more tasks; a second pause keeps the time of the first. Answers that time, in epoch ms. */
  pause(reason: string | undefined): Promise<number> {
    return this.#turns.take(async () => {
      const at = this.#paused?.at ?? now();
      this.#paused = { at, reason };
      return at;
    });
  }

  /** To be called within a turn. */
  resume(): void {
    this.#paused = undefined;
    this.dispatch();
  }

  /** Starts one task in a turn of its own, and so on while there is a worker for one. */
  dispatch(): void {
    if (!this.#match()) return;
    void this.#turns.take(async () => {
      const match = this.#match();
      if (!match) return;
      await this.#start(match);
      this.dispatch();
    });
  }

  /** Takes all workers out of service, aborts what they run, and waits for the handlers to return. */
  async close(): Promise<void> {
    await this.#turns.take(async () => {
      this.#workers.clear();
      for (const { task, abort } of this.#attempts.keys()) {
        task.attempt = undefined;
        abort.abort(new Error("the queue is closing"));
      }
    });
    await Promise.all(this.#attempts.values());
  }

  /** The task to start first of all that a worker can take now, and the least busy of these workers. */
  #match(): Match | undefined {
    if (this.#paused) return undefined;
    let best: Match | undefined;
    for (const worker of this.#workers.values()) {
      if (worker.leaving || worker.attempts.size >= worker.maxConcurrent) continue;
      const task = this.#ledger.first(worker.types);
      if (task && (!best || isBetter({ task, worker }, best))) best = { task, worker };
    }
    return best;
  }

  async #start({ task: first, worker }: Match): Promise<void> {
    const lease = await this.#jobs.pull(first.type, worker.id);
    // bunqueue keeps a job back only when the clock was set back, until its time has come again.
    if (!lease) return this.#ledger.delay(first);
    const task = this.#ledger.get(lease.taskId);
    if (!task) throw new Error(`Cannot start "${lease.taskId}": bunqueue has a job that no task has`);
    const attempt = { task, worker, lease, abort: new AbortController(), startedAt: now() };
    worker.attempts.add(attempt);
    this.#ledger.start(task, attempt);
    this.#attempts.set(attempt, this.#run(attempt));
  }

  async #run(attempt: Attempt): Promise<void> {
    const outcome = await attemptTask(attempt, this.#execute, this.#turns.loop);
    await this.#turns.take(() => this.#settle(attempt, outcome));
    this.#attempts.delete(attempt);
  }

  /** Frees the slot and keeps the outcome, unless the task was taken from the attempt meanwhile. */
  async #settle(attempt: Attempt, outcome: Outcome): Promise<void> {
    const { task, worker, lease } = attempt;
    worker.attempts.delete(attempt);
    if (task.attempt === attempt) {
      worker.executionMs += executionMs(task);
      worker[outcome.ok ? "completed" : "failed"] += 1;
      if (outcome.ok) {
        await this.#jobs.complete(lease);
        this.#ledger.note(task, "completed");
        this.#ledger.end(task, "completed", { output: outcome.output });
      } else {
        const place = await this.#jobs.fail(lease, outcome.error);
        this.#ledger.note(task, `attempt ${task.attempts} failed: ${outcome.error}`);
        if (place) this.#ledger.requeue(task, place);
        else this.#ledger.end(task, "failed", { error: outcome.error });
      }
    }
    this.dispatch();
  }

  async #drained(worker: Worker, graceMs: number): Promise<void> {
    const grace = Promise.withResolvers<void>();
    const timer = setTimeout(grace.resolve, graceMs);
    await Promise.race([
      Promise.all([...worker.attempts].map((at) => this.#attempts.get(at))),
      grace.promise,
    ]);
    clearTimeout(timer);
  }
}

function isBetter({ task, worker }: Match, best: Match): boolean {
  const order = comparePlaces(task.place, best.task.place);
  return order < 0 || (order === 0 && worker.attempts.size < best.worker.attempts.size);
}
