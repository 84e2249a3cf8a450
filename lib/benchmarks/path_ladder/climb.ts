import type { JobTools } from "../../experiment.ts";
import type { Pair } from "../../judge/pairs.ts";
import { type Caller, openCaller } from "../../measure/caller.ts";
import { compareAnswers } from "../../measure/compare_answers.ts";
import { pinTogether } from "../../measure/pin.ts";
import { planVisits } from "../../measure/plan_visits.ts";
import { serversOf } from "../../measure/servers.ts";
import { visit } from "../../measure/visit.ts";
import { openRandom } from "../../random.ts";
import type { Runtime } from "../../runtimes/runtime.ts";
import { perVisit } from "./options.ts";
import type { Climb, Plan } from "./plan.ts";
import type { Job, Said } from "./said.ts";

/**
 * Holds the answers of all rungs against each other, warms them up, and visits all of them in turns, and each of them in
 * turns with its base alone. Throws a `MeasurementError` when a call fails or answers differ.
 */
export async function climb(
  hosts: readonly Runtime[],
  { climbs, bases }: Plan,
  { round, given }: Pick<Job, "round" | "given">,
  { opened, say, turn, watch }: JobTools<Said>,
): Promise<void> {
  const timeoutMs = given.timeout * 1e3;
  const callers = hosts.map((host) => opened.use(openCaller(host, { timeoutMs })));
  const swift = climbs.filter(({ isSlow }) => !isSlow);
  await compareAnswers(
    callers,
    climbs.map(({ testCase }) => testCase),
  );
  await turn();
  // It is how often code runs that has it compiled, so that all may warm up at once, and on all cores; but tools of one
  // process may share what they keep.
  const processes = Map.groupBy(callers, ({ runtime }) => runtime.pid);
  await Promise.all([...processes.values()].map((own) => warmUp(own, swift, given.warmup)));
  const servers = serversOf(hosts);
  const stop = watch([process.pid, ...servers], pinTogether(given.pin, servers));
  const random = openRandom(given.seed, round);
  for (const { of: one, ...how } of planVisits(climbs, { arms: callers.length, perVisit, random })) {
    const { of, testCase } = one;
    const { count } = how;
    await turn();
    const all = await visit(callers, testCase, how);
    const pairs = new Array<Pair | null>(callers.length).fill(null);
    for (const [at, two] of random.shuffle(pairsOf(callers, bases))) {
      await turn();
      const order = random.shuffle([0, 1]);
      const [candidate = [], reference = []] = await visit(two, testCase, { count, order, cold: false });
      pairs[at] = { candidate, reference };
    }
    say({ kind: "visited", of, branch: testCase.branch, all, pairs });
  }
  for (const caller of callers) caller.conclude();
  // What counts bytes later starts processes of its own, which nobody watches.
  stop();
}

/** The rungs that stand on another, by their places, each with that one. */
function pairsOf(callers: readonly Caller[], bases: Plan["bases"]): [at: number, two: Caller[]][] {
  return callers.flatMap((caller, at): [number, Caller[]][] => {
    const base = callers[bases[at] ?? -1];
    return base ? [[at, [caller, base]]] : [];
  });
}

/** Makes so many calls on each, one after another, shared out among the tools. */
async function warmUp(callers: readonly Caller[], climbs: readonly Climb[], calls: number): Promise<void> {
  for (const caller of callers)
    for (const { testCase } of climbs) {
      const series = await caller.open(testCase);
      for (let n = 0; n < calls / climbs.length; n++) await series.attempt();
      await series.close();
    }
}
