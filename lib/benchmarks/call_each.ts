import { p2pCases } from "../cases.ts";
import { openArm } from "../measure/latency.ts";
import type { Runtime } from "../runtimes/runtime.ts";

/** How often each tool is called until a runtime counts as one that serves. */
export const servedCalls = 20;

/** Calls each P2P tool that dials no peer a few times. Throws a `MeasurementError` when one fails. */
export async function callEach(runtime: Runtime): Promise<void> {
  const arm = openArm(runtime);
  for (const testCase of p2pCases.filter(({ slow }) => !slow)) {
    const series = await arm.guard(arm.open(testCase));
    for (let call = 0; call < servedCalls; call++) await arm.guard(series.attempt());
    await arm.guard(series.close());
  }
}
