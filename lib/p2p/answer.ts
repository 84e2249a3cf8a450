import { ToolError } from "../errors.ts";
import { maxAnswerBytes } from "../fields.ts";

/** Counts what an answer will take as JSON, before it is made. */
export class Answer {
  readonly #deed: string;
  #bytes = 0;

  /** `deed` is what the caller wants, in the words of an error. */
  constructor(deed: string) {
    this.#deed = deed;
  }

  /** Fails with `conflict`, and says what would do, when the answer takes more than it may. */
  add(bytes: number, remedy: string): void {
    this.#bytes += bytes;
    if (this.#bytes > maxAnswerBytes)
      throw new ToolError(
        "conflict",
        `Cannot ${this.#deed}: it takes more than ${maxAnswerBytes} bytes; ${remedy}`,
      );
  }
}
