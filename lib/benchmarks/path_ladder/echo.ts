import { z } from "zod";
import type { Case } from "../../case.ts";
import { defineTool, reading, ToolRegistry } from "../../registry.ts";
import type { ToolModule, ToolSource } from "../../runtimes/host.ts";
import type { Payload } from "./options.ts";

const shape = z.strictObject({ text: z.string().max(1_000_000).describe("what is to come back") });
const name = "echo";

/** A tool that answers its input, for a process of its own, and so many of them that one is called. */
export function echoTools(registered = 1): ToolSource {
  return { module: import.meta.path, task: registered };
}

export const openTools: ToolModule["openTools"] = async (task) => {
  const tools = Array.from({ length: z.int().min(1).parse(task) }, (_, n) =>
    defineTool({
      ...{ name: n === 0 ? name : `${name}_${n}`, category: "bench", home: "direct" },
      ...{ description: "Answers its input", annotations: reading },
      ...{ input: shape, output: shape, handler: (input: z.infer<typeof shape>) => input },
    }),
  );
  return { registry: new ToolRegistry(tools), [Symbol.asyncDispose]: async () => {} };
};

/** A call that carries as much text there and back. */
export function echoCase({ name: payload, bytes }: Payload): Case {
  const carried = { text: "a".repeat(bytes) };
  const trial = { input: carried, expect: carried };
  return { tool: name, branch: `a text of ${payload}`, open: () => ({ prepare: () => trial }) };
}
