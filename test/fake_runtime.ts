import { ToolError } from "../lib/errors.ts";
import type { Runtime } from "../lib/runtimes/runtime.ts";

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
