import { MeasurementError, UsageError } from "../../errors.ts";
import { Histogram } from "../../judge/histogram.ts";
import type { Caller } from "../../measure/caller.ts";
import type { PlannedCall } from "../../measure/load.ts";
import { type OpenLoad, runOpenLoop } from "../../measure/open_loop.ts";
import { drawOrders } from "../../measure/orders.ts";
import { joinLoads, type Load, packLoad, pool, throughput, unpackLoad } from "../../measure/tally.ts";
import { openRandom, type Random } from "../../random.ts";
import type { LoadSaid, Rate, RateSaid, TrafficSaid } from "./said.ts";
import type { Side, Sides } from "./sides.ts";

/** The parts of what the slowest side sustains that are offered to all. */
const shares = [
  ["a third", 1 / 3],
  ["two thirds", 2 / 3],
] as const;

/** What is tried, as parts of the calls per second that callers make: downwards, in steps. */
const step = 0.75;
const leastShare = 0.15;
/** Long enough that what prepares calls takes its part too. */
const trialSeconds = 0.4;
/** How many times the median response under light load it may be, where calls do not wait for each other yet. */
const mostWaiting = 2;

type PlanMixed = (count: number) => readonly PlannedCall[];

/**
 * What to offer: what was asked for, or parts of the highest rate tried that every side sustains: its answers keep up, and
 * the median response of general tools is at most twice that at the least rate. Throws a `MeasurementError` when not even
 * that is kept up with.
 */
export async function ratesFor(
  loads: readonly (LoadSaid | TrafficSaid)[],
  sides: Sides,
  plan: PlanMixed,
): Promise<Rate[]> {
  const { given } = sides;
  if (given.rate !== undefined) return [{ share: "as asked", perSecond: given.rate }];
  const rates = loads.flatMap((said) => (said.kind === "load" ? [throughput(unpackLoad(said.load))] : []));
  const most = Math.min(...rates);
  const least = most * leastShare;
  const attempt = async (rate: number) => {
    const calls = plan(Math.ceil(rate * trialSeconds));
    const tried: OpenLoad[] = [];
    for (const { caller } of judgedOf(sides))
      tried.push(await offer(caller, calls, rate, openRandom(given.seed)));
    return tried.map((load) => ({ keptUp: load.saturated === null, medianNs: generalMedianNs(load) ?? 0 }));
  };
  const isKeptUp = (tried: Awaited<ReturnType<typeof attempt>>) => tried.every(({ keptUp }) => keptUp);
  // Each rate twice: what disturbs one trial is no limit, and had the rate found differ threefold from run to run.
  const first = await attempt(least);
  const light = isKeptUp(first) ? first : await attempt(least);
  if (!isKeptUp(light))
    throw new MeasurementError(
      `Cannot offer calls at equal rates: ${least.toFixed(0)}/s are not kept up with`,
    );
  const isSustained = async (rate: number) =>
    (await attempt(rate)).every(
      ({ keptUp, medianNs }, n) => keptUp && medianNs <= mostWaiting * (light[n]?.medianNs ?? 0),
    );
  let rate = most * step;
  while (rate > least && !(await isSustained(rate)) && !(await isSustained(rate))) rate *= step;
  const sustained = Math.max(rate, least);
  return shares.map(([share, part]) => ({ share, perSecond: Math.round(sustained * part) }));
}

/** The median response time of general tools; `null` without any. */
function generalMedianNs({ tallies }: Load): number | null {
  const { response } = pool(tallies.filter(({ group }) => group === "general"));
  return response.n === 0 ? null : response.percentile(0.5);
}

/** So short that most blocks see nothing but the load itself, and all that their calls need is prepared before. */
const rateBlockCalls = 100;

/**
 * So many calls on a schedule at each rate, at most those of 0.75 s, the same for every side: they take turns in blocks.
 * Throws a `UsageError` when no side keeps up with a rate that was asked for.
 */
export async function runRates(
  sides: Sides,
  rates: readonly Rate[],
  plan: PlanMixed,
  most: number,
): Promise<RateSaid[]> {
  const { random, given, round, turn } = sides;
  const judged = judgedOf(sides);
  const said: RateSaid[] = [];
  for (const [which, rate] of rates.entries()) {
    const loads = judged.map((): Offered[] => []);
    const count = Math.ceil(Math.min(most, 0.75 * rate.perSecond));
    const blocks = Math.ceil(count / rateBlockCalls);
    for (const [block, order] of drawOrders(judged.length, blocks, random).entries()) {
      await turn();
      const calls = plan(Math.ceil(count / blocks));
      for (const index of order) {
        const caller = judged[index]?.caller;
        const arrivals = given.arrivals === "poisson" ? openRandom(given.seed, round, which, block) : null;
        if (caller) loads[index]?.push(await offer(caller, calls, rate.perSecond, arrivals));
      }
    }
    const offered = judged.map(({ name }, index) => toRate(rate, name, loads[index] ?? []));
    if (
      given.rate !== undefined &&
      offered.length > 0 &&
      offered.every(({ saturated }) => saturated.length > 0)
    )
      throw new UsageError(
        `Cannot offer ${given.rate} calls a second: no runtime keeps up; take a lower --rate`,
      );
    said.push(...offered);
  }
  return said;
}

/** The sides whose general tools other processes serve; nothing is claimed of what the control would limit. */
function judgedOf({ all, given }: Sides): Side[] {
  return all.slice(0, given.runtimes.length).filter(({ serverPid }) => serverPid !== process.pid);
}

interface Offered extends OpenLoad {
  /** The response time of each planned call of a general tool; `null` where there was no answer. */
  readonly generalNs: readonly (number | null)[];
}

async function offer(
  caller: Caller,
  calls: readonly PlannedCall[],
  rate: number,
  random: Random | null,
): Promise<Offered> {
  const plan = calls.filter(({ testCase }) => !testCase.exclusive);
  const load = await runOpenLoop({ caller, plan, rate, random });
  return { ...load, generalNs: load.responsesNs.filter((_, n) => plan[n]?.group === "general") };
}

function toRate(rate: Rate, runtime: string, loads: readonly Offered[]): RateSaid {
  const joined = joinLoads(loads);
  const stuck = loads.flatMap(({ saturated }) => saturated ?? []);
  const lateness = new Histogram();
  for (const load of loads) lateness.merge(load.lateness);
  const seconds = loads.reduce((sum, { issued, offeredPerSecond }) => sum + issued / offeredPerSecond, 0);
  return {
    kind: "rate",
    ...rate,
    runtime,
    load: packLoad(joined),
    offeredPerSecond: joined.issued / seconds,
    achievedPerSecond: throughput(joined),
    unsent: loads.reduce((sum, { unsent }) => sum + unsent, 0),
    // One short block may happen to end in a queue; that answers do not keep up shows in most of them.
    saturated: stuck.length > loads.length / 2 ? stuck.slice(0, 1) : [],
    lateness: lateness.toJSON(),
    generalNs: loads.flatMap(({ generalNs }) => generalNs),
  };
}
