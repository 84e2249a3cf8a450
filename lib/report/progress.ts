import { SingleBar } from "cli-progress";

export interface Progress extends Disposable {
  /** One step is done. */
  step(what: string): void;
}

/** A bar with the time left, on stderr when that is a terminal. */
export function openProgress(total: number): Progress {
  const bar = new SingleBar({
    format: "{bar} {percentage} % | {eta_formatted} left | {what}",
    stream: process.stderr,
    clearOnComplete: true,
    stopOnComplete: true,
    hideCursor: true,
    etaBuffer: 20,
  });
  bar.start(total, 0, { what: "starting" });
  return {
    step: (what) => bar.increment({ what }),
    [Symbol.dispose]: () => bar.stop(),
  };
}
