import type { Trial } from "../case.ts";
import { Histogram } from "../judge/histogram.ts";
import type { Random } from "../random.ts";
import { openBreath, untilStopped } from "./closed_loop.ts";
import { type Account, type LoadOptions, openLoad, type RunningLoad } from "./load.ts";
import { type Load, pool } from "./tally.ts";

export interface OpenLoop extends LoadOptions {
  /** Calls started per second. */
  readonly rate: number;
  /** Draws the arrivals of a Poisson process; with `null` they are evenly spaced. */
  readonly random: Random | null;
  /** With this many calls in flight the sending ends; 10,000 by default. */
  readonly maxInFlight?: number;
}

/** What a load on a schedule did. */
export interface OpenLoad extends Load {
  readonly offeredPerSecond: number;
  /** Successful calls per second, until the last one ended. */
  readonly achievedPerSecond: number;
  /** Planned calls that were not made, because too many were in flight. */
  readonly unsent: number;
  /** From the intended start of each planned call to its answer, in their order; `null` where there was none. */
  readonly responsesNs: readonly (number | null)[];
  /** How late the calls started. */
  readonly lateness: Histogram;
  /** Why the answers did not keep up with the calls; `null` when they did. */
  readonly saturated: string | null;
}

/** Calls prepared in advance, so that a server that stalls does not hold up the schedule by holding up preparations. */
const preparedAhead = 256;
/** What may be left behind of each second's calls; a server that keeps up leaves none, whatever each of them takes. */
const tolerance = 0.05;

/**
 * Starts every planned call at its instant, whatever became of those before. Fails as `runClosedLoop` does.
 * Waiting for the instants takes a whole core: a timer alone is up to 1 ms late.
 */
export async function runOpenLoop(options: OpenLoop): Promise<OpenLoad> {
  const { caller, plan, rate, random, maxInFlight = 10_000 } = options;
  const { now } = caller;
  const load = await openLoad(options);
  const lateness = new Histogram();
  const responsesNs = plan.map((): number | null => null);
  const [starts, backlog] = [openTrend(), openTrend()];
  let sent = 0;
  let scheduledNs = 0;

  await untilStopped(options.signal, async (run, fail) => {
    const trials = openPreparation(load, fail);
    await trials.filled;
    const beginNs = now();
    const breathe = openBreath();
    const allLanded = Promise.withResolvers<void>();
    // The sender counts as one in flight, so that not all have landed before all were sent.
    let inFlight = 1;
    const land = () => {
      inFlight -= 1;
      if (inFlight === 0) allLanded.resolve();
    };
    const launch = async (account: Account, trial: Trial, nth: number, offsetNs: number) => {
      inFlight += 1;
      backlog.add(offsetNs / 1e9, inFlight);
      const { startNs, endNs } = await load.make(account, trial, beginNs + offsetNs);
      if (endNs !== null) responsesNs[nth] = endNs - beginNs - offsetNs;
      lateness.record(startNs - beginNs - offsetNs);
      starts.add(offsetNs, startNs - beginNs);
      land();
    };

    for (const account of load.accounts) {
      const trial = await trials.next();
      const turn = breathe(now());
      if (turn) await turn;
      await until(beginNs + scheduledNs, now);
      if (run.halted) return;
      if (inFlight > maxInFlight) break;
      launch(account, trial, sent, scheduledNs).catch(fail);
      sent += 1;
      scheduledNs += (random ? -Math.log(1 - random.fraction()) : 1) * (1e9 / rate);
    }
    land();
    await allLanded.promise;
  });

  const done = await load.conclude();
  return {
    ...done,
    offeredPerSecond: (sent * 1e9) / scheduledNs,
    achievedPerSecond: (pool(done.tallies).ok * 1e3) / Math.max(scheduledNs / 1e6, done.elapsedMs),
    unsent: plan.length - sent,
    responsesNs,
    lateness,
    saturated: saturation(),
  };

  function saturation(): string | null {
    if (sent < plan.length) return `${maxInFlight} calls were in flight at once`;
    const behind = starts.slope() - 1;
    if (behind > tolerance) return `each second the client fell ${Math.round(behind * 1e3)} ms behind`;
    const left = backlog.slope();
    if (left > tolerance * rate) return `each second left ${Math.round(left)} more calls without an answer`;
    return null;
  }
}

/** Prepares the calls of a plan in their order, some way ahead. */
function openPreparation({ accounts }: RunningLoad, fail: (error: unknown) => void) {
  const prepare = ({ series }: Account) => {
    const trial = Promise.try(series.prepare);
    trial.catch(fail);
    return trial;
  };
  const ready = accounts.slice(0, preparedAhead).map(prepare);
  let prepared = ready.length;
  return {
    filled: Promise.all(ready),
    next() {
      const account = accounts[prepared++];
      if (account) ready.push(prepare(account));
      const trial = ready.shift();
      if (!trial) throw new RangeError("Cannot prepare another call: the plan has no more");
      return trial;
    },
  };
}

/**
 * Every turn of the event loop leaves garbage. At 10,000 calls a second a million turns a second made p99 of the
 * lateness 0.2 to 5 ms by collecting it; with this much spinning in each it is 60 us. An answer waits no longer for it.
 */
const spinNs = 5_000;

/** Sleeps until shortly before the instant, then gives way to the event loop again and again until it has come. */
async function until(instantNs: number, now: () => number): Promise<void> {
  const sleepMs = Math.floor((instantNs - now()) / 1e6 - 2);
  if (sleepMs > 0) await Bun.sleep(sleepMs);
  await new Promise<void>((resolve) => {
    const turn = () => {
      const spunNs = Math.min(instantNs, now() + spinNs);
      while (now() < spunNs);
      if (now() < instantNs) setImmediate(turn);
      else resolve();
    };
    turn();
  });
}

/** The slope of y over x by least squares. */
function openTrend() {
  let [n, meanX, meanY, squares, products] = [0, 0, 0, 0, 0];
  return {
    add(x: number, y: number) {
      n += 1;
      const fromX = x - meanX;
      meanX += fromX / n;
      meanY += (y - meanY) / n;
      squares += fromX * (x - meanX);
      products += fromX * (y - meanY);
    },
    slope: () => products / squares,
  };
}
