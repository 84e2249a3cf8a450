import type { Hints, ToolListing } from "../registry.ts";

/** A tool that is not called, and why. */
export interface LeftOut {
  readonly tool: string;
  readonly reason: string;
}

type Listed = Pick<ToolListing, "name" | "annotations">;

/** Tells which tools may be called without being asked for: those that say they destroy nothing and reach nobody else. */
export function sortOut<Tool extends Listed>(
  tools: readonly Tool[],
): { readonly callable: Tool[]; readonly left: LeftOut[] } {
  const callable: Tool[] = [];
  const left: LeftOut[] = [];
  for (const tool of tools) {
    const reason = whyNot(tool.annotations);
    if (reason === null) callable.push(tool);
    else left.push({ tool: tool.name, reason });
  }
  return { callable, left };
}

/** The protocol has it that who says nothing may destroy. Some tools that read alone leave the other hint out, or the other way round. */
function whyNot({ readOnlyHint, destructiveHint, openWorldHint }: Hints = {}): string | null {
  if (openWorldHint === true) return "it says that it reaches others (openWorldHint)";
  if (readOnlyHint === true || destructiveHint === false) return null;
  if (destructiveHint === true) return "it says that it may destroy (destructiveHint)";
  return "it does not say that it destroys nothing";
}
