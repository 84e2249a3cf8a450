import { z } from "zod";
import { type BrokerConnection, BrokerRefusal } from "./connection.ts";
import { batchSize, encode, type Outcome, order, pack, pulledJobs, workQueue } from "./messages.ts";
import { Outbox } from "./outbox.ts";

/** Works that one process runs at the same time, of each kind. */
const maxHeld = 64;

/** A worker that has died loses what it held after `lockMs`, and at once what it held for less than `renewMs`. */
const lockMs = 5_000;
const renewMs = 1_000;

/** A request that waits already is not told of work that comes back from a worker that has died. */
const askMs = 1_000;

/** What a worker makes of work. */
export type Answer =
  | { readonly output: unknown; readonly stored?: readonly string[] }
  | { readonly error: string };

/** Does one piece of work, whose shape is not checked yet. It never throws. */
export type WorkHandler = (work: unknown, signal: AbortSignal) => Answer | Promise<Answer>;

interface Held {
  /** Proves to the server that it is ours; a job that comes again brings a new one. */
  token: string;
  readonly heldSince: number;
}

interface Reply {
  readonly queue: string;
  readonly outcome: Outcome;
}

/** Takes the jobs of one kind, runs them and sends their outcomes. */
export class BrokerWorker {
  readonly #jobs: BrokerConnection;
  readonly #answers: BrokerConnection;
  readonly #queue: string;
  readonly #handler: WorkHandler;
  readonly #fail: (error: unknown) => void;
  readonly #name = crypto.randomUUID();
  readonly #held = new Map<string, Held>();
  readonly #closing = new AbortController();
  readonly #replies = new Outbox<Reply>(batchSize, (batch) => this.#reply(batch));
  readonly #done = new Outbox<string>(1_000, (ids) => this.#release(ids));
  readonly #renewing = setInterval(() => void this.#renew(), renewMs);
  #room = Promise.withResolvers<void>();

  /** `fail` is told when a connection is lost. */
  constructor(
    { jobs, answers }: { jobs: BrokerConnection; answers: BrokerConnection },
    kind: string,
    handler: WorkHandler,
    fail: (error: unknown) => void,
  ) {
    this.#jobs = jobs;
    this.#answers = answers;
    this.#queue = workQueue(kind);
    this.#handler = handler;
    this.#fail = fail;
    void this.#pull();
  }

  /** Takes nothing more and aborts what runs: the server gives it to another worker. */
  close(): void {
    clearInterval(this.#renewing);
    this.#closing.abort(new Error("the worker closed"));
    this.#room.resolve();
  }

  async #pull(): Promise<void> {
    const { signal } = this.#closing;
    const poll = { cmd: "PULLB", queue: this.#queue, timeout: askMs, owner: this.#name, lockTtl: lockMs };
    try {
      // By default a job is thrown away when its third worker has died, and nobody would be told.
      const config = { maxStalls: 1_000 };
      await this.#jobs.request({ cmd: "SetStallConfig", queue: this.#queue, config }, z.unknown());
      while (!signal.aborted) {
        const count = Math.min(batchSize, maxHeld - this.#held.size);
        if (count <= 0) {
          await this.#room.promise;
          continue;
        }
        const { jobs, tokens } = await this.#jobs.request({ ...poll, count }, pulledJobs);
        for (const [index, { id, data }] of jobs.entries()) {
          if (!signal.aborted) void this.#take(id, tokens[index] ?? "", data);
        }
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  async #take(id: string, token: string, data: unknown): Promise<void> {
    const held = this.#held.get(id);
    if (held) {
      // The lock ran out while the event loop was busy; the work still runs here.
      held.token = token;
      return;
    }
    const startedAt = performance.now();
    this.#held.set(id, { token, heldSince: startedAt });
    const asked = order.safeParse(data);
    if (!asked.success) return this.#refuse(id, token, z.prettifyError(asked.error));
    const answer = await this.#answer(asked.data.work);
    if (this.#closing.signal.aborted) return;
    const outcome = outcomeOf(id, performance.now() - startedAt, answer);
    this.#replies.put({ queue: asked.data.reply_to, outcome });
  }

  async #answer(work: string): Promise<Answer> {
    let parsed: unknown;
    try {
      parsed = JSON.parse(work);
    } catch (error) {
      return { error: `Cannot read "work": ${error instanceof Error ? error.message : error}` };
    }
    return this.#handler(parsed, this.#closing.signal);
  }

  /** The outcomes are on the server before the jobs leave it: who dies in between has the work done twice, not never. */
  async #reply(batch: readonly Reply[]): Promise<void> {
    const replies = Map.groupBy(batch, ({ queue }) => queue);
    await Promise.all(
      [...replies].map(([queue, batch]) => {
        const packs = pack(batch.map(({ outcome }) => outcome));
        const ends = { removeOnComplete: true, removeOnFail: true };
        const jobs = packs.map((outcomes) => ({ name: "outcomes", data: { outcomes }, ...ends }));
        return this.#request({ cmd: "PUSHB", queue, jobs });
      }),
    );
    for (const { outcome } of batch) this.#done.put(outcome.id);
  }

  async #release(ids: readonly string[]): Promise<void> {
    const tokens = ids.map((id) => this.#held.get(id)?.token ?? "");
    try {
      await this.#jobs.request({ cmd: "ACKB", ids, tokens }, z.unknown());
    } catch (error) {
      if (!(error instanceof BrokerRefusal)) return this.#fail(error);
      // One that the server has given to somebody else spoils the batch; the others must not run again.
      if (ids.length > 1) for (const id of ids) await this.#release([id]);
    }
    this.#forget(ids);
  }

  /** A job that nobody of ours has made goes to the server's dead letters, where its owner finds it. */
  async #refuse(id: string, token: string, error: string): Promise<void> {
    try {
      await this.#jobs.request({ cmd: "FAIL", id, token, error, unrecoverable: true }, z.unknown());
    } catch (refusal) {
      if (!(refusal instanceof BrokerRefusal)) this.#fail(refusal);
    }
    this.#forget([id]);
  }

  async #renew(): Promise<void> {
    const before = performance.now() - renewMs;
    const old = [...this.#held].filter(([, { heldSince }]) => heldSince < before);
    if (old.length === 0) return;
    const ids = old.map(([id]) => id);
    const tokens = old.map(([, { token }]) => token);
    const durations = old.map(() => lockMs);
    await this.#request({ cmd: "ExtendLocks", ids, tokens, durations });
  }

  #forget(ids: readonly string[]): void {
    for (const id of ids) this.#held.delete(id);
    this.#room.resolve();
    this.#room = Promise.withResolvers();
  }

  async #request(command: Record<string, unknown>): Promise<void> {
    try {
      await this.#answers.request(command, z.unknown());
    } catch (error) {
      this.#fail(error);
    }
  }
}

function outcomeOf(id: string, ran_ms: number, answer: Answer): Outcome {
  if ("error" in answer) return { id, ran_ms, error: answer.error.slice(0, 1_000) };
  try {
    const { output, stored = [] } = answer;
    return { id, ran_ms, result: encode("outcome", { output, stored }) };
  } catch (error) {
    return { id, ran_ms, error: String(error) };
  }
}
