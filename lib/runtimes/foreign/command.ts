import { type Pipes, within } from "../../child.ts";
import { startGroup } from "../../process_group.ts";

/** A process that a command of somebody else's has started, in a group with all that it starts itself. */
export interface Command extends AsyncDisposable {
  readonly pid: number;
  readonly pipes: Pipes;
  /** Its exit code; a signal's number + 128. */
  readonly exited: Promise<number>;
}

/** How long it may take to end once its input has, and then once it is asked to. */
const graceMs = 500;

/**
 * Starts a command, whose standard error is ours. Closing it ends its input, then asks it to end, and then kills its group.
 * Throws a `UsageError` for a command that is not there.
 */
export function startCommand(words: readonly string[]): Command {
  const group = startGroup(words, { piped: true, isShown: true });
  const { pid, pipes, exited } = group;
  if (!pipes) throw new TypeError("Cannot start a command: it has no pipes");
  return {
    ...{ pid, pipes, exited },
    async [Symbol.asyncDispose]() {
      await pipes.stdin.end();
      if ((await within(graceMs, exited)) === null) group.signal("SIGTERM");
      await within(graceMs, exited);
      // What it has started, as npx does, may be there when it is not.
      await group[Symbol.asyncDispose]();
    },
  };
}
