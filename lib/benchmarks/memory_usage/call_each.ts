import type { Case } from "../../case.ts";
import { p2pCases } from "../../cases.ts";
import { openCaller } from "../../measure/caller.ts";
import type { Runtime } from "../../runtimes/runtime.ts";

/** How often each tool is called until a runtime counts as one that serves. */
const servedCalls = 20;

/** Calls each tool but those that dial peers a few times. Throws a `MeasurementError` when one fails. */
export async function callEach(runtime: Runtime, cases: readonly Case[] = p2pCases): Promise<void> {
  using caller = openCaller(runtime);
  for (const testCase of cases.filter(({ slow }) => !slow)) {
    const series = await caller.open(testCase);
    for (let call = 0; call < servedCalls; call++) await series.attempt();
    await series.close();
  }
  caller.conclude();
}
