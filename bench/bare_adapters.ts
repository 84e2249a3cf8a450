/**
 * What our adapters do, done with the bare libraries: one tool that echoes, on each way that there is a library for. It
 * answers the same, after it has looked at host and origin.
 */

import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, StreamableHTTPClientTransport, type Transport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import {
  type CallToolResult,
  createMcpHandler,
  hostHeaderValidationResponse,
  InMemoryTransport,
  isLegacyRequest,
  localhostAllowedHostnames,
  localhostAllowedOrigins,
  originValidationResponse,
  Server,
  WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { Elysia } from "elysia";
import { z } from "zod";
import { joinParent, openChild } from "../lib/child.ts";

const shape = z.strictObject({ text: z.string() });
const info = { name: "bare", version: "1" };
const local = "http://127.0.0.1";

/** Calls the tool once. */
export type CallOnce = () => Promise<unknown>;
const input = { text: "hello world" };

/** Where calls go. */
export interface Side {
  readonly call: CallOnce;
  readonly pid: number;
}

interface Bare {
  /** In a process of its own: answers where it serves. */
  serve?(): string;
  connect(address: string, opened: AsyncDisposableStack): Promise<CallOnce>;
}

const bare: Readonly<Record<string, Bare>> = {
  handle: {
    async connect() {
      const app = httpApp();
      return overHttp((init) => app.handle(new Request(`${local}/tools/echo`, init)), { host: "localhost" });
    },
  },
  unix: {
    serve() {
      const path = join(tmpdir(), `bare-${process.pid}`);
      httpApp().listen({ unix: path });
      return path;
    },
    connect: async (unix) => overHttp((init) => fetch(`${local}/tools/echo`, { ...init, unix })),
  },
  http: {
    serve: () => originOf(httpApp().listen({ hostname: "127.0.0.1", port: 0 })),
    connect: async (url) => overHttp((init) => fetch(`${url}/tools/echo`, init)),
  },
  "mcp-memory": {
    async connect(_, opened) {
      const [near, far] = InMemoryTransport.createLinkedPair();
      await mcpServer().connect(far);
      return overMcp(near, opened);
    },
  },
  "mcp-http": {
    serve() {
      const app = new Elysia()
        .post("/mcp", ({ request, body }) => answerMcp(request, body), { parse: "json" })
        .get("/mcp", () => new Response(null, { status: 405 }));
      return originOf(app.listen({ hostname: "127.0.0.1", port: 0 }));
    },
    connect: (url, opened) => overMcp(new StreamableHTTPClientTransport(new URL(`${url}/mcp`)), opened),
  },
};

export const names = [...Object.keys(bare), "mcp-stdio"];

/** Opens the bare way of a name. */
export async function openBare(name: string, opened: AsyncDisposableStack): Promise<Side> {
  if (name === "mcp-stdio") return openBareStdio(opened);
  const way = bare[name];
  if (!way) throw new RangeError(`Cannot open "${name}": there is no bare way of that name`);
  if (!way.serve) return { call: await way.connect("", opened), pid: process.pid };
  const child = opened.use(await openChild<string>(import.meta.path, name));
  return { call: await way.connect(child.ready, opened), pid: child.pid };
}

/** The SDK starts the process of its own. */
async function openBareStdio(opened: AsyncDisposableStack): Promise<Side> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [import.meta.path, "stdio"],
  });
  const call = await overMcp(transport, opened);
  if (transport.pid === null) throw new Error("Cannot open it: the SDK has no process");
  return { call, pid: transport.pid };
}

let calls = 0;

/** The same that ours answer for the path they took. */
function proof() {
  calls += 1;
  return { runtime: "bare", pid: process.pid, calls };
}

function httpApp() {
  const answer = async ({ request }: { request: Request }) => {
    const [host = "", origin] = ["host", "origin"].map((name) => request.headers.get(name) ?? undefined);
    if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(host) || origin !== undefined)
      return new Response(null, { status: 403 });
    const output = shape.parse(await request.json());
    return { output, ...proof() };
  };
  return new Elysia().post("/tools/echo", answer, { parse: "none" });
}

function originOf(app: { readonly server: Bun.Server<unknown> | null }): string {
  if (!app.server) throw new Error("Cannot serve: Elysia gave no server");
  return app.server.url.origin;
}

function overHttp(
  send: (init: RequestInit) => Promise<Response>,
  more: Record<string, string> = {},
): CallOnce {
  const headers = { ...more, "content-type": "application/json" };
  return async () => {
    const response = await send({ method: "POST", headers, body: JSON.stringify(input) });
    return response.json();
  };
}

function mcpServer(): Server {
  const server = new Server(info, { capabilities: { tools: {} } });
  server.setRequestHandler("tools/list", () => ({ tools: [] }));
  server.setRequestHandler("tools/call", ({ params }) => {
    const output = shape.parse(params.arguments);
    const content: CallToolResult["content"] = [{ type: "text", text: JSON.stringify(output) }];
    return { content, structuredContent: output, _meta: proof() };
  });
  return server;
}

const modern = createMcpHandler(mcpServer, { legacy: "reject" });

/** Both eras behind the SDK's own checks, as its documentation puts them together. */
async function answerMcp(request: Request, parsedBody: unknown): Promise<Response> {
  const refused =
    hostHeaderValidationResponse(request, localhostAllowedHostnames()) ??
    originValidationResponse(request, localhostAllowedOrigins());
  if (refused) return refused;
  if (!(await isLegacyRequest(request, parsedBody))) return modern.fetch(request, { parsedBody });
  const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
  await mcpServer().connect(transport);
  return transport.handleRequest(request, { parsedBody });
}

async function overMcp(transport: Transport, opened: AsyncDisposableStack): Promise<CallOnce> {
  const client = new Client(info);
  opened.defer(() => client.close());
  await client.connect(transport);
  return () => client.callTool({ name: "echo", arguments: input });
}

if (import.meta.main && Bun.argv[2] === "stdio") serveStdio(mcpServer);
else if (import.meta.main) {
  const parent = joinParent<string>();
  const { value: name = "" } = await parent.tells.next();
  const address = bare[name]?.serve?.();
  await parent.say(address);
  await parent.ended;
  if (address?.startsWith("/")) await rm(address, { force: true });
  process.exit();
}
