import { within } from "../../child.ts";
import { MeasurementError, UsageError } from "../../errors.ts";
import type { ProcessGroup } from "../../process_group.ts";
import type { ServerFault } from "../../runtimes/mcp/server_fault.ts";
import { hideSecrets } from "../../secret.ts";
import { showTarget, type Target } from "./target.ts";

/** What was printed on standard output that is no message. */
export interface Junk {
  readonly lines: number;
  readonly bytes: number;
  readonly first: string;
}

export function openJunk() {
  let [lines, bytes, first] = [0, 0, ""];
  return {
    put(line: string) {
      first ||= line.trim();
      lines += 1;
      bytes += Buffer.byteLength(line) + 1;
    },
    of: (): Junk => ({ lines, bytes, first }),
  };
}

/** How long the end of a process is waited for, once its connection has ended: on a busy machine more than a second. */
const exitMs = 5_000;

/** What a server did in place of what was asked of it, in a line that says all that is known. */
export async function explain(
  fault: ServerFault,
  target: Target,
  group: ProcessGroup | null,
  { lines, first }: Junk,
): Promise<Error> {
  const code = group && fault.kind !== "other" ? await within(exitMs, group.exited) : null;
  const what =
    code === null ? fault.message : `it ended with exit code ${code} before it answered ${fault.asked}`;
  // Before it is cut: half a secret would be found no more.
  const told = (text: string) => hideSecrets(text).slice(0, 200);
  const junk = lines === 0 ? "" : `; it printed what is no message, as in "${told(first)}"`;
  const words = group?.lastWords() ?? "";
  const last = words === "" ? "" : `; its last words were "${told(words)}"`;
  const line = `Cannot probe ${showTarget(target)}: ${told(what)}${junk}${last}`;
  const isAbsent = fault.kind === "refused" && group === null;
  return new (isAbsent ? UsageError : MeasurementError)(line, { cause: fault });
}
