import { z } from "zod";
import { errorCode, ToolError } from "../errors.ts";
import type { Runtime } from "./runtime.ts";

const health = z.object({ pid: z.int() });
const listings = z.array(
  z.object({
    name: z.string(),
    category: z.string(),
    home: z.string(),
    description: z.string(),
    input_schema: z.unknown(),
    output_schema: z.unknown(),
  }),
);
const reply = z.object({ output: z.unknown(), runtime: z.string(), pid: z.int(), calls: z.int() });
const refusal = z.object({
  error: z.object({ code: errorCode, message: z.string() }),
});

/**
 * Calls the tools that a server offers at `url`, which has no trailing slash. Closing it leaves the server running.
 * A server that cannot be reached is a `ToolError` with the code `unreachable`.
 */
export async function openHttp(
  url: string,
  { token }: { token?: string | undefined } = {},
): Promise<Runtime> {
  const headers = new Headers({ "content-type": "application/json" });
  if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
  const send = async (path: string, init?: RequestInit) => {
    const { status, text } = await exchange(url + path, { ...init, headers });
    if (status !== 200) throw failure(status, text);
    return parseJson(text);
  };
  const { pid } = health.parse(await send("/health"));
  return {
    name: "http",
    pid,
    list: async () => listings.parse(await send("/tools")),
    async call(tool, input) {
      const body = JSON.stringify(input ?? null);
      return reply.parse(await send(`/tools/${encodeURIComponent(tool)}`, { method: "POST", body }));
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

async function exchange(url: string, init: RequestInit) {
  try {
    const response = await fetch(url, init);
    return { status: response.status, text: await response.text() };
  } catch (cause) {
    throw new ToolError("unreachable", `Cannot reach ${url}: ${String(cause)}`, { cause });
  }
}

function failure(status: number, text: string): ToolError {
  if (status === 413) return new ToolError("invalid_input", "Cannot send the input: it is over 1 MiB");
  const { error } = refusal.parse(parseJson(text));
  return new ToolError(error.code, error.message);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ToolError("internal", `Cannot read the answer "${text.slice(0, 100)}": not JSON`, { cause });
  }
}
