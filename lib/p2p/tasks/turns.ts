import { ToolError } from "../../errors.ts";
import { LoopTurn } from "../loop_turn.ts";

/** Lets one asynchronous change happen at a time, in the order in which they were asked for. */
export class TaskTurns {
  /** For changes that are many in one, and for the work that they set going. */
  readonly loop = new LoopTurn();
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  take<T>(change: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(() => {
      if (this.#closed) throw new ToolError("conflict", "Cannot use the task queue: it is closed");
      return this.loop.isOver() ? this.loop.next().then(change) : change();
    });
    // A failure is for who asked for the turn; the next one is taken all the same.
    this.#last = turn.then(ignore, ignore);
    return turn;
  }

  /** Resolves when the turns asked for so far are over; later ones fail with `conflict`. */
  async close(): Promise<void> {
    await this.#last;
    this.#closed = true;
  }
}

function ignore(): void {}
