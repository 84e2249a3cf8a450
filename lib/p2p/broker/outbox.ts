/** Sends together what is put in meanwhile: one batch at a time, in order, of up to `most` things. */
export class Outbox<T> {
  readonly #send: (batch: readonly T[]) => Promise<void>;
  readonly #most: number;
  #waiting: T[] = [];
  #sending: Promise<void> | undefined;

  /** `send` never throws. */
  constructor(most: number, send: (batch: readonly T[]) => Promise<void>) {
    this.#most = most;
    this.#send = send;
  }

  put(thing: T): void {
    this.#waiting.push(thing);
    this.#sending ??= this.#drain();
  }

  /** Resolves when all that was put in has been sent. */
  async sent(): Promise<void> {
    await this.#sending;
  }

  async #drain(): Promise<void> {
    // What is put in within this turn goes along.
    await Promise.resolve();
    while (this.#waiting.length > 0) await this.#send(this.#waiting.splice(0, this.#most));
    this.#sending = undefined;
  }
}
