import type { Case } from "../../case.ts";
import { MeasurementError } from "../../errors.ts";
import { openCaller } from "../../measure/caller.ts";
import { runClosedLoop } from "../../measure/closed_loop.ts";
import { runOpenLoop } from "../../measure/open_loop.ts";
import { sample } from "../../measure/sample.ts";
import type { Runtime } from "../../runtimes/runtime.ts";
import { conflict, echo, fakeRuntime } from "./fake_runtime.ts";
import { defineMerit, share } from "./merit.ts";

const rare = 1_000;

/** What goes wrong with one call in a thousand, and what must then be said of it. */
const faults: readonly { readonly open: () => Runtime; readonly says: RegExp }[] = [
  {
    open: () => fakeRuntime((call, input) => (call % rare === 0 ? conflict() : input)),
    says: /"echo" on fake: conflict/,
  },
  {
    open: () => fakeRuntime((call, input) => (call % rare === 0 ? { serial: -1 } : input)),
    says: /"echo" on fake: it answered/,
  },
  {
    open() {
      const honest = fakeRuntime((_, input) => input);
      // One call in a hundred goes by another process, as of a router that sends it the wrong way.
      const call: Runtime["call"] = async (tool, input) => {
        const reply = await honest.call(tool, input);
        return reply.calls % 100 === 0 ? { ...reply, pid: reply.pid + 1 } : reply;
      };
      return { ...honest, call };
    },
    says: /"echo" on fake: /,
  },
];

type Way = (runtime: Runtime) => Promise<unknown>;

async function withCaller(
  runtime: Runtime,
  work: (caller: ReturnType<typeof openCaller>) => Promise<unknown>,
) {
  using caller = openCaller(runtime);
  await work(caller);
  caller.conclude();
}

const plan = Array.from({ length: 1_500 }, () => ({ group: "any", testCase: echo satisfies Case }));

const ways: readonly Way[] = [
  (runtime) =>
    withCaller(runtime, async (caller) => {
      const series = await caller.open(echo);
      await sample(plan.map(() => series));
    }),
  (runtime) => withCaller(runtime, (caller) => runClosedLoop({ caller, plan, concurrency: 10 })),
  (runtime) => withCaller(runtime, (caller) => runOpenLoop({ caller, plan, rate: 20_000, random: null })),
];

/** Whether a call that fails, answers wrongly or takes another path ends what measures it, by its name. */
export function faultsMerit(measured = ways) {
  return defineMerit({
    name: "faults",
    asks: {
      faults_missed: {
        what: "faults that did not end the measurement by name",
        truth: "an error or a wrong answer in 1,000 calls, another path in 100, one at a time and under load",
        ...({ bound: "at_most", target: 0, unit: "percent" } as const),
      },
    },
    async measure() {
      const tried = faults.flatMap((fault) => measured.map((way) => ({ fault, way })));
      let missed = 0;
      for (const { fault, way } of tried) {
        const end = await way(fault.open()).catch((error: unknown) => error);
        if (!(end instanceof MeasurementError && fault.says.test(end.message))) missed += 1;
      }
      return {
        faults_missed: { figure: share(missed, tried.length), detail: `${missed} of ${tried.length}` },
      };
    },
  });
}
