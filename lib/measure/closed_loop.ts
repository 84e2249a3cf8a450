import type { MeasurementError } from "../errors.ts";
import { cannotMeasure } from "./caller.ts";
import { type Account, type LoadOptions, openLoad } from "./load.ts";
import type { Load } from "./tally.ts";

export interface ClosedLoop extends LoadOptions {
  /** How many callers there are; each makes its next call when its last one ended. */
  readonly concurrency: number;
}

/**
 * Makes all planned calls, at most `concurrency` at a time. Throws a `MeasurementError` as soon as a call fails, though
 * others never return, unless `onError` is `count`, and then once more in a row than there are callers got no answer in
 * time; and the signal's reason when it is aborted. To warm up, run another one before it.
 */
export async function runClosedLoop(options: ClosedLoop): Promise<Load> {
  const load = await openLoad(options);
  // One sequence for all callers: no call is made twice, and none is left to a caller that is slow.
  const calls = load.accounts.values();
  const breathe = openBreath();
  // Calls in a row while each of which waited nothing at all was answered.
  let silent = 0;
  let answeredNs = 0;
  await untilStopped(options.signal, async (run) => {
    const caller = async () => {
      for (const account of calls) {
        const trial = account.series.prepare();
        const { startNs, endNs, overdue } = await load.make(
          account,
          trial instanceof Promise ? await trial : trial,
        );
        if (!overdue) answeredNs = endNs ?? startNs;
        silent = overdue && answeredNs < startNs ? silent + 1 : 0;
        if (silent > options.concurrency) throw unanswered(account, silent);
        const turn = breathe(startNs);
        if (turn) await turn;
        if (run.halted) return;
      }
    };
    await Promise.all(Array.from({ length: options.concurrency }, caller));
  });
  return await load.conclude();
}

function unanswered({ series }: Account, calls: number): MeasurementError {
  return cannotMeasure(series.tool, series.runtime, `${calls} calls in a row had no answer in time`);
}

/** Runs until it ends, fails or is aborted; what is still at it then sees that it is halted. */
export async function untilStopped(
  signal: AbortSignal | undefined,
  run: (state: { readonly halted: boolean }, fail: (error: unknown) => void) => Promise<void>,
): Promise<void> {
  signal?.throwIfAborted();
  // A property of ours: a signal's is native, and reading it for every call costs throughput.
  const state = { halted: false };
  const failed = Promise.withResolvers<never>();
  const stop = () => failed.reject(signal?.reason);
  signal?.addEventListener("abort", stop, { once: true });
  try {
    await Promise.race([run(state, failed.reject), failed.promise]);
  } finally {
    signal?.removeEventListener("abort", stop);
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
