import { p2pCases } from "../cases.ts";
import { MeasurementError } from "../errors.ts";
import type { Case } from "../measure/case.ts";
import { type Arm, openArm } from "../measure/latency.ts";
import { runLeakTest } from "../measure/run_leak_test.ts";
import type { Runtime } from "../runtimes/runtime.ts";
import { connectionKinds, leaveConnection } from "./memory_connections.ts";
import type { Subject } from "./memory_subject.ts";
import { canary, type MemoryEvent, type MemoryEventOf, type MemoryJob } from "./memory_usage.ts";
import { callsOf } from "./workloads.ts";

/** Whether calls leave memory behind: those of the one tool, kind of connection or known leak that the job names. */
export async function measureLeak(
  job: MemoryJob,
  subject: Subject,
  say: (event: MemoryEvent) => void,
): Promise<void> {
  const { runtime, threshold_bytes: thresholdBytes } = job;
  const { signal } = new AbortController();
  const { kind, arm, testCase } = openTest(job.tools.join(), subject);
  const calls = callsOf(testCase, job);
  const { samples, verdict } = await runLeakTest({
    arm,
    testCase,
    probe: subject.probe,
    calls,
    // 100 calls that dial take a second, and libp2p keeps what belongs to a connection for longer than that.
    ...(testCase.slow ? { confirmCalls: 10 * calls } : { mostCalls: 10 * calls }),
    thresholdBytes,
    signal,
  });
  say({
    event: "leak",
    runtime,
    subject: kind,
    tool: testCase.tool,
    branch: testCase.branch,
    calls: samples.map((sample) => sample.calls),
    heap_bytes: samples.map((sample) => sample.heap_bytes),
    ...verdict,
    growing_types: [...verdict.growing_types],
  });
}

interface Test {
  readonly kind: MemoryEventOf<"leak">["subject"];
  readonly arm: Arm;
  readonly testCase: Case;
}

function openTest(name: string, { arm, url, command }: Subject): Test {
  const testCase = p2pCases.find(({ tool }) => tool === name);
  if (testCase) return { kind: "tool", arm, testCase };
  if (name === canary)
    return {
      kind: "canary",
      arm: openArm(openCalls(name, () => command("hold 1"))),
      testCase: plainCase(name, "one object kept in the process a call"),
    };
  const kind = connectionKinds.find((one) => one.name === name);
  if (!kind || url === null)
    throw new MeasurementError(`Cannot look for a leak in "${name}": there is no such test`);
  const { branch, slow, sends } = kind;
  return {
    kind: "connection",
    arm: openArm(openCalls(name, () => leaveConnection(url, sends))),
    testCase: { ...plainCase(name, branch), ...(slow && { slow }) },
  };
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
