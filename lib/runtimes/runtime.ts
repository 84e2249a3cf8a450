/** What a tool says of itself: its schemas as JSON Schema (draft 2020-12). */
export interface ToolListing {
  readonly name: string;
  readonly category: string;
  readonly home: string;
  readonly description: string;
  readonly input_schema: unknown;
  readonly output_schema: unknown;
}

/** An answer with the proof of the path it took. */
export interface Reply {
  readonly output: unknown;
  /** The runtime that ran the handler, as the serving process names itself. */
  readonly runtime: string;
  /** The process that ran the handler. */
  readonly pid: number;
  /** How many calls that process has answered or refused through this runtime, this one included. */
  readonly calls: number;
}

/** A way to reach a registry of tools. A failed call throws a `ToolError`, on every runtime the same. */
export interface Runtime extends AsyncDisposable {
  readonly name: string;
  /** The process that serves the tools. */
  readonly pid: number;
  list(): Promise<readonly ToolListing[]>;
  call(tool: string, input: unknown): Promise<Reply>;
  /** The runtime that answers a tool, where it is not this one. */
  route?(tool: string): Runtime;
}
