/** Calls a tool, untimed, and answers its output. */
export type Call = (tool: string, input: unknown) => Promise<unknown>;

/** How one tool is called honestly: the same work at the last sample as at the first. */
export interface Case {
  readonly tool: string;
  /** Which of the tool's branches is timed, in words. */
  readonly branch: string;
  /** It talks to peers: tens of milliseconds a call, where others take microseconds. */
  readonly slow?: true;
  /** How many samples make its interval as narrow as others' where that differs from tool to tool. */
  readonly samples?: number;
  /** Fields of its answer, at any depth, whose text or number differs from run to run of the same work. */
  readonly varies?: readonly string[];
  /** A trial that is prepared holds what other trials wait for, so it cannot be prepared long before its call. */
  readonly exclusive?: true;
  /** Makes true what all its trials on one runtime need; `serial` differs from any other of the runtime. */
  open(call: Call, serial: number): Session | Promise<Session>;
}

/** A case on one runtime. Trials may be under way side by side, with those of other cases. */
export interface Session {
  /** Makes true what one call needs; `serial` differs from trial to trial of the runtime. */
  prepare(serial: number): Promise<Trial> | Trial;
  /** Puts back what `open` changed. */
  close?(): Promise<unknown>;
}

/** One call, ready to be made. */
export interface Trial {
  readonly input: unknown;
  /** What the output must hold at least; anything else ends the run. */
  readonly expect: object;
  /** What it must hold besides while no other call is under way. */
  readonly alone?: object;
  /** Puts back what the call changed. */
  restore?(): Promise<unknown>;
}

/** A case that needs nothing, whose answer is an empty object. */
export function plainCase(tool: string, branch: string): Case {
  return { tool, branch, open: () => ({ prepare: () => ({ input: {}, expect: {} }) }) };
}

/** What is wrong with an answer; `null` when it is the one due. A tool that failed must throw and not say so. */
export function misfit(due: object, output: unknown): string | null {
  const answer = Object(output);
  const confesses = answer.success === false || (answer.error ?? null) !== null;
  if (Bun.deepMatch(due, answer) && !confesses) return null;
  return `it answered ${brief(output)} where ${brief(due)} was due`;
}

function brief(value: unknown): string {
  const text = Bun.inspect(value, { compact: true });
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
