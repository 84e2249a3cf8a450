/** A process that tests one leaky tool on one runtime, or says what it leaks in truth. */
import { heapSize } from "bun:jsc";
import { joinParent } from "../../child.ts";
import type { LeakVerdict } from "../../judge/leak.ts";
import { openCaller } from "../../measure/caller.ts";
import { runLeakTest } from "../../measure/run_leak_test.ts";
import { findRuntime } from "../../runtimes/runtimes.ts";
import { leakyCase, openLeakyHost, openLeakyTool } from "./leaky_tools.ts";

export interface LeakRun {
  /** The name of a runtime, or `truth`. */
  readonly work: string;
  readonly tool: string;
  readonly calls: number;
  /** The most bytes per call that are no leak; as in memory_usage by default. */
  readonly thresholdBytes?: number;
}

/** What it says, once: bytes per call, and of a test its verdict and how long it took. */
export interface LeakRunSays {
  readonly bytes: number;
  readonly verdict?: LeakVerdict["verdict"];
  readonly ms?: number;
}

const parent = joinParent<LeakRun>();
const told = await parent.tells.next();
if (!told.done) await parent.say(await run(told.value));
process.exit();

async function run(task: LeakRun): Promise<LeakRunSays> {
  return task.work === "truth" ? { bytes: await truth(task.tool, task.calls) } : await test(task);
}

/** Half of the calls go first, then the heap is read twice: no estimator, no runtime, and ten times the calls. */
async function truth(name: string, calls: number): Promise<number> {
  using leaky = openLeakyTool(name);
  const tool = leaky.registry.get(name);
  const make = async (from: number, to: number) => {
    for (let n = from; n < to; n++) await tool.call({ id: `call-${n}` });
    for (let n = 0; n < 5; n++) Bun.gc(true);
    return heapSize();
  };
  const before = await make(0, 5 * calls);
  const after = await make(5 * calls, 15 * calls);
  return (after - before) / (10 * calls);
}

async function test({ tool, work: runtime, calls, thresholdBytes = 16 }: LeakRun): Promise<LeakRunSays> {
  const kind = findRuntime(runtime);
  if (!kind) throw new RangeError(`Cannot look for a leak on "${runtime}": there is no such runtime`);
  await using host = await openLeakyHost(tool, kind);
  using caller = openCaller(host);
  const start = performance.now();
  const { verdict } = await runLeakTest({
    caller,
    probe: host.probe,
    testCase: leakyCase(tool),
    calls,
    // As in memory_usage.
    ...{ mostCalls: 10 * calls, confirmCalls: 10 * calls, thresholdBytes },
  });
  const bytes = verdict.bytes_per_call?.estimate ?? Number.NaN;
  return { verdict: verdict.verdict, bytes, ms: performance.now() - start };
}
