import { z } from "zod";
import { casesOf } from "../../bring/called.ts";
import { type Case, plainCase } from "../../case.ts";
import { MeasurementError } from "../../errors.ts";
import { judgeLeak, type LeakSample } from "../../judge/leak.ts";
import { type Caller, openCaller } from "../../measure/caller.ts";
import { countAllocated } from "../../measure/count_allocated.ts";
import { openGcLog } from "../../measure/gc_log.ts";
import { openRandom } from "../../random.ts";
import { defineTool, ToolRegistry } from "../../registry.ts";
import { openInProcess } from "../../runtimes/direct.ts";
import type { Probe } from "../../runtimes/probe.ts";
import type { Host } from "../../runtimes/runtime.ts";
import { callsOf, type MemoryJob } from "./plan.ts";
import type { Said } from "./said.ts";

/** How often every tool is called in turn: unread at first, while code is compiled, then with a reading after each. */
const passes = { unread: 5, read: 10 } as const;

/** Calls of all tools together in a pass, in iterations: what compiling leaves, some 20 KB, is 7 B a call then. */
const shareOfPass = 0.3;

/** What a call of each tool allocates, and what calls of all of them leave behind. */
export async function measureRequests(job: MemoryJob, host: Host, say: (said: Said) => void): Promise<void> {
  const { given, round, logPath } = job;
  using log = openGcLog(logPath);
  using caller = openCaller(host, { timeoutMs: given.timeout * 1e3 });
  const cases = openRandom(given.seed, round).shuffle(await casesOf(given, job.subjects));
  const count = async (on: Caller, testCase: Case, tool: string | null) => {
    const calls = callsOf(testCase, given.iterations);
    const series = await on.open(testCase);
    for (let call = 0; call < calls / 10; call++) await series.attempt();
    const bytesPerCall = await countAllocated(log, series.attempt, calls);
    await series.close();
    say({ kind: "allocated", tool, bytesPerCall });
  };
  for (const testCase of cases) await count(caller, testCase, testCase.tool);
  // Where this process serves the tools it is what the loop itself allocates here; else what that process does meanwhile.
  using here = openCaller(openInProcess(new ToolRegistry([nothing])));
  await count(here, plainCase(nothing.name, nothing.description), null);
  say({ kind: "retained", ...(await measureRetained(job, caller, host.probe, cases)) });
  caller.conclude();
}

async function measureRetained(
  { arm, given }: MemoryJob,
  caller: Caller,
  probe: Probe,
  cases: readonly Case[],
) {
  const each = (testCase: Case) =>
    callsOf(testCase, Math.ceil((given.iterations * shareOfPass) / cases.length));
  const callsInPass = cases.reduce((sum, testCase) => sum + each(testCase), 0);
  const pass = async () => {
    for (const testCase of cases) {
      const series = await caller.open(testCase);
      for (let call = 0; call < each(testCase); call++) await series.attempt();
      await series.close();
    }
  };
  const readAlong = async (work: () => Promise<unknown>) => {
    const samples: LeakSample[] = [];
    for (let n = 0; n <= passes.read; n++) {
      if (n > 0) await work();
      const { heap_bytes, object_count } = await probe.read();
      samples.push({ calls: n * callsInPass, heap_bytes, object_count, types: null });
    }
    return samples;
  };
  for (let n = 0; n < passes.unread; n++) await pass();
  const control = await readAlong(() => Promise.resolve());
  const { bytes_per_call } = judgeLeak(await readAlong(pass), control, given.threshold);
  if (!bytes_per_call) throw new MeasurementError(`Cannot tell what ${arm.name} retains: too few readings`);
  return { calls: passes.read * callsInPass, bytesPerCall: bytes_per_call.estimate };
}

const nothing = defineTool({
  name: "nothing",
  category: "control",
  home: "direct",
  description: "the loop without a tool",
  input: z.strictObject({}),
  output: z.strictObject({}),
  handler: () => ({}),
});
