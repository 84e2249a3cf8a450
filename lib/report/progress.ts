import { SingleBar } from "cli-progress";

export interface Progress extends Disposable {
  /** Something happened; `done` when it was one of the steps. */
  step(what: string, done: boolean): void;
}

/** Shows how far a run is: a bar with the time left on a terminal, a line for each step with `verbose`, else nothing. */
export function openProgress(steps: number, { verbose }: { verbose: boolean }): Progress {
  if (verbose) return { step: (what) => console.error(what), [Symbol.dispose]: () => {} };
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
    step: (what, done) => bar.increment(done ? 1 : 0, { what }),
    [Symbol.dispose]: () => bar.stop(),
  };
}
