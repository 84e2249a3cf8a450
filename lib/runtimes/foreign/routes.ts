import { z } from "zod";
import { ToolError, UsageError } from "../../errors.ts";
import { toolAnnotations } from "../../registry.ts";
import type { Runtime } from "../runtime.ts";
import { foreignCategory, type Limits, type Place, reasonOf, shownUrl } from "./server.ts";

const listings = z.array(
  z.object({
    name: z.string(),
    description: z.string().default(""),
    annotations: toolAnnotations.partial().optional(),
    input_schema: z.unknown().default({ type: "object" }),
    output_schema: z.unknown().default(true),
  }),
);

/** Calls the tools of a server that has our two routes: `GET /tools`, and `POST /tools/NAME`, which answers JSON. */
export async function openRoutes(place: Place, { timeoutMs }: Limits, name: string): Promise<Runtime> {
  const listed = await listTools(place, timeoutMs).catch((error) => {
    throw new UsageError(`Cannot reach ${shownUrl(place.url)}: ${reasonOf(error)}`, { cause: error });
  });
  let calls = 0;
  return {
    name,
    pid: process.pid,
    list: async () => listed.map((tool) => ({ ...tool, category: foreignCategory, home: name })),
    async call(tool, input) {
      calls += 1;
      const count = calls;
      const body = JSON.stringify(input ?? null);
      const output = await send(place, `/tools/${encodeURIComponent(tool)}`, { method: "POST", body });
      return { output, runtime: name, pid: process.pid, calls: count };
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

async function listTools(place: Place, timeoutMs: number) {
  const answer = await send(place, "/tools", { signal: AbortSignal.timeout(timeoutMs) });
  const { data } = listings.safeParse(answer);
  if (!data) throw new ToolError("internal", "what it answers to GET /tools is no list of tools");
  return data;
}

async function send({ url, headers }: Place, path: string, init: RequestInit): Promise<unknown> {
  const to = new URL(url);
  to.pathname = to.pathname.replace(/\/+$/, "") + path;
  const { ok, status, text } = await exchange(to, {
    ...init,
    headers: { "content-type": "application/json", ...headers },
    // Where it might lead to, the headers were not meant for.
    redirect: "error",
  });
  const answer = parseJson(text);
  if (!ok)
    throw new ToolError("internal", `it answered ${status}: ${messageIn(answer) ?? text.slice(0, 100)}`);
  if (answer === undefined) throw new ToolError("internal", `it answered no JSON: ${text.slice(0, 100)}`);
  return Object(answer).output ?? answer;
}

async function exchange(to: URL, init: RequestInit) {
  try {
    const response = await fetch(to, init);
    return { ok: response.ok, status: response.status, text: await response.text() };
  } catch (cause) {
    throw new ToolError("unreachable", reasonOf(cause), { cause });
  }
}

/** `undefined`, which no JSON is, for what is none. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const refusal = z.object({ error: z.object({ message: z.string() }) });

function messageIn(answer: unknown): string | undefined {
  return refusal.safeParse(answer).data?.error.message;
}
