import { untilParentEnds } from "../child.ts";
import { MeasurementError, UsageError } from "../errors.ts";

/** What every round may print: that it failed, and why. */
export interface Failed {
  readonly event: "failed";
  readonly message: string;
}

/**
 * Does the work of a round as this process, which ends with it or with its parent. What `work` puts on `opened` is
 * closed before; what it says goes to the parent, one line of JSON each, and so does a `MeasurementError` or a fault of
 * the user that shows only now.
 */
export async function runRound<Event>(
  work: (opened: AsyncDisposableStack, say: (event: Event) => void) => Promise<void>,
): Promise<never> {
  const opened = new AsyncDisposableStack();
  const say = (event: Event | Failed) => console.log(JSON.stringify(event));
  // The work and the parent may end at once; whoever comes second waits for what the first is closing.
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= opened.disposeAsync();
    return closing;
  };
  const leave = async () => {
    await close();
    process.exit();
  };
  void untilParentEnds().then(leave);
  let interrupted = false;
  process.on("SIGINT", () => {
    interrupted = true;
  });
  try {
    await work(opened, say);
  } catch (error) {
    // Ctrl-C reaches children of ours that are just starting too, and what fails for it is no fault.
    if (interrupted) return leave();
    if (!(error instanceof MeasurementError || error instanceof UsageError)) {
      await close();
      throw error;
    }
    say({ event: "failed", message: error.message });
  }
  return leave();
}
