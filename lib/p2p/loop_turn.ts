import { setImmediate as nextLoop } from "node:timers/promises";

/** Sockets, timers and other callers wait no longer than this, and the one piece of work that is under way. */
const turnMs = 5;

/** Work that follows itself by microtask would hold the event loop: it asks here whether its turn of the loop is over. */
export class LoopTurn {
  #startedAt: number | undefined;

  isOver(): boolean {
    const now = performance.now();
    if (this.#startedAt === undefined) {
      this.#startedAt = now;
      setImmediate(() => {
        this.#startedAt = undefined;
      });
    }
    return now - this.#startedAt > turnMs;
  }

  /** Resolves in a later turn, when others that wait for one have not used it up. */
  async next(): Promise<void> {
    do await nextLoop();
    while (this.isOver());
  }
}
