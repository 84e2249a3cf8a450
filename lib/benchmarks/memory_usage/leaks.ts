import { casesOf } from "../../bring/called.ts";
import { type Case, plainCase } from "../../case.ts";
import { MeasurementError } from "../../errors.ts";
import { openCaller } from "../../measure/caller.ts";
import { doEach } from "../../measure/do_each.ts";
import { runLeakTest } from "../../measure/run_leak_test.ts";
import type { Host, Runtime } from "../../runtimes/runtime.ts";
import { callsOf, canary, findClient, type MemoryJob } from "./plan.ts";
import type { LeakSaid, Said } from "./said.ts";

/** Whether calls leave memory behind: those of the one tool, vanishing client or known leak that the job names. */
export async function measureLeak(job: MemoryJob, host: Host, say: (said: Said) => void): Promise<void> {
  const { subject, runtime, testCase } = await testOf(job, host);
  using caller = openCaller(runtime, { timeoutMs: job.given.timeout * 1e3 });
  const calls = callsOf(testCase, job.given.iterations);
  const { samples, verdict } = await runLeakTest({
    caller,
    testCase,
    probe: host.probe,
    calls,
    // 100 calls that dial take a second, and libp2p keeps what belongs to a connection for longer than that.
    mostCalls: testCase.slow ? calls : 10 * calls,
    confirmCalls: 10 * calls,
    thresholdBytes: job.given.threshold,
  });
  say({
    kind: "leak",
    subject,
    name: testCase.tool,
    branch: testCase.branch,
    calls: samples.map((sample) => sample.calls),
    heapBytes: samples.map((sample) => sample.heap_bytes),
    ...verdict,
  });
}

interface Test {
  readonly subject: LeakSaid["subject"];
  readonly runtime: Runtime;
  readonly testCase: Case;
}

async function testOf({ arm, given, subjects: [name = ""] }: MemoryJob, host: Host): Promise<Test> {
  const [testCase] = await casesOf(given, [name]);
  if (testCase) return { subject: "tool", runtime: host, testCase };
  if (name === canary)
    return {
      subject: "canary",
      runtime: doEach(name, () => host.heap.hold(1)),
      testCase: plainCase(name, "one object kept in the process a call"),
    };
  const client = findClient(arm, name);
  const { address } = host;
  if (!client || address === null)
    throw new MeasurementError(`Cannot look for a leak in "${name}": there is no such test`);
  return {
    subject: "connection",
    runtime: doEach(name, () => client.vanish(address)),
    testCase: { ...plainCase(name, client.branch), ...(client.slow && { slow: client.slow }) },
  };
}
