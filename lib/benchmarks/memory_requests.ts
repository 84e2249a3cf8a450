import { z } from "zod";
import { p2pCases } from "../cases.ts";
import { MeasurementError } from "../errors.ts";
import type { Case } from "../measure/case.ts";
import { countAllocated } from "../measure/churn.ts";
import { openArm } from "../measure/latency.ts";
import { judgeLeak, type LeakSample } from "../measure/leak.ts";
import { openRandom } from "../random.ts";
import { openDirect } from "../runtimes/direct.ts";
import { defineTool, ToolRegistry } from "../tools/registry.ts";
import type { Subject } from "./memory_subject.ts";
import type { MemoryEvent, MemoryJob } from "./memory_usage.ts";
import { callsOf } from "./workloads.ts";

/** How often every tool is called in turn: unread at first, while code is compiled, then with a reading after each. */
const passes = { unread: 5, read: 10 } as const;

/** What a call of each tool allocates, and what calls of all of them leave behind. */
export async function measureRequests(
  job: MemoryJob,
  subject: Subject,
  say: (event: MemoryEvent) => void,
): Promise<void> {
  const { log, arm } = subject;
  const { runtime } = job;
  if (!log) throw new MeasurementError(`Cannot count what ${runtime} allocates: its process does not log`);
  const chosen = p2pCases.filter(({ tool }) => job.tools.includes(tool));
  const cases = openRandom(job.seed, job.round).shuffle(chosen);
  for (const testCase of cases) {
    const series = await arm.guard(arm.open(testCase));
    for (let call = 0; call < callsOf(testCase, job) / 10; call++) await arm.guard(series.attempt());
    const bytes_per_call = await arm.guard(countAllocated(log, series.attempt, callsOf(testCase, job)));
    await arm.guard(series.close());
    say({ event: "allocated", runtime, tool: testCase.tool, bytes_per_call });
  }
  // On the direct runtime this counts what the loop itself allocates in that process, on http what it does meanwhile.
  const here = await openArm(openDirect(new ToolRegistry([nothing]))).open(nothingCase);
  const bytes_per_call = await countAllocated(log, here.attempt, job.iterations);
  say({ event: "allocated", runtime, tool: null, bytes_per_call });
  say({ event: "retained", runtime, ...(await measureRetained(job, subject, cases)) });
}

async function measureRetained(job: MemoryJob, { arm, probe }: Subject, cases: readonly Case[]) {
  const each = (testCase: Case) => Math.ceil(callsOf(testCase, job) / (passes.unread + passes.read) / 5);
  const callsInPass = cases.reduce((sum, testCase) => sum + each(testCase), 0);
  const pass = async () => {
    for (const testCase of cases) {
      const series = await arm.guard(arm.open(testCase));
      for (let call = 0; call < each(testCase); call++) await arm.guard(series.attempt());
      await arm.guard(series.close());
    }
  };
  const readAlong = async (work: () => Promise<unknown>) => {
    const samples: LeakSample[] = [];
    for (let n = 0; n <= passes.read; n++) {
      if (n > 0) await work();
      const { heap_bytes, object_count, rss_bytes } = await probe.read();
      samples.push({ calls: n * callsInPass, heap_bytes, object_count, rss_bytes, types: null });
    }
    return samples;
  };
  for (let n = 0; n < passes.unread; n++) await pass();
  const control = await readAlong(() => Promise.resolve());
  const { bytes_per_call } = judgeLeak(await readAlong(pass), control, job.threshold_bytes);
  if (!bytes_per_call)
    throw new MeasurementError(`Cannot tell what ${job.runtime} retains: too few readings`);
  return { calls: passes.read * callsInPass, bytes_per_call: bytes_per_call.estimate };
}

const nothing = defineTool({
  name: "nothing",
  category: "control",
  home: "direct",
  description: "Does nothing.",
  input: z.strictObject({}),
  output: z.strictObject({}),
  handler: () => ({}),
});

const nothingCase: Case = {
  tool: "nothing",
  branch: "the loop without a tool",
  open: () => ({ prepare: () => ({ input: {}, expect: {} }) }),
};
