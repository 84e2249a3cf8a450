import { openInProcess } from "./direct.ts";
import type { LocalRuntime } from "./runtime.ts";

/** Calls the tools in this process with copies by JSON, both ways: what any wire costs at least. */
export const json: LocalRuntime = {
  name: "json",
  base: "direct",
  async open(registry) {
    const direct = openInProcess(registry, "json");
    return {
      ...direct,
      async call(tool, input) {
        const reply = await direct.call(tool, copy(input));
        return { ...reply, output: copy(reply.output) };
      },
    };
  },
};

function copy(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null));
}
