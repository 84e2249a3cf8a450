import type { ToolRegistry } from "../tools/registry.ts";
import type { Runtime } from "./runtime.ts";

/** Calls the tools of a registry in this process. Closing it leaves the registry to its owner. */
export function openDirect(registry: ToolRegistry): Runtime {
  let calls = 0;
  return {
    name: "direct",
    pid: process.pid,
    list: async () => registry.list(),
    async call(tool, input) {
      calls += 1;
      const count = calls;
      const output = await registry.get(tool).call(input);
      return { output, runtime: "direct", pid: process.pid, calls: count };
    },
    [Symbol.asyncDispose]: async () => {},
  };
}
