import type { ToolRegistry } from "../../registry.ts";
import type { ServedRuntime } from "../runtime.ts";
import type { ServerOptions, ToolServer } from "../server.ts";
import { eras, nameIn } from "./era.ts";

/** Streamable HTTP on the server of all routes, a POST a call, without state. */
export const mcpHttp = eras.map((era): ServedRuntime => {
  const name = nameIn(era, "mcp-http");
  return {
    ...{ name, era, base: "http", load: loadClient },
    async serve(registry) {
      const server = await serveMcp(registry, { name });
      return { address: server.url, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
    },
    async connect(address) {
      const { openMcpHttp } = await loadClient();
      return openMcpHttp(address, { name, era });
    },
  };
});

function loadClient() {
  return import("./client.ts");
}

/** Serves all routes and, at the URL that it answers, MCP in both eras. Throws a `UsageError` as `serveTools` does. */
export async function serveMcp(
  registry: ToolRegistry,
  { name = "mcp-http", ...options }: ServerOptions = {},
): Promise<ToolServer> {
  const [{ serveTools }, { statelessMcp }, { mcpServers }] = await Promise.all([
    import("../server.ts"),
    import("./fetch.ts"),
    import("./server.ts"),
  ]);
  const server = serveTools(registry, { ...options, mcp: statelessMcp(mcpServers(registry, name)) });
  return { url: `${server.url}/mcp`, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}
