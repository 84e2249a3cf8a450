/** A change that makes the harness wrong, and the tests that must notice. */
export interface Mutation extends Change {
  readonly file: string;
  readonly tests: readonly string[];
}

/** A text that is in its file once, and what takes its place. */
export interface Change {
  readonly from: string;
  readonly to: string;
  /** What would be wrong then, in a clause. */
  readonly breaks: string;
  /** The test files that must fail, without folder and ending; by default those of its file. */
  readonly tests?: readonly string[];
  /** Which of their tests, as `bun test -t` takes it; by default all. */
  readonly test?: string;
  /** Why no test can notice it, or none does. */
  readonly survives?: string;
}

/** Changes of one file. */
export interface Changes {
  readonly file: string;
  readonly tests: readonly string[];
  readonly changes: readonly Change[];
}
