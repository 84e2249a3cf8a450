import { p2pCases } from "../cases.ts";
import type { Case } from "../measure/case.ts";
import { openArm } from "../measure/latency.ts";
import type { LeakSample } from "../measure/leak.ts";
import { type LeakTestOptions, runLeakTest } from "../measure/run_leak_test.ts";
import type { Runtime } from "../runtimes/runtime.ts";
import { connectionKindsOf, leaveConnection } from "./memory_connections.ts";
import type { Subject } from "./memory_subject.ts";
import { canary, type MemoryEvent, type MemoryEventOf, type MemoryJob } from "./memory_usage.ts";
import { callsOf } from "./workloads.ts";

/** Whether calls of each tool leave memory behind and, over HTTP, whether connections do that are not ended well. */
export async function measureLeaks(
  job: MemoryJob,
  { arm, probe, url, command }: Subject,
  say: (event: MemoryEvent) => void,
): Promise<void> {
  const { signal } = new AbortController();
  const { runtime, threshold_bytes: thresholdBytes } = job;
  /** By the number of calls. Nothing is called in a control, so that one serves all tests of the process. */
  const controls = new Map<number, readonly LeakSample[]>();
  const test = async (
    subject: MemoryEventOf<"leak">["subject"],
    options: Pick<LeakTestOptions, "arm" | "testCase">,
  ) => {
    const calls = callsOf(options.testCase, job);
    const known = controls.get(calls);
    const { samples, control, verdict } = await runLeakTest({
      ...options,
      ...(known && { control: known }),
      probe,
      calls,
      thresholdBytes,
      signal,
    });
    // A process that has just been busy drops compiled code while it is idle, and one test's fall is not another's.
    if (Math.abs(growthPerCall(control)) < thresholdBytes / 2) controls.set(calls, control);
    say({
      event: "leak",
      runtime,
      subject,
      tool: options.testCase.tool,
      branch: options.testCase.branch,
      calls: samples.map((sample) => sample.calls),
      heap_bytes: samples.map((sample) => sample.heap_bytes),
      ...verdict,
      growing_types: [...verdict.growing_types],
    });
  };
  for (const testCase of p2pCases.filter(({ tool }) => job.tools.includes(tool)))
    await test("tool", { arm, testCase });
  const leaky = openCalls(canary, () => command("hold 1"));
  await test("canary", {
    arm: openArm(leaky),
    testCase: plainCase(canary, "one object kept in the process a call"),
  });
  await command("release");
  if (url === null) return;
  // They go last: a call whose client has gone is counted by the server, and by nobody else.
  for (const { name, branch, slow, sends } of connectionKindsOf(job.tools)) {
    const connections = openCalls(name, () => leaveConnection(url, sends));
    const testCase = { ...plainCase(name, branch), ...(slow && { slow }) };
    await test("connection", { arm: openArm(connections), testCase });
  }
}

function growthPerCall(samples: readonly LeakSample[]): number {
  const [first, last] = [samples[0], samples.at(-1)];
  return first && last ? (last.heap_bytes - first.heap_bytes) / (last.calls - first.calls) : Number.NaN;
}

/** A runtime whose every call does this. Nobody answers it, so that this process vouches for it. */
function openCalls(name: string, call: () => Promise<void>): Runtime {
  let calls = 0;
  return {
    name,
    pid: process.pid,
    list: async () => [],
    async call() {
      calls += 1;
      const count = calls;
      await call();
      return { output: {}, runtime: name, pid: process.pid, calls: count };
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

function plainCase(tool: string, branch: string): Case {
  return { tool, branch, open: () => ({ prepare: () => ({ input: {}, expect: {} }) }) };
}
