import { doJobs } from "../jobs.ts";
import { type Arm, firstRuntime } from "../runtimes/arms.ts";
import { readAskedCalls } from "./asked_calls.ts";
import { type BringGiven, isBrought } from "./options.ts";
import { secretsOf } from "./place.ts";
import type { CallPlan } from "./plan.ts";

/** What is looked at, and for what. */
export interface LookTask {
  readonly given: BringGiven & { readonly runtimes: readonly Arm[]; readonly seed: number };
  readonly only: readonly string[];
}

const module = new URL("./look_process.ts", import.meta.url).pathname;

/**
 * Decides which tools are measured that the user brought, and with which calls, in a process that ends with that. Without
 * any, what was given is answered as it is. Throws a `UsageError` where nothing is there to be measured.
 */
export async function look<
  Given extends LookTask["given"] & CallPlan & { readonly tool?: readonly string[] | undefined },
>(given: Given, signal: AbortSignal): Promise<Given> {
  if (!isBrought(given)) return given;
  const plans: CallPlan[] = [];
  const asked = readAskedCalls(given);
  const task: LookTask = {
    given: { ...given, call: asked, runtimes: [firstRuntime(given.runtimes)] },
    only: given.tool ?? ["all"],
  };
  await doJobs<LookTask, CallPlan>(
    [task],
    { process: () => ({ env: secretsOf(given) }) },
    {
      ...{ module, signal },
      onFound({ said }) {
        plans.push(said);
        return `${said.called.length} tools can be measured`;
      },
      ...{ guard() {}, turn: async () => {}, onWitnessed() {}, onSighted() {}, onStray() {}, save() {} },
    },
  );
  const [plan] = plans;
  if (!plan) throw new Error("Cannot tell what to measure: who looked has said nothing");
  return { ...given, ...plan, tool: plan.called.map(({ tool }) => tool) };
}
