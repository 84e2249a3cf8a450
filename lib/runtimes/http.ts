import { z } from "zod";
import { errorCode, ToolError } from "../errors.ts";
import { toolAnnotations } from "../registry.ts";
import { vanishingClients } from "./http_clients.ts";
import type { Runtime, ServedRuntime } from "./runtime.ts";

/** One POST a call to a server on the loopback interface, which is kept alive. */
export const http: ServedRuntime = {
  name: "http",
  formerName: "fastapi",
  base: "handle",
  async serve(registry) {
    const { serveTools } = await import("./server.ts");
    const server = serveTools(registry);
    return { address: server.url, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
  },
  connect: (address) => openHttp(address),
  vanishing: vanishingClients,
};

const health = z.object({ pid: z.int() });
const listings = z.array(
  z.object({
    name: z.string(),
    category: z.string(),
    home: z.string(),
    description: z.string(),
    annotations: toolAnnotations.optional(),
    input_schema: z.unknown(),
    output_schema: z.unknown(),
  }),
);
const reply = z.object({ output: z.unknown(), runtime: z.string(), pid: z.int(), calls: z.int() });
const refusal = z.object({
  error: z.object({ code: errorCode, message: z.string() }),
});

export interface HttpOptions {
  readonly token?: string | undefined;
  /** What the server must call the way that its answers took, "http" by default. */
  readonly name?: string;
  /** The path of a socket to send to, in place of the host and port of the URL. */
  readonly unix?: string;
  /** How a request is sent, by default by that of this process. */
  readonly fetch?: (url: string, init: BunFetchRequestInit) => Promise<Response>;
}

/**
 * Calls the tools that a server offers at `url`, which has no trailing slash. Closing it leaves the server running.
 * A server that cannot be reached is a `ToolError` with the code `unreachable`.
 */
export async function openHttp(url: string, options: HttpOptions = {}): Promise<Runtime> {
  const { token, name = "http", unix, fetch: reach = fetch } = options;
  const headers = new Headers({ "content-type": "application/json" });
  if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
  const common = unix === undefined ? { headers } : { headers, unix };
  const send = async (path: string, init?: RequestInit) => {
    const { status, text } = await exchange(reach, url + path, { ...init, ...common });
    if (status !== 200) throw failure(text);
    return parseJson(text);
  };
  const { pid } = health.parse(await send("/health"));
  return {
    name,
    pid,
    list: async () => listings.parse(await send("/tools")),
    async call(tool, input) {
      const body = JSON.stringify(input ?? null);
      return reply.parse(await send(`/tools/${encodeURIComponent(tool)}`, { method: "POST", body }));
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

async function exchange(reach: NonNullable<HttpOptions["fetch"]>, url: string, init: BunFetchRequestInit) {
  try {
    const response = await reach(url, init);
    return { status: response.status, text: await response.text() };
  } catch (cause) {
    throw new ToolError("unreachable", `Cannot reach ${url}: ${String(cause)}`, { cause });
  }
}

function failure(text: string): ToolError {
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
