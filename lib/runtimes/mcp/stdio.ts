import { Console } from "node:console";
import { Writable } from "node:stream";
import type { ToolRegistry } from "../../registry.ts";
import type { ServedRuntime } from "../runtime.ts";
import { eras, nameIn } from "./era.ts";

/** A line of JSON a message, over the pipes to a process and from it. */
export const mcpStdio = eras.map((era): ServedRuntime => {
  const name = nameIn(era, "mcp-stdio");
  return {
    ...{ name, era, base: nameIn(era, "mcp-memory"), load: loadClient },
    piped: true,
    async serve(registry) {
      const server = await serveStdio(registry, takeStdout(), name);
      return { address: "stdio", [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
    },
    async connect(address, pipes) {
      if (!pipes) throw new TypeError(`Cannot connect to ${address}: its process has no pipes`);
      const [{ pipeTransport }, { openMcp }] = await loadClient();
      return openMcp(pipeTransport(pipes), { name, era });
    },
  };
});

function loadClient() {
  return Promise.all([import("./pipe.ts"), import("./client.ts")]);
}

export interface StdioServer extends AsyncDisposable {
  /** Resolves when who started this process has ended its input. */
  readonly ended: Promise<void>;
}

/** Serves MCP in both eras to who started this process, from its stdin to `stdout`. */
export async function serveStdio(
  registry: ToolRegistry,
  stdout: Writable,
  name = "mcp-stdio",
): Promise<StdioServer> {
  const [sdk, { mcpServers }] = await Promise.all([
    import("@modelcontextprotocol/server/stdio"),
    import("./server.ts"),
  ]);
  const { stdin } = process;
  const ended = new Promise<void>((resolve) => stdin.once("end", resolve).once("close", resolve));
  const transport = new sdk.StdioServerTransport(stdin, stdout);
  const server = sdk.serveStdio(mcpServers(registry, name), { transport });
  return { ended, [Symbol.asyncDispose]: () => server.close() };
}

/**
 * Takes the stdout of this process for a protocol. What it prints from then on, whoever of it does, goes to stderr: a
 * line of a tool or of a module would be none of the protocol's.
 */
export function takeStdout(): Writable {
  const { stdout, stderr } = process;
  const write = stdout.write.bind(stdout);
  stdout.write = stderr.write.bind(stderr);
  Object.assign(console, new Console(stderr, stderr), { write: stdout.write });
  return new Writable({ write: (chunk, _, done) => void write(chunk, done) });
}
