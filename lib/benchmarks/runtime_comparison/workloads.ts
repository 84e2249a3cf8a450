import type { LeftOut } from "../../bring/callable.ts";
import type { Case } from "../../case.ts";
import { p2pCases } from "../../cases.ts";
import { generalCases } from "../../general/cases.ts";
import type { PlannedCall } from "../../measure/load.ts";
import type { Random } from "../../random.ts";

/** How often each tool is called. */
export interface Calls {
  readonly iterations: number;
  /** Of the tools that talk to peers and take milliseconds. */
  readonly slowIterations: number;
}

export function callsOf(testCase: Case, { iterations, slowIterations }: Calls): number {
  return testCase.slow ? slowIterations : iterations;
}

/** What is called, in the two groups that dual sends to different runtimes. */
export interface Subject {
  readonly p2p: readonly Case[];
  readonly general: readonly Case[];
  /** Those that need no preparation, so that a sweep over concurrencies sees the runtime and not the preparing. */
  readonly swept: readonly Case[];
}

/** What calls are drawn from, and by what. */
interface Drawn {
  readonly random: Random;
  readonly subject: Subject;
}

const swept = ["workflow_list", "task_list", "queue_stats", "worker_status", "peer_list"];

/** Our tools, without those that a quick look leaves out. */
export function ours(leftOut: readonly LeftOut[]): Subject {
  const p2p = p2pCases.filter(({ tool }) => !leftOut.some((one) => one.tool === tool));
  const unprepared = p2p.filter(({ tool }) => swept.includes(tool));
  return { p2p, general: generalCases, swept: [...unprepared, ...generalCases] };
}

/** As many calls of each P2P tool as `calls` says, in random order; of the others where there is none. */
export function planConcurrent(calls: Calls, { random, subject: { p2p, general } }: Drawn): PlannedCall[] {
  const [group, cases] = p2p.length > 0 ? ["p2p", p2p] : ["general", general];
  const plan = cases.flatMap((testCase) =>
    Array.from({ length: callsOf(testCase, calls) }, () => ({ group, testCase })),
  );
  return random.shuffle(plan);
}

/**
 * So many calls, each of them P2P with this probability and general otherwise. A tool that is called less often than
 * others is drawn less often too.
 */
export function planMixed(
  count: number,
  calls: Calls,
  p2pShare: number,
  { random, subject: { p2p, general } }: Drawn,
): PlannedCall[] {
  const share = p2p.length === 0 ? 0 : general.length === 0 ? 1 : p2pShare;
  return Array.from({ length: count }, () =>
    random.fraction() < share
      ? { group: "p2p", testCase: draw(p2p, calls, random) }
      : { group: "general", testCase: draw(general, calls, random) },
  );
}

const blockCalls = 400;

/** A plan in blocks of about 400 calls, between which sides take turns. */
export function blocksOf(plan: readonly PlannedCall[]): PlannedCall[][] {
  const count = Math.ceil(plan.length / blockCalls);
  const at = (block: number) => Math.floor((block * plan.length) / count);
  return Array.from({ length: count }, (_, block) => plan.slice(at(block), at(block + 1)));
}

/** As many calls of each as of any other, but for one. */
export function planSweep(count: number, { random, subject: { swept } }: Drawn): PlannedCall[] {
  const plan = Array.from({ length: count }, (_, n) => ({
    group: "sweep",
    testCase: at(swept, n % swept.length),
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
