import { type Client, isSpecType, ProtocolError, type Tool } from "@modelcontextprotocol/client";
import { z } from "zod";
import { misfit } from "../../case.ts";
import { ServerFault } from "./server_fault.ts";

/** More tools no model could be given. */
const mostTools = 1_000;

export interface CallAnswer {
  /** Why the tool failed, in its own words; `null` when it did not. */
  readonly failure: string | null;
}

const page = z.looseObject({ tools: z.array(z.unknown()), nextCursor: z.string().optional() });

export async function listAll(client: Client, timeout: number): Promise<Tool[]> {
  const listed: unknown[] = [];
  let cursor: string | undefined;
  do {
    const params = cursor === undefined ? {} : { cursor };
    const answer = await client.request({ method: "tools/list", params }, page, { timeout });
    const count = listed.length + answer.tools.length;
    if (count > mostTools)
      throw new ServerFault("its tools", `it lists ${count} tools, where ${mostTools} are the most`);
    listed.push(...answer.tools);
    cursor = answer.tools.length === 0 ? undefined : answer.nextCursor;
  } while (cursor !== undefined);
  return toTools(listed);
}

/** What a table can show, and one of them can be called by. */
const nameShape = /^[^\p{Cc}\p{Cs}]{1,256}$/u;

/** The tools that were listed. Throws a `ServerFault` for what is none, or cannot be told from another. */
function toTools(listed: readonly unknown[]): Tool[] {
  const refuse = (tool: unknown, why: string) => {
    const name = String(Object(tool).name).slice(0, 64);
    return new ServerFault("its tools", `it lists a tool "${name}" that is none: ${why}`);
  };
  const names = new Set<string>();
  return listed.map((tool) => {
    if (!isSpecType.Tool(tool)) throw refuse(tool, "it takes a name, and schemas of the type object");
    if (!nameShape.test(tool.name)) throw refuse(tool, "its name cannot be shown");
    if (names.has(tool.name)) throw refuse(tool, "there is one of that name");
    names.add(tool.name);
    return tool;
  });
}

/** The SDK takes any object for an answer. */
export const called = z.looseObject({
  content: z.array(z.looseObject({ text: z.string().optional() })).optional(),
  structuredContent: z.unknown().optional(),
  isError: z.boolean().optional(),
});

export function toAnswer({ content, isError, structuredContent }: z.infer<typeof called>): CallAnswer {
  if (isError) return { failure: content?.[0]?.text ?? "it does not say why" };
  if (content === undefined && structuredContent === undefined)
    throw new ServerFault("a call", "it answered a call without content");
  return { failure: structuredContent === undefined ? null : misfit({}, structuredContent) };
}

/** Of an empty request. As little is read of it as of a call, so that they can be held against each other. */
export const nothing = z.looseObject({});

/** An error of the protocol is an answer too. */
export function refusal(error: unknown): CallAnswer {
  if (error instanceof ProtocolError) return { failure: error.message };
  throw error;
}
