import { type AskedCall, fillIn } from "../../bring/asked_calls.ts";
import { MeasurementError } from "../../errors.ts";
import type { Connection } from "../../runtimes/mcp/connection.ts";
import { hideSecrets } from "../../secret.ts";

/** Calls of one connection, each with a number of its own. */
export interface Calls {
  /** Answers how long it took, in nanoseconds. Throws a `MeasurementError` when the tool fails. */
  make(call: AskedCall, signal?: AbortSignal): Promise<number>;
}

export function openCalls(connection: Connection): Calls {
  let made = 0;
  return {
    async make({ tool, input }, signal) {
      const filled = fillIn(input, made++);
      const startNs = Bun.nanoseconds();
      const { failure } = await connection.call(tool, filled, signal);
      const ns = Bun.nanoseconds() - startNs;
      if (failure === null) return ns;
      const said = hideSecrets(failure).slice(0, 100);
      throw new MeasurementError(`Cannot measure "${tool}": its call number ${made} failed with "${said}"`);
    },
  };
}
