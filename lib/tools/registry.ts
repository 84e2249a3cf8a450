import { closestMatch } from "leven";
import { z } from "zod";
import { ToolError } from "../errors.ts";
import type { ToolListing } from "../runtimes/runtime.ts";

/** Where a tool is best reached, by the dual-runtime design. */
export type Home = "direct" | "http";

export interface Tool {
  readonly name: string;
  readonly category: string;
  readonly home: Home;
  readonly description: string;
  readonly input: z.ZodType;
  readonly output: z.ZodType;
  /** Parses `input` once and runs the handler. Fails with `ToolError` only. */
  call(input: unknown): Promise<unknown>;
}

interface ToolSpec<I extends z.ZodType, O extends z.ZodType> {
  readonly name: string;
  readonly category: string;
  readonly home: Home;
  readonly description: string;
  readonly input: I;
  readonly output: O;
  handler(input: z.output<I>): z.input<O> | Promise<z.input<O>>;
}

/** Ties a handler to its schemas, so that callers need neither. The output schema is documentation that tests check. */
export function defineTool<I extends z.ZodType, O extends z.ZodType>(spec: ToolSpec<I, O>): Tool {
  const { handler, ...rest } = spec;
  return {
    ...rest,
    async call(input) {
      const parsed = spec.input.safeParse(input);
      if (!parsed.success) throw invalidInput(spec.name, parsed.error);
      try {
        return await handler(parsed.data);
      } catch (error) {
        if (error instanceof ToolError) throw error;
        throw new ToolError("internal", `Cannot run "${spec.name}": ${String(error)}`, { cause: error });
      }
    },
  };
}

/** The tools of one host, by name. */
export class ToolRegistry {
  readonly #tools = new Map<string, Tool>();

  /** Throws a `TypeError` when two tools share a name. */
  constructor(tools: Iterable<Tool>) {
    for (const tool of tools) {
      if (this.#tools.has(tool.name))
        throw new TypeError(`Cannot register "${tool.name}": it is already there`);
      this.#tools.set(tool.name, tool);
    }
  }

  /** Fails with `unknown_tool`, and names the nearest. */
  get(name: string): Tool {
    const tool = this.#tools.get(name);
    if (tool) return tool;
    const shown = name.slice(0, 64);
    const nearest = closestMatch(shown, [...this.#tools.keys()]);
    const hint = nearest ? `, the nearest name is "${nearest}"` : "";
    throw new ToolError("unknown_tool", `Cannot find tool "${shown}"${hint}`);
  }

  [Symbol.iterator](): Iterator<Tool> {
    return this.#tools.values();
  }

  list(): readonly ToolListing[] {
    return [...this].map(({ name, category, home, description, input, output }) => ({
      name,
      category,
      home,
      description,
      input_schema: z.toJSONSchema(input, { io: "input", unrepresentable: "any" }),
      output_schema: z.toJSONSchema(output, { io: "output", unrepresentable: "any" }),
    }));
  }
}

function invalidInput(tool: string, error: z.ZodError): ToolError {
  const faults = error.issues
    .slice(0, 3)
    .map(({ path, message }) => `${path.join(".") || "input"}: ${message}`);
  return new ToolError("invalid_input", `Cannot call "${tool}": ${faults.join("; ").slice(0, 500)}`);
}
