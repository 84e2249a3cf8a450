import type { Caller } from "../../measure/caller.ts";
import { runClosedLoop } from "../../measure/closed_loop.ts";
import type { PlannedCall } from "../../measure/load.ts";
import { drawOrders } from "../../measure/orders.ts";
import { planVisits } from "../../measure/plan_visits.ts";
import { joinLoads, type Load, openTally, packLoad } from "../../measure/tally.ts";
import { visit } from "../../measure/visit.ts";
import type { Workload } from "./options.ts";
import type { LoadSaid, PointSaid, TrafficSaid } from "./said.ts";
import type { Side, Sides } from "./sides.ts";
import { type Calls, callsOf, planSweep } from "./workloads.ts";

/** Calls that go before the first block of a load, so that code is compiled. */
const warmupCalls = 50;
const perVisit = 10;

/** Every tool, one call at a time: the sides take turns in short visits. Code is `cold` unless each was called before. */
export async function runSequential(
  sides: Sides,
  calls: Calls,
  { cold }: { cold: boolean },
): Promise<(LoadSaid | TrafficSaid)[]> {
  const { all, random, turn, subject } = sides;
  const cases = [...subject.p2p, ...subject.general];
  const loads = all.map((): Load[] => []);
  const asked = cases.map((testCase) => ({ testCase, samples: callsOf(testCase, calls) }));
  const callers = all.map(({ caller }) => caller);
  for (const { of, ...how } of planVisits(asked, { arms: all.length, perVisit, random })) {
    const { testCase } = of;
    await turn();
    const blocks = await visit(callers, testCase, { ...how, cold: cold && how.cold });
    const group = subject.p2p.includes(testCase) ? "p2p" : "general";
    for (const [side, own] of blocks.entries()) loads[side]?.push(toLoad(group, testCase.tool, own.flat()));
  }
  return tell("sequential", sides, loads, () => null);
}

function toLoad(group: string, tool: string, times: readonly number[]): Load {
  const tally = openTally(group, tool);
  for (const ns of times) tally.service.record(ns);
  const elapsedMs = tally.service.sumNs / 1e6;
  return { tallies: [tally], issued: times.length, elapsedMs, failedMs: 0, meanInFlight: 1 };
}

/** Callers in a closed loop: the sides take turns in blocks of the same planned calls. */
export async function runClosed(
  workload: Workload,
  sides: Sides,
  blocks: readonly (readonly PlannedCall[])[],
): Promise<(LoadSaid | TrafficSaid)[]> {
  const { meter, given } = sides;
  const loads = await takeTurns(
    sides,
    blocks,
    { concurrency: given.concurrency, isCold: true },
    (side, run) => meter.during(`${workload} ${side.name}`, run),
  );
  return tell(workload, sides, loads, ({ name, serverPid }) => ({
    client: meter.usage(`${workload} ${name}`, process.pid),
    server: meter.usage(`${workload} ${name}`, serverPid),
  }));
}

/** The same for each concurrency of a sweep, of calls that need no preparation. */
export async function runSweep(sides: Sides, callsAt: (concurrency: number) => number): Promise<PointSaid[]> {
  const points: PointSaid[] = [];
  for (const [n, concurrency] of sides.random.shuffle(sides.given.sweep).entries()) {
    const swept = { ...sides, all: sides.all.slice(0, sides.given.runtimes.length) };
    const loads = await takeTurns(
      swept,
      [planSweep(callsAt(concurrency), sides)],
      { concurrency, isCold: n === 0 },
      (_, run) => run(),
    );
    for (const [side, { name }] of swept.all.entries())
      points.push({
        kind: "point",
        runtime: name,
        concurrency,
        load: packLoad(joinLoads(loads[side] ?? [])),
      });
  }
  return points;
}

async function takeTurns(
  { all, random, turn }: Sides,
  blocks: readonly (readonly PlannedCall[])[],
  { concurrency, isCold }: { concurrency: number; isCold: boolean },
  during: (side: Side, run: () => Promise<Load>) => Promise<Load>,
): Promise<Load[][]> {
  const loads = all.map((): Load[] => []);
  const [first = []] = blocks;
  const run = (caller: Caller, plan: readonly PlannedCall[]) => runClosedLoop({ caller, plan, concurrency });
  if (isCold) for (const { caller } of all) await run(caller, first.slice(0, warmupCalls));
  for (const [n, order] of drawOrders(all.length, blocks.length, random).entries()) {
    await turn();
    for (const index of order) {
      const [side, plan = []] = [all[index], blocks[n]];
      if (side) loads[index]?.push(await during(side, () => run(side.caller, plan)));
    }
  }
  return loads;
}

/** What a workload did on each side, and where the router sent its calls meanwhile. */
function tell(
  workload: Workload,
  { all, traffic }: Sides,
  loads: readonly (readonly Load[])[],
  usageOf: (side: Side) => LoadSaid["usage"],
): (LoadSaid | TrafficSaid)[] {
  const told = all.map((side, index): LoadSaid => {
    const load = packLoad(joinLoads(loads[index] ?? []));
    return { kind: "load", workload, runtime: side.name, load, usage: usageOf(side) };
  });
  const routed = traffic.take().map((one): TrafficSaid => ({ kind: "traffic", workload, ...one }));
  return [...told, ...routed];
}
