import {
  type CallToolResult,
  Client,
  type FetchLike,
  ProtocolError,
  ProtocolErrorCode,
  SdkError,
  SdkErrorCode,
  SdkHttpError,
  StreamableHTTPClientTransport,
  type Transport,
} from "@modelcontextprotocol/client";
import { z } from "zod";
import { name as suite, version } from "../../../package.json";
import { errorCode, ToolError } from "../../errors.ts";
import { toolAnnotations } from "../../registry.ts";
import type { Runtime } from "../runtime.ts";
import { type Era, isObject, modernVersion } from "./era.ts";

const capabilities = z.object({ experimental: z.object({ proof: z.object({ pid: z.int() }) }) });
const proof = z.object({ runtime: z.string(), pid: z.int(), calls: z.int() });
const places = z.object({ category: z.string(), home: z.string() });
const failing = z.object({ code: errorCode });

export interface McpOptions {
  /** What the server must call the way that its answers took. */
  readonly name: string;
  readonly era: Era;
}

/** The same over Streamable HTTP; `fetch` is by default that of this process. */
export async function openMcpHttp(
  url: string,
  options: McpOptions & { fetch?: FetchLike },
): Promise<Runtime> {
  const { fetch: reach = fetch } = options;
  const transport = new StreamableHTTPClientTransport(new URL(url), { fetch: reach });
  const runtime = await openMcp(transport, options);
  return {
    ...runtime,
    async [Symbol.asyncDispose]() {
      // A server that is gone has ended the session too.
      if (transport.sessionId !== undefined) await transport.terminateSession().catch(() => {});
      await runtime[Symbol.asyncDispose]();
    },
  };
}

/**
 * Calls the tools of a server of ours that is at the other end of `transport`, in one era of the protocol. Closing it
 * closes the transport. A server that cannot be reached is a `ToolError` with the code `unreachable`.
 */
export async function openMcp(transport: Transport, { name, era }: McpOptions): Promise<Runtime> {
  const client = await connectMcp(transport, era).catch(fail);
  const { pid } = capabilities.parse(client.getServerCapabilities()).experimental.proof;
  return {
    name,
    pid,
    async list() {
      const { tools } = await client.listTools().catch(fail);
      return tools.map(({ name, description = "", annotations, inputSchema, outputSchema, _meta }) => ({
        name,
        ...places.parse(_meta),
        description,
        annotations: annotations && toolAnnotations.parse(annotations),
        input_schema: inputSchema,
        output_schema: outputSchema,
      }));
    },
    async call(tool, input) {
      if (!isObject(input))
        throw new ToolError("invalid_input", `Cannot call "${tool}": MCP carries no input but an object`);
      const result = await client.callTool({ name: tool, arguments: input }).catch(fail);
      if (result.isError) throw new ToolError(failing.parse(result._meta).code, textOf(result));
      const output = result.structuredContent ?? JSON.parse(textOf(result));
      return { output, ...proof.parse(result._meta) };
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}

/** Throws what the SDK throws. */
export async function connectMcp(transport: Transport, era: Era, timeoutMs?: number): Promise<Client> {
  const mode = era === "legacy" ? era : { pin: modernVersion };
  const client = new Client({ name: suite, version }, { versionNegotiation: { mode } });
  await client.connect(transport, timeoutMs === undefined ? {} : { timeout: timeoutMs });
  return client;
}

export function textOf({ content }: CallToolResult): string {
  const [first] = content;
  return first?.type === "text" ? first.text : "";
}

/** Throws what the SDK threw as what all runtimes throw. */
export function fail(cause: unknown): never {
  if (cause instanceof ProtocolError) {
    const { data } = failing.safeParse(cause.data);
    throw new ToolError(
      data?.code ?? (cause.code === ProtocolErrorCode.InvalidParams ? "invalid_input" : "internal"),
      cause.message,
      { cause },
    );
  }
  if (cause instanceof SdkHttpError && cause.status === 413)
    throw new ToolError("invalid_input", "Cannot send the input: it is too long for the server", { cause });
  if (cause instanceof SdkError && cause.code === SdkErrorCode.RequestTimeout)
    throw new ToolError("timeout", cause.message, { cause });
  throw new ToolError("unreachable", `Cannot reach the server: ${String(cause)}`, { cause });
}
