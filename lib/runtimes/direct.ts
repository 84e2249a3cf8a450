import type { ToolRegistry } from "../registry.ts";
import type { LocalRuntime, Runtime } from "./runtime.ts";

/** Calls the tools in this process. */
export const direct: LocalRuntime = {
  name: "direct",
  formerName: "trio",
  open: async (registry) => openInProcess(registry),
};

/** Closing it leaves the registry to its owner. */
export function openInProcess(registry: ToolRegistry, name = "direct"): Runtime {
  let calls = 0;
  return {
    name,
    pid: process.pid,
    list: async () => registry.list(),
    async call(tool, input) {
      calls += 1;
      const count = calls;
      const output = await registry.get(tool).call(input);
      return { output, runtime: name, pid: process.pid, calls: count };
    },
    [Symbol.asyncDispose]: async () => {},
  };
}
