import {
  type Client,
  SdkError,
  SdkErrorCode,
  StreamableHTTPClientTransport,
} from "@modelcontextprotocol/client";
import { type Pipes, within } from "../../child.ts";
import { ToolError, UsageError } from "../../errors.ts";
import { connectMcp, fail, textOf } from "../mcp/client.ts";
import { type Era, isObject } from "../mcp/era.ts";
import { pipeTransport } from "../mcp/pipe.ts";
import type { Runtime } from "../runtime.ts";
import { startCommand } from "./command.ts";
import { foreignCategory, type Limits, type Place, reasonOf, shownUrl } from "./server.ts";

interface ForeignMcp extends Limits {
  readonly name: string;
  readonly era: Era;
}

/** How long the end of a process is waited for, once its connection is lost. */
const endMs = 1_000;

/** Starts an MCP server, and speaks with it over its standard input and output. */
export async function openMcpCommand(
  words: readonly string[],
  options: ForeignMcp,
  through: (pipes: Pipes) => Pipes = (pipes) => pipes,
): Promise<Runtime> {
  await using opening = new AsyncDisposableStack();
  const command = opening.use(startCommand(words));
  const transport = pipeTransport(through(command.pipes));
  const cannot = (state: string, cause: unknown) =>
    new UsageError(`Cannot reach "${words.join(" ").slice(0, 100)}": ${state}`, { cause });
  const client = await connectMcp(transport, options.era, options.timeoutMs).catch(async (error) => {
    const isLost = [SdkErrorCode.ConnectionClosed, "EPIPE"].includes(Object(error).code);
    const code = isLost ? await within(endMs, command.exited) : null;
    if (code !== null) throw cannot(`it ended with exit code ${code} before it answered`, error);
    throw cannot(why(error, options), error);
  });
  opening.defer(() => client.close());
  return { ...openRuntime(client, command.pid, options, opening), exited: command.exited };
}

/** Speaks with an MCP server over Streamable HTTP. */
export async function openMcpUrl({ url, headers }: Place, options: ForeignMcp): Promise<Runtime> {
  await using opening = new AsyncDisposableStack();
  const transport = new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } });
  const client = await connectMcp(transport, options.era, options.timeoutMs).catch((error) => {
    throw new UsageError(`Cannot reach ${shownUrl(url)}: ${why(error, options)}`, { cause: error });
  });
  opening.defer(async () => {
    // A server that is gone has ended the session too.
    if (transport.sessionId !== undefined) await transport.terminateSession().catch(() => {});
    await client.close();
  });
  return openRuntime(client, process.pid, options, opening);
}

function why(error: unknown, { timeoutMs }: Limits): string {
  const isLate = error instanceof SdkError && error.code === SdkErrorCode.RequestTimeout;
  return isLate ? `it has not answered within ${timeoutMs / 1e3} s` : reasonOf(error);
}

function openRuntime(
  client: Client,
  pid: number,
  { name, timeoutMs }: ForeignMcp,
  opening: AsyncDisposableStack,
): Runtime {
  const opened = opening.move();
  const timeout = { timeout: timeoutMs };
  let calls = 0;
  return {
    name,
    pid,
    async list() {
      const { tools } = await client.listTools(undefined, timeout).catch(fail);
      return tools.map(({ name: tool, description = "", annotations, inputSchema, outputSchema }) => ({
        ...{ name: tool, category: foreignCategory, home: name, description, annotations },
        ...{ input_schema: inputSchema, output_schema: outputSchema },
      }));
    },
    async call(tool, input) {
      if (!isObject(input))
        throw new ToolError("invalid_input", `Cannot call "${tool}": MCP carries no input but an object`);
      calls += 1;
      const count = calls;
      const result = await client.callTool({ name: tool, arguments: input }, timeout).catch(fail);
      if (result.isError) throw new ToolError("internal", textOf(result));
      // The SDK takes any object for a result of the legacy era.
      const output: unknown = result.structuredContent ?? result.content;
      if (output === undefined) throw new ToolError("internal", "it answered without content");
      return { output, runtime: name, pid, calls: count };
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
