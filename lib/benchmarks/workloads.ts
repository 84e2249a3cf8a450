import { generalCases } from "../cases/general.ts";
import { p2pCases } from "../cases.ts";
import type { Case } from "../measure/case.ts";
import type { PlannedCall } from "../measure/client.ts";
import type { Random } from "../random.ts";

/** How often each tool is called. */
export interface Calls {
  readonly iterations: number;
  /** Of the tools that talk to peers and take milliseconds. */
  readonly slow_iterations: number;
}

export function callsOf(testCase: Case, { iterations, slow_iterations }: Calls): number {
  return testCase.slow ? slow_iterations : iterations;
}

/** As many calls of each P2P tool as `calls` says, in random order. */
export function planConcurrent(calls: Calls, random: Random): PlannedCall[] {
  const plan = p2pCases.flatMap((testCase) =>
    Array.from({ length: callsOf(testCase, calls) }, () => ({ group: "p2p", testCase })),
  );
  return random.shuffle(plan);
}

/**
 * As many calls as that, each of them P2P with this probability and general otherwise. A tool that is called less often
 * than others is drawn less often too.
 */
export function planMixed(calls: Calls, p2pShare: number, random: Random): PlannedCall[] {
  const total = p2pCases.reduce((sum, testCase) => sum + callsOf(testCase, calls), 0);
  return Array.from({ length: total }, () =>
    random.fraction() < p2pShare
      ? { group: "p2p", testCase: draw(p2pCases, calls, random) }
      : { group: "general", testCase: draw(generalCases, calls, random) },
  );
}

/** Calls that need no preparation, so that a sweep over concurrencies sees the runtime and not the preparing. */
export function planSweep(count: number, random: Random): PlannedCall[] {
  const tools = ["workflow_list", "task_list", "queue_stats", "worker_status", "peer_list"];
  const cases = [...p2pCases.filter(({ tool }) => tools.includes(tool)), ...generalCases];
  const plan = Array.from({ length: count }, (_, n) => ({
    group: "sweep",
    testCase: at(cases, n % cases.length),
  }));
  return random.shuffle(plan);
}

function draw(cases: readonly Case[], calls: Calls, random: Random): Case {
  const total = cases.reduce((sum, testCase) => sum + callsOf(testCase, calls), 0);
  let left = random.fraction() * total;
  for (const testCase of cases) {
    left -= callsOf(testCase, calls);
    if (left < 0) return testCase;
  }
  return at(cases, cases.length - 1);
}

function at(cases: readonly Case[], index: number): Case {
  const testCase = cases[index];
  if (!testCase) throw new RangeError(`Cannot take case ${index} of ${cases.length}`);
  return testCase;
}
