import type { Case, Trial } from "../case.ts";
import { type Caller, cannotMeasure, type Series } from "./caller.ts";
import { type Load, openTally, type Tally } from "./tally.ts";

/** One call of a load. */
export interface PlannedCall {
  /** Whose figures it counts in, such as `p2p`. */
  readonly group: string;
  readonly testCase: Case;
}

export interface LoadOptions {
  readonly caller: Caller;
  /** Every call to be made, once each, in this order. */
  readonly plan: readonly PlannedCall[];
  /** Whether the first failed call ends the run, which is the default, or failed calls are counted. */
  readonly onError?: "stop" | "count";
  /** Ends the load when it is aborted. */
  readonly signal?: AbortSignal;
}

/** What the calls of one case in one group have in common: looked up once, not for every call. */
export interface Account {
  readonly series: Series;
  readonly tally: Tally;
}

export interface Booked {
  readonly startNs: number;
  /** `null` when it failed. */
  readonly endNs: number | null;
  /** No answer came in time. */
  readonly overdue: boolean;
}

/** Planned calls, and what becomes of them. The first one starts the clock. */
export interface RunningLoad {
  /** One for each planned call, in their order. */
  readonly accounts: readonly Account[];
  /** Makes a call that is prepared, books it, puts back what it changed, and answers when it started and ended. */
  make(account: Account, trial: Trial, intendedNs?: number): Promise<Booked>;
  /** Stops the clock, once no call is under way, and closes the cases. */
  conclude(): Promise<Load>;
}

/** Opens every case of the plan. Whatever `onError` says, fails as `openCaller` does. */
export async function openLoad({ caller, plan, onError = "stop" }: LoadOptions): Promise<RunningLoad> {
  const { runtime, now, area } = caller;
  const opened = new Map<Case, Series>();
  const accounts: Account[] = [];
  for (const { group, testCase } of plan) {
    const series = opened.get(testCase) ?? (await caller.open(testCase));
    opened.set(testCase, series);
    const account = accounts.findLast((one) => one.series === series && one.tally.group === group);
    accounts.push(account ?? { series, tally: openTally(group, testCase.tool) });
  }
  let started: { readonly ns: number; readonly area: number } | undefined;
  let issued = 0;
  let failedNs = 0;
  return {
    accounts,

    async make({ series, tally }, trial, intendedNs) {
      started ??= { area: area(), ns: now() };
      issued += 1;
      const { startNs, endNs, fault } = await series.make(trial);
      if (fault) {
        if (onError === "stop") throw cannotMeasure(series.tool, runtime, fault.what, fault.cause);
        tally.failed.set(fault.code, (tally.failed.get(fault.code) ?? 0) + 1);
        failedNs += endNs - startNs;
        return { startNs, endNs: null, overdue: fault.code === "timeout" };
      }
      tally.service.record(endNs - startNs);
      if (intendedNs !== undefined) tally.response.record(endNs - intendedNs);
      if (trial.restore) await trial.restore();
      return { startNs, endNs, overdue: false };
    },

    async conclude() {
      if (!started) throw new RangeError(`Cannot measure ${runtime.name}: no call is planned`);
      const elapsedNs = now() - started.ns;
      const meanInFlight = (area() - started.area) / elapsedNs;
      for (const series of opened.values()) await series.close();
      return {
        tallies: [...new Set(accounts.map(({ tally }) => tally))],
        issued,
        elapsedMs: elapsedNs / 1e6,
        failedMs: failedNs / 1e6,
        meanInFlight,
      };
    },
  };
}
