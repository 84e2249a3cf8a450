import { MeasurementError } from "../../errors.ts";
import type { Blocks } from "../../judge/pairs.ts";
import type { Caller } from "../../measure/caller.ts";
import { runClosedLoop } from "../../measure/closed_loop.ts";
import { openMeter, type Usage } from "../../measure/meter.ts";
import { drawOrders } from "../../measure/orders.ts";
import { type PackedLoad, packLoad } from "../../measure/tally.ts";
import { takeTurns, thereAndBack } from "../../measure/turns.ts";
import { openRandom, type Random } from "../../random.ts";
import type { Arm } from "../../runtimes/arms.ts";
import type { Opened } from "../rounds.ts";
import type { Given } from "./options.ts";
import { OutcomeBook, type Outcomes } from "./outcomes.ts";
import { type PlannedStep, planWorkflows, type Scenario, scenarios } from "./scenarios.ts";
import { submissions } from "./submissions.ts";

interface Submitted {
  readonly scenario: Scenario;
  /** Which of the runtimes it was. */
  readonly arm: number;
  readonly clientPid: number;
  readonly serverPid: number;
  readonly outcomes: Outcomes;
}

/** What one round found of a scenario on one runtime, one workflow at a time. */
export interface Alone extends Submitted {
  readonly kind: "alone";
  /** Times of the submissions, in nanoseconds. */
  readonly blocks: Blocks;
}

interface Many extends Submitted {
  readonly concurrency: number;
  readonly load: PackedLoad;
  /** Until the last workflow ended. */
  readonly client: Usage;
  readonly server: Usage;
}

/** The same with many submissions in flight. */
export interface Together extends Many {
  readonly kind: "together";
}

/** The same as one of the loads of a sweep. */
export interface Swept extends Many {
  readonly kind: "sweep";
}

export type Measured = Alone | Together | Swept;
export type Said = Opened | Measured;

export type InRound<What> = What & { readonly round: number };

/** Workflows to submit, in this order. */
export interface Batch {
  readonly scenario: Scenario;
  readonly workflows: readonly (readonly PlannedStep[])[];
  /** The longest wait for them to end. */
  readonly timeoutMs: number;
}

/** So many workflows of a scenario: the same in every round and on every runtime, so that what they leave can be compared. */
export function batchOf(scenario: Scenario, count: number, given: Given): Batch {
  const random = openRandom(given.seed, scenarios.indexOf(scenario));
  const workflows = planWorkflows(scenario, count, random, given);
  return { scenario, timeoutMs: given.timeout * 1000, workflows };
}

/** Workflows that each runtime runs before any of a scenario is measured. */
const warmup = 20;
/** In one turn of the runtimes, there and back: noise lives in tens of milliseconds. */
const perVisit = 20;

/** Submits the workflows on every runtime, each when the last one has ended, the runtimes in turns. */
export async function submitAlone(
  callers: readonly Caller[],
  { scenario, workflows, timeoutMs }: Batch,
  random: Random,
): Promise<Alone[]> {
  const arms = callers.map((caller, arm) => ({ caller, arm, book: new OutcomeBook(0) }));
  const open = (caller: Caller, book: OutcomeBook) =>
    caller.open(submissions({ workflows, timeoutMs, alone: true, book }));
  const warm = await Promise.all(callers.map((caller) => open(caller, new OutcomeBook(0))));
  for (let n = 0; n < warmup; n++) for (const series of warm) await series.attempt();

  const series = await Promise.all(arms.map(({ caller, book }) => open(caller, book)));
  const orders = drawOrders(callers.length, Math.ceil(workflows.length / perVisit), random);
  const turns = orders.flatMap((order, visit) =>
    thereAndBack(order, Math.min(perVisit, workflows.length - visit * perVisit)),
  );
  const blocks = await takeTurns(series, turns);
  return arms.map(({ caller, arm, book }) => ({
    ...{ kind: "alone", scenario, arm, ...pidsOf(caller), outcomes: book.close() },
    blocks: blocks[arm] ?? [],
  }));
}

/** Submits the workflows on one runtime, so many at a time, and waits until all have ended. */
export async function submitTogether(
  caller: Caller,
  { scenario, workflows, timeoutMs }: Batch,
  concurrency: number,
): Promise<Omit<Many, "arm">> {
  // One in the middle, while others are in flight.
  const book = new OutcomeBook(Math.ceil(workflows.length / 2));
  const { clientPid, serverPid } = pidsOf(caller);
  using meter = openMeter([clientPid, serverPid]);
  const ended = Promise.withResolvers<void>();
  const metered = meter.during("load", () => ended.promise);
  const onEnded = () => {
    ended.resolve();
    return metered;
  };
  const testCase = submissions({ workflows, timeoutMs, alone: false, book, onEnded });
  const plan = workflows.map(() => ({ group: scenario, testCase }));
  const running = runClosedLoop({ caller, plan, concurrency, onError: "count" });
  const [load] = await Promise.all([running, metered]);
  return {
    ...{ scenario, concurrency, clientPid, serverPid },
    load: packLoad(load),
    outcomes: book.close(),
    client: meter.usage("load", clientPid),
    server: meter.usage("load", serverPid),
  };
}

function pidsOf({ runtime }: Caller) {
  return { clientPid: process.pid, serverPid: runtime.pid };
}

/** Throws a `MeasurementError` when workflows failed, which no step is meant to, or none was completed. */
export function refuseFailures(measured: Measured, runtimes: readonly Arm[]): void {
  const { scenario, arm, outcomes } = measured;
  const { endings, faults } = outcomes;
  if (endings.failed + endings.cancelled === 0 && endings.completed > 0) return;
  const refused = measured.kind === "alone" ? [] : measured.load.tallies.flatMap(({ failed }) => [...failed]);
  const why = [...faults, ...refused.map(([code, count]) => `${count} submissions met "${code}"`)];
  throw new MeasurementError(`Cannot run "${scenario}" on ${runtimes[arm]?.name}: ${why.join("; ")}`);
}

/** What was measured, in a line for somebody who watches. */
export function describeLoad(said: Said, runtimes: readonly Arm[]): string {
  if (said.kind === "opened") return `opened in ${said.ms.toFixed(0)} ms`;
  const { scenario, arm, serverPid, outcomes } = said;
  const how = said.kind === "alone" ? "one at a time" : `${said.concurrency} at a time`;
  const where = `${runtimes[arm]?.name} in process ${serverPid}`;
  return `${scenario}, ${how}, on ${where}: ${outcomes.endings.completed} workflows completed`;
}
