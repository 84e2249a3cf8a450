/** If P2P tools run by direct call and general tools stay on HTTP, what does that do to latency, throughput and load? */
import { askedOf, judgeComparison } from "../lib/benchmarks/runtime_comparison/judge.ts";
import { runClosed, runSequential, runSweep } from "../lib/benchmarks/runtime_comparison/loads.ts";
import {
  callsFor,
  comparisonOptions,
  loadsFor,
  partsOf,
  stepsOf,
} from "../lib/benchmarks/runtime_comparison/options.ts";
import { ratesFor, runRates } from "../lib/benchmarks/runtime_comparison/rates.ts";
import { describe, type Job, ratesIn, type Said } from "../lib/benchmarks/runtime_comparison/said.ts";
import { openSides, serversOf } from "../lib/benchmarks/runtime_comparison/sides.ts";
import { blocksOf, ours, planConcurrent, planMixed } from "../lib/benchmarks/runtime_comparison/workloads.ts";
import { openPeersFor } from "../lib/bring/called.ts";
import { look } from "../lib/bring/look.ts";
import { refusing } from "../lib/bring/options.ts";
import { toolsOf } from "../lib/cases.ts";
import type { Found, JobTools } from "../lib/experiment.ts";
import { checkPin, pinTogether, whilePinned } from "../lib/measure/pin.ts";
import { experiment } from "../lib/run.ts";
import { checkArms } from "../lib/runtimes/arms.ts";
import { untilNarrow } from "../lib/stopping.ts";

await experiment(import.meta, {
  question:
    "If P2P tools run by direct call and general tools stay on HTTP, what happens to latency, throughput, CPU and memory?",
  options: comparisonOptions,
  quick: { rounds: 3, iterations: 4, sweep: "none" },
  refused: refusing("it compares runtimes, and a server of somebody else's is one; p2p_latency takes it"),
  check(given) {
    checkArms(given);
    checkPin(given);
  },
  settle: look,
  around: (given, opened) => openPeersFor(given, toolsOf(ours(given.left_out).p2p), opened),
  *jobs(given, bootstrap, found: readonly Found<Job, Said>[]): Iterable<Job> {
    const all = partsOf(given);
    yield* untilNarrow(given, {
      asked: () => askedOf(found, given),
      *jobs(round, open) {
        const parts = all.filter((part) => !open || open.has(part));
        yield { round, parts, given, bootstrap, rates: ratesIn(found) };
      },
    });
  },
  steps: stepsOf,
  canaries: ["delay", "errors"],

  async run({ round, parts, given, bootstrap, rates }, tools: JobTools<Said>) {
    const { say, watch } = tools;
    const startMs = performance.now();
    const sides = await openSides(given, bootstrap, round, tools);
    say({ kind: "opened", ms: performance.now() - startMs, job: "with all tools" });
    const servers = serversOf(sides);
    watch([process.pid, ...servers], pinTogether("none", []));
    const calls = callsFor(given);
    const counts = loadsFor(given);
    const tell = (all: readonly Said[]) => all.forEach(say);
    const mixed = (count: number) => planMixed(count, calls, given.mix, sides);

    const isWarm = parts.includes("concurrent");
    if (isWarm) tell(await runClosed("concurrent", sides, blocksOf(planConcurrent(calls, sides))));
    const loads = parts.includes("mixed")
      ? await runClosed("mixed", sides, blocksOf(mixed(counts.mixed)))
      : [];
    tell(loads);
    if (parts.includes("rates"))
      tell(await runRates(sides, rates ?? (await ratesFor(loads, sides, mixed)), mixed, counts.atRate));
    // Last, so that the calls above have warmed up the code of every tool where they are made.
    if (parts.includes("sequential"))
      tell(await whilePinned(given.pin, servers, () => runSequential(sides, calls, { cold: !isWarm })));
    if (parts.includes("sweep")) tell(await runSweep(sides, counts.swept));
    for (const { caller } of sides.all) caller.conclude();
  },

  describe,
  judge: judgeComparison,
});
