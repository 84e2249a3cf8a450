import { type ClientOptions, openClient } from "./client.ts";
import type { Load } from "./tally.ts";

export interface LoadOptions extends ClientOptions {
  readonly signal: AbortSignal;
}

export interface ClosedLoop extends LoadOptions {
  /** How many callers there are; each makes its next call when its last one ended. */
  readonly concurrency: number;
}

/**
 * Makes all planned calls, at most `concurrency` at a time. Throws a `MeasurementError` as soon as a call fails, though
 * others never return, unless `onError` is `count`; and the signal's reason when it is aborted. To warm up, run
 * another one before it.
 */
export async function runClosedLoop(options: ClosedLoop): Promise<Load> {
  using client = await openClient(options, Bun.nanoseconds);
  // One sequence for all callers: no call is made twice, and none is left to a caller that is slow.
  const calls = client.lanes.values();
  const breathe = openBreath();
  await untilStopped(options.signal, async (run) => {
    const caller = async () => {
      for (const lane of calls) {
        const trial = client.prepare(lane);
        const startNs = await client.make(lane, trial instanceof Promise ? await trial : trial);
        const turn = breathe(startNs);
        if (turn) await turn;
        if (run.halted) return;
      }
    };
    await Promise.all(Array.from({ length: options.concurrency }, caller));
  });
  return await client.conclude();
}

/** Runs until it ends, fails or is aborted; what is still at it then sees that it is halted. */
export async function untilStopped(
  signal: AbortSignal,
  run: (state: { readonly halted: boolean }, fail: (error: unknown) => void) => Promise<void>,
): Promise<void> {
  signal.throwIfAborted();
  // A property of ours: a signal's is native, and reading it for every call costs throughput.
  const state = { halted: false };
  const failed = Promise.withResolvers<never>();
  const stop = () => failed.reject(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  try {
    await Promise.race([run(state, failed.reject), failed.promise]);
  } finally {
    signal.removeEventListener("abort", stop);
    state.halted = true;
  }
}

const breathNs = 10e6;

/**
 * Sees to it that the event loop turns. Calls in the same process may run on microtasks alone, and then no timer, no
 * monitor and no Ctrl-C would get a turn until the last of them ended. Given the time, answers what to wait for, if
 * anything.
 */
export function openBreath(): (nowNs: number) => Promise<void> | undefined {
  let turnedNs = Bun.nanoseconds();
  let turn: Promise<void> | undefined;
  return (nowNs) => {
    const sinceNs = nowNs - turnedNs;
    if (sinceNs < breathNs) return;
    turn ??= new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      turnedNs = Bun.nanoseconds();
      turn = undefined;
    });
    // While calls wait for a server it turns by itself; waiting for it then costs 7 % of the throughput. Otherwise
    // all callers wait for the same turn: it does not come before the last of them lets go.
    if (sinceNs > 2 * breathNs) return turn;
  };
}
