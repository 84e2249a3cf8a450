import { SingleBar } from "cli-progress";
import { toLine } from "./columns.ts";

export interface Progress extends Disposable {
  /** One of the steps is done. */
  step(what: string): void;
}

/**
 * Shows how far a run is: a line for each step with `verbose`, else a bar with the time left, on a terminal that takes
 * escapes and whose user does (NO_COLOR, TERM=dumb); else nothing.
 */
export function openProgress(steps: number, { verbose }: { verbose: boolean }): Progress {
  if (verbose) return { step: (what) => console.error(toLine(what)), [Symbol.dispose]: () => {} };
  if (!process.stderr.isTTY || !process.stderr.hasColors())
    return { step: () => {}, [Symbol.dispose]: () => {} };
  const bar = new SingleBar({
    format: "{bar} {percentage} % | {eta_formatted} left | {what}",
    stream: process.stderr,
    clearOnComplete: true,
    stopOnComplete: true,
    hideCursor: true,
    etaBuffer: 20,
    // Text before the first step, and as long as nothing says how fast it goes.
    formatTime: (seconds) => (Number.isFinite(seconds) ? `${seconds} s` : "?"),
  });
  bar.start(steps, 0, { what: "starting" });
  return {
    step: (what) => bar.increment(1, { what: toLine(what) }),
    [Symbol.dispose]: () => bar.stop(),
  };
}
