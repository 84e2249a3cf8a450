import { audit } from "../measure/audit.ts";
import { judgeNotSlower } from "../measure/judge.ts";
import type { Check, Criterion, MemoryUsage } from "../result.ts";
import type { Run } from "../run.ts";
import { gcEvery } from "./memory_collections.ts";
import { connectionKinds } from "./memory_connections.ts";
import {
  type Measured,
  select,
  sumUpBaseline,
  sumUpCollections,
  sumUpLeaks,
  sumUpRequests,
} from "./memory_figures.ts";
import { canary, type MemoryEvent, type MemoryJob, memoryRuntimes } from "./memory_usage.ts";

/** What was asked for. */
export interface MemoryPlan {
  readonly jobs: readonly Pick<MemoryJob, "test" | "runtime" | "tools">[];
  /** The most bytes per call that are no leak. */
  readonly threshold: number;
  /** What direct may take more memory than http, in percent. */
  readonly margin: number;
}

type Leak = MemoryUsage["leak_detection"][number];

/** Sums up and judges what was measured so far. */
export function judgeMemory(
  measured: readonly Measured[],
  plan: MemoryPlan,
  run: Run,
  complete: boolean,
): MemoryUsage {
  const leaks = sumUpLeaks(measured);
  const collections = sumUpCollections(measured);
  return {
    benchmark: "memory_usage",
    ...run.fields(auditMemory(measured, leaks, plan), complete),
    criteria: [...judgeMost(measured, plan.margin), ...judgeLeaks(leaks, plan)],
    baseline: sumUpBaseline(measured),
    per_request: sumUpRequests(measured),
    leak_detection: leaks,
    gc_impact: collections,
  };
}

/** What it takes to serve, as resident memory: the one process of direct calls, and over HTTP the server's alone. */
function judgeMost(measured: readonly Measured[], margin: number): Criterion[] {
  const served = select(measured, "stage").filter(({ stage }) => stage === "served");
  const ratios = served
    .filter(({ runtime }) => runtime === "direct")
    .flatMap(({ round, rss_bytes }) => {
      const http = served.find((reading) => reading.runtime === "http" && reading.round === round);
      return http ? [Math.log(rss_bytes / http.rss_bytes)] : [];
    });
  if (ratios.length === 0) return [];
  const { percent, smallestEffect, status } = judgeNotSlower(ratios, margin);
  return [
    {
      name: "resident memory that the direct process takes more than the HTTP server",
      target: `at most ${margin} %`,
      ...percent,
      unit: "%",
      smallest_effect: smallestEffect,
      status,
    },
  ];
}

/** One criterion for all tools of a runtime: what would leak unseen in one of them is not met by the others. */
function judgeLeaks(leaks: readonly Leak[], { jobs, threshold }: MemoryPlan): Criterion[] {
  const judged = (name: string, due: number, found: readonly Leak[], blind: boolean): Criterion[] => {
    const [worst] = found.toSorted(byGravity);
    if (!worst) return [];
    const has = (verdict: Leak["verdict"]) => found.some((leak) => leak.verdict === verdict);
    const unsure = blind || found.length < due || has("insufficient data");
    return [
      {
        name: `${name}, the most of ${found.length} (${worst.tool_name})`,
        target: `at most ${threshold} B per call`,
        ...(worst.bytes_per_call ?? { estimate: growth(worst), low: null, high: null }),
        unit: "B per call",
        smallest_effect: null,
        status: has("leak") ? "missed" : unsure ? "inconclusive" : "met",
      },
    ];
  };
  return memoryRuntimes.flatMap((runtime) => {
    const here = leaks.filter((leak) => leak.runtime === runtime);
    const tests = jobs.filter((job) => job.test === "leak_detection" && job.runtime === runtime);
    const connections = tests.filter(({ tools }) =>
      connectionKinds.some(({ name }) => tools.includes(name)),
    ).length;
    const canaries = tests.filter(({ tools }) => tools.includes(canary)).length;
    // Who missed a known leak cannot say that there is no other.
    const blind = here.some(({ subject, verdict }) => subject === "canary" && verdict !== "leak");
    return [
      ...judged(
        `${runtime}: memory that a call leaves behind`,
        tests.length - connections - canaries,
        here.filter(({ subject }) => subject === "tool"),
        blind,
      ),
      ...judged(
        `${runtime}: memory that a client leaves behind that is suddenly gone`,
        connections,
        here.filter(({ subject }) => subject === "connection"),
        blind,
      ),
    ];
  });
}

const gravity = { "no leak": 0, "insufficient data": 1, leak: 2 } as const;

/** A leak is worse than a doubt, and among the same the larger one is. */
function byGravity(a: Leak, b: Leak): number {
  const high = ({ bytes_per_call }: Leak) => bytes_per_call?.high ?? Number.MAX_VALUE;
  return gravity[b.verdict] - gravity[a.verdict] || high(b) - high(a);
}

/** All that too few readings can tell: the last less the first. */
function growth({ samples }: Leak): number {
  const [first, last] = [samples[0], samples.at(-1)];
  return first && last ? (last.heap_bytes - first.heap_bytes) / (last.calls - first.calls) : Number.NaN;
}

function auditMemory(measured: readonly Measured[], leaks: readonly Leak[], { jobs }: MemoryPlan): Check[] {
  const count = (event: MemoryEvent["event"]) => select(measured, event).length;
  const due = (test: MemoryJob["test"]) => jobs.filter((job) => job.test === test).length;
  const parts = [
    ["idle", due("baseline")],
    ["retained", due("per_request")],
    ["collected", 3 * due("gc_impact")],
    ["leak", due("leak_detection")],
  ] as const;
  const collected = select(measured, "collected");
  const forced = collected.filter(({ mode }) => mode === "forced");
  const lost = forced.filter(
    ({ full, clear_ns, overlapping_ns }) =>
      full < Math.floor((clear_ns.length + overlapping_ns.length) / gcEvery.calls),
  );
  const unfound = leaks.filter(({ subject, verdict }) => subject === "canary" && verdict !== "leak");
  return [
    audit(
      "every test was run",
      parts.map(([event, number]) => `${number} ${event}`).join(", "),
      parts.flatMap(([event, number]) => (count(event) === number ? [] : [`${count(event)} ${event}`])),
    ),
    {
      check: "a known leak is found",
      status: unfound.length === 0 ? "passed" : "suspect",
      detail:
        unfound.length === 0
          ? "one object a call, kept in the process that serves the tools"
          : unfound.map(({ runtime, verdict }) => `${runtime}: ${verdict}`).join(", "),
    },
    {
      check: "collections are seen",
      status: lost.length === 0 && collected.every(({ logs }) => logs) ? "passed" : "suspect",
      detail: `each of those forced, one in ${gcEvery.calls} calls, stands in the engine's log`,
    },
  ];
}
