import { z } from "zod";
import { type BrokerConnection, BrokerRefusal, pollMs } from "./connection.ts";
import {
  batchSize,
  encode,
  type Outcome,
  pulledJobs,
  RemoteFailure,
  reply,
  replyQueue,
  result,
  workQueue,
} from "./messages.ts";
import { Outbox } from "./outbox.ts";

/** What a worker made of it. */
export interface Done {
  readonly output: unknown;
  /** Texts that it wants to have stored. */
  readonly stored: readonly string[];
  /** How long the worker ran it, in ms of its own clock. */
  readonly ranMs: number;
}

export interface RunOptions {
  /** Higher runs first. */
  readonly priority: number;
  readonly signal: AbortSignal;
}

interface Pending {
  readonly id: string;
  readonly queue: string;
  readonly work: string;
  readonly priority: number;
  readonly done: PromiseWithResolvers<Done>;
  /** It is on the server. */
  pushed: boolean;
  /** Nobody waits for its outcome. */
  givenUp: boolean;
}

/** Hands work to whoever takes it, and waits for the outcomes in a queue of its own. */
export class BrokerSubmitter {
  readonly #out: BrokerConnection;
  readonly #in: BrokerConnection;
  readonly #name = crypto.randomUUID();
  readonly #fail: (error: unknown) => void;
  readonly #pending = new Map<string, Pending>();
  readonly #jobs = new Outbox<Pending>(batchSize, (batch) => this.#push(batch));
  readonly #taken = new Outbox<string>(1_000, (ids) => this.#acknowledge(ids));
  readonly #withdrawn = new Outbox<string>(1_000, (ids) => this.#remove(ids));
  #serial = 0;
  #lost: Error | undefined;

  /** `fail` is told when a connection is lost. */
  constructor(out: BrokerConnection, replies: BrokerConnection, fail: (error: unknown) => void) {
    this.#out = out;
    this.#in = replies;
    this.#fail = fail;
    void this.#listen();
  }

  /** Answers what a worker of that kind makes of it; the first outcome counts. Throws when the signal fires. */
  async run(kind: string, work: unknown, { priority, signal }: RunOptions): Promise<Done> {
    if (this.#lost) throw this.#lost;
    signal.throwIfAborted();
    const id = `${this.#name}-${this.#serial++}`;
    const done = Promise.withResolvers<Done>();
    const queue = workQueue(kind);
    const pending = { id, queue, work: encode(kind, work), priority, done, pushed: false, givenUp: false };
    const abort = () => done.reject(signal.reason);
    signal.addEventListener("abort", abort);
    this.#pending.set(id, pending);
    this.#jobs.put(pending);
    try {
      return await done.promise;
    } finally {
      signal.removeEventListener("abort", abort);
      this.#giveUp(pending);
    }
  }

  /** Fails all that waits for an outcome, and all that comes later. */
  lose(error: Error): void {
    this.#lost = error;
    for (const pending of [...this.#pending.values()]) {
      this.#giveUp(pending);
      pending.done.reject(error);
    }
  }

  /** Leaves nothing of its own on the server; what runs already is not waited for. */
  async leave(): Promise<void> {
    await Promise.all([this.#jobs.sent(), this.#taken.sent()]);
    await this.#withdrawn.sent();
    await this.#request(this.#out, { cmd: "Obliterate", queue: replyQueue(this.#name) });
  }

  /** An outcome has taken it out of there already; whatever else ended it has not. */
  #giveUp(pending: Pending): void {
    if (!this.#pending.delete(pending.id)) return;
    pending.givenUp = true;
    if (pending.pushed) this.#withdrawn.put(pending.id);
  }

  async #push(batch: readonly Pending[]): Promise<void> {
    const wanted = batch.filter(({ givenUp }) => !givenUp);
    const pushes = Map.groupBy(wanted, ({ queue }) => queue);
    for (const [queue, pendings] of pushes) {
      const jobs = pendings.map(({ id, work, priority }) => ({
        customId: id,
        name: "work",
        data: { reply_to: replyQueue(this.#name), work },
        priority,
        // A job whose worker died is given to the next one, without delay and however often.
        maxAttempts: 1_000,
        backoff: 0,
        removeOnComplete: true,
        removeOnFail: true,
      }));
      await this.#request(this.#out, { cmd: "PUSHB", queue, jobs });
    }
    for (const pending of wanted) {
      pending.pushed = true;
      if (pending.givenUp) this.#withdrawn.put(pending.id);
    }
  }

  /** One that the server has taken back spoils the batch. It comes again, and finds nothing to settle. */
  async #acknowledge(ids: readonly string[]): Promise<void> {
    try {
      await this.#in.request({ cmd: "ACKB", ids }, z.unknown());
    } catch (error) {
      if (!(error instanceof BrokerRefusal)) return this.#fail(error);
      if (ids.length > 1) for (const id of ids) await this.#acknowledge([id]);
    }
  }

  /** The server knows no batch of this. One that a worker has taken already stays: its outcome finds nobody. */
  async #remove(ids: readonly string[]): Promise<void> {
    await Promise.all(ids.map((id) => this.#request(this.#out, { cmd: "Cancel", id })));
  }

  async #listen(): Promise<void> {
    const poll = { cmd: "PULLB", queue: replyQueue(this.#name), count: batchSize, timeout: pollMs };
    try {
      while (!this.#lost) {
        const { jobs } = await this.#in.request(poll, pulledJobs);
        for (const { id, data } of jobs) {
          const { data: replied } = reply.safeParse(data);
          for (const outcome of replied?.outcomes ?? []) this.#settle(outcome);
          this.#taken.put(id);
        }
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  /** An outcome that came before, or whose work was given up meanwhile, finds nothing to settle. */
  #settle(outcome: Outcome): void {
    const { id, ran_ms } = outcome;
    const pending = this.#pending.get(id);
    if (!pending) return;
    this.#pending.delete(id);
    try {
      if ("error" in outcome) throw new RemoteFailure(outcome.error);
      const { output, stored } = result.parse(JSON.parse(outcome.result));
      pending.done.resolve({ output, stored, ranMs: ran_ms });
    } catch (error) {
      pending.done.reject(error);
    }
  }

  async #request(connection: BrokerConnection, command: Record<string, unknown>): Promise<void> {
    try {
      await connection.request(command, z.unknown());
    } catch (error) {
      if (error instanceof BrokerRefusal && command.cmd === "Cancel") return;
      this.#fail(error);
    }
  }
}
