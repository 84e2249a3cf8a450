import { closestMatch } from "leven";
import { z } from "zod";
import { carried } from "./carried.ts";
import { ToolError } from "./errors.ts";

/** What a call does to what the tool acts on, in the words of MCP: hints for those who decide which calls need asking. */
export type ToolAnnotations = Readonly<z.infer<typeof toolAnnotations>>;

/** The same, as far as somebody else's tool says anything. */
export type Hints = { readonly [Hint in keyof ToolAnnotations]?: boolean | undefined };

export const toolAnnotations = z.object({
  /** It changes nothing. */
  readOnlyHint: z.boolean(),
  /** Work or data may be lost by it. */
  destructiveHint: z.boolean(),
  /** The same call once more changes nothing. */
  idempotentHint: z.boolean(),
  /** It reaches others than the process it runs in. */
  openWorldHint: z.boolean(),
});

const closed = { openWorldHint: false };
export const reading = { ...closed, readOnlyHint: true, destructiveHint: false, idempotentHint: true };
export const adding = { ...closed, readOnlyHint: false, destructiveHint: false, idempotentHint: false };
export const destroying = { ...closed, readOnlyHint: false, destructiveHint: true, idempotentHint: false };

export interface Tool {
  readonly name: string;
  readonly category: string;
  /** The runtime by which it is best reached, by the dual-runtime design; a router knows what to do where that is not there. */
  readonly home: string;
  readonly description: string;
  /** Without them the worst is to be expected. */
  readonly annotations?: ToolAnnotations;
  readonly input: z.ZodType;
  readonly output: z.ZodType;
  /** Parses `input` once and runs the handler. Fails with `ToolError` only. */
  call(input: unknown): Promise<unknown>;
}

interface ToolSpec<I extends z.ZodType, O extends z.ZodType> {
  readonly name: string;
  readonly category: string;
  readonly home: string;
  readonly description: string;
  readonly annotations?: ToolAnnotations;
  readonly input: I;
  readonly output: O;
  handler(input: z.output<I>): z.input<O> | Promise<z.input<O>>;
}

/**
 * Ties a handler to its schemas, so that callers need neither. The output schema is documentation that tests check. Until
 * one answer is such that JSON carries all of it, every answer is looked at, and fails where it is not.
 */
export function defineTool<I extends z.ZodType, O extends z.ZodType>(spec: ToolSpec<I, O>): Tool {
  const { handler, ...rest } = spec;
  let isCarried = false;
  return {
    ...rest,
    async call(input) {
      const parsed = spec.input.safeParse(input);
      if (!parsed.success) throw invalidInput(spec.name, parsed.error);
      try {
        const output = await handler(parsed.data);
        if (!isCarried) carried(output);
        isCarried = true;
        return output;
      } catch (error) {
        if (error instanceof ToolError) throw error;
        throw new ToolError("internal", `Cannot run "${spec.name}": ${String(error)}`, { cause: error });
      }
    },
  };
}

/** What a tool says of itself: its schemas as JSON Schema (draft 2020-12). */
export interface ToolListing {
  readonly name: string;
  readonly category: string;
  readonly home: string;
  readonly description: string;
  readonly annotations?: Hints | undefined;
  readonly input_schema: unknown;
  readonly output_schema: unknown;
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
    return [...this].map(({ name, category, home, description, annotations, input, output }) => ({
      name,
      category,
      home,
      description,
      annotations,
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
