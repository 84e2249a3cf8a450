import { setImmediate } from "node:timers/promises";
import { isBeside } from "./beside.ts";
import { joinParent } from "./child.ts";
import { MeasurementError, ToolError, UsageError } from "./errors.ts";
import type { JobTools } from "./experiment.ts";
import type { CanaryName, Sighting } from "./measure/canary.ts";
import { type Noise, watchNoise } from "./measure/noise.ts";
import type { Pinned } from "./measure/pin.ts";
import { openRandom } from "./random.ts";
import { hideSecrets } from "./secret.ts";
import { tellStrays } from "./strays.ts";

/** What stands beside the script's path when it is started again for a job. */
export const jobArgument = "job";

/** What the process of a job tells the run. */
export type JobSays<Said> =
  | { readonly kind: "started" }
  | { readonly kind: "done"; readonly witnessed: Witnessed | null; readonly sighted: Sighting | null }
  | { readonly kind: "said"; readonly said: Said }
  | { readonly kind: "turn" }
  | { readonly kind: "alive" }
  | { readonly kind: "guard"; readonly pid: number }
  | { readonly kind: "failed"; readonly by: "user" | "measurement"; readonly message: string };

/** How often a job says that it is there, whatever it does. */
const heartbeatMs = 5_000;

/** What the processes of a job were bound to, and what was taken from them. */
export interface Witnessed {
  readonly pinned: Pinned;
  readonly noise: Noise | null;
}

/** Whether this process was started for a job. */
export function isForJob(): boolean {
  return Bun.argv[2] === jobArgument && process.send !== undefined;
}

/**
 * Does the job that the run tells this process, which ends with its work or with the run. What failed is told; a fault of
 * ours shows its stack, and the exit code is 1.
 */
export async function doJob<Job, Said>(
  run: (job: Job, tools: JobTools<Said>) => Promise<void>,
  canaries: readonly CanaryName[] = [],
): Promise<void> {
  const parent = joinParent<Job>();
  const say = (message: JobSays<Said>) => parent.say(message);
  const opened = new AsyncDisposableStack();
  // The work and the run may end at once; whoever comes second waits for what the first is closing.
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= opened.disposeAsync();
    return closing;
  };
  // What fails once the run is over is no fault: it is being closed, or Ctrl-C has reached a child of ours too.
  let over = false;
  const stop = () => {
    over = true;
  };
  process.on("SIGINT", stop);
  void parent.ended
    .then(stop)
    .then(close)
    .then(() => process.exit());
  const told = await parent.tells.next();
  if (told.done) return;
  void say({ kind: "started" });
  tellStrays();
  setInterval(() => void say({ kind: "alive" }), heartbeatMs).unref();
  let witness = (): Witnessed | null => null;
  const keepWitness = () => {
    const witnessed = witness();
    witness = () => witnessed;
  };
  let sighted: Sighting | null = null;
  try {
    await using _ = { [Symbol.asyncDispose]: close };
    await run(told.value, {
      opened,
      say: (said) => void say({ kind: "said", said }),
      guard: (pid) => void say({ kind: "guard", pid }),
      async turn() {
        if (!isBeside()) return;
        await say({ kind: "turn" });
        await parent.tells.next();
      },
      watch(pids, pinned) {
        const stop = watchNoise(pids, pinned.cores);
        witness = () => ({ pinned, noise: stop() });
        return keepWitness;
      },
    });
    keepWitness();
    sighted = await sight(canaries);
  } catch (error) {
    // A signal waits for the next turn, while the death that it brought is seen at once.
    await setImmediate();
    if (over) return;
    // What others said may stand in it, and only this process knows which of that is secret.
    const message = hideSecrets(error instanceof Error ? error.message : "");
    if (error instanceof UsageError) return say({ kind: "failed", by: "user", message });
    if (error instanceof MeasurementError || error instanceof ToolError)
      return say({ kind: "failed", by: "measurement", message });
    console.error(error);
    process.exit(1);
  }
  await say({ kind: "done", witnessed: witness(), sighted });
}

/** Of the time that a job has taken, what looking for canaries may take. */
const shareOfCanaries = 0.03;

/** What is known, looked for by the process of a job that is done, as it is bound to cores. */
async function sight(canaries: readonly CanaryName[]): Promise<Sighting | null> {
  if (canaries.length === 0) return null;
  const maxMs = shareOfCanaries * performance.now();
  // Who looks for none reads its own heap, perhaps.
  const { lookForCanaries } = await import("./measure/canary.ts");
  // No figure hangs on the orders, and those of two jobs must differ.
  return lookForCanaries({ canaries, maxMs, random: openRandom(process.pid) });
}
