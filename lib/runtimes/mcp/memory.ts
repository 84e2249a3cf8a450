import type { LocalRuntime } from "../runtime.ts";
import { eras, nameIn } from "./era.ts";

/** The SDK's client and server in this process, over its linked pair, which passes objects on as they are. */
export const mcpMemory = eras.map((era): LocalRuntime => {
  const name = nameIn(era, "mcp-memory");
  return {
    ...{ name, era, base: "direct", load },
    async open(registry) {
      const [{ InMemoryTransport }, { serveStdio }, { mcpServers }, { openMcp }] = await load();
      const [near, far] = InMemoryTransport.createLinkedPair();
      const openServer = mcpServers(registry, name);
      if (era === "legacy") await openServer().connect(far);
      else serveStdio(openServer, { transport: far });
      return openMcp(near, { name, era });
    },
  };
});

function load() {
  return Promise.all([
    import("@modelcontextprotocol/server"),
    import("@modelcontextprotocol/server/stdio"),
    import("./server.ts"),
    import("./client.ts"),
  ]);
}
