import type { Case } from "../../case.ts";
import { ToolError } from "../../errors.ts";
import type { Runtime } from "../../runtimes/runtime.ts";

/** A runtime whose tools the test writes itself; what a call answers depends on how many went before. */
export function fakeRuntime(answer: (call: number, input: unknown) => unknown, name = "fake"): Runtime {
  let calls = 0;
  return {
    name,
    pid: process.pid,
    list: async () => [],
    async call(_, input) {
      calls += 1;
      const count = calls;
      return { output: await answer(count, input), runtime: name, pid: process.pid, calls: count };
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

export function conflict(): never {
  throw new ToolError("conflict", "Cannot do it: it is done");
}

/** Calls a tool with the trial's serial number, which it must answer. */
export const echo: Case = {
  tool: "echo",
  branch: "a number",
  open: () => ({ prepare: (serial) => ({ input: { serial }, expect: { serial } }) }),
};

/** Calls one with `call`, and makes other calls of it before and after. */
export const costlyEcho: Case = {
  tool: "echo",
  branch: "between other calls",
  open: (call) => ({
    async prepare() {
      await call("echo", "before");
      return { input: "call", expect: {}, restore: () => call("echo", "after") };
    },
  }),
};

/** Time that passes only when a test says so. */
export function fakeClock() {
  let ns = 0;
  return {
    now: () => ns,
    pass(by: number) {
      ns += by;
    },
  };
}
