import type { ServedRuntime } from "../runtime.ts";

const name = "mcp-http-session";

/** Streamable HTTP with a session, which the modern era has no more. */
export const mcpHttpSession: ServedRuntime = {
  ...{ name, era: "legacy", base: "http", load: loadClient },
  async serve(registry) {
    const [{ serveTools }, { sessionMcp }, { mcpServers }] = await Promise.all([
      import("../server.ts"),
      import("./fetch.ts"),
      import("./server.ts"),
    ]);
    const server = serveTools(registry, { mcp: sessionMcp(mcpServers(registry, name)) });
    return { address: `${server.url}/mcp`, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
  },
  async connect(address) {
    const { openMcpHttp } = await loadClient();
    return openMcpHttp(address, { name, era: "legacy" });
  },
};

function loadClient() {
  return import("./client.ts");
}
