import type { LocalRuntime } from "../runtime.ts";
import { eras, nameIn } from "./era.ts";

/** MCP over HTTP without a socket: the SDK's client calls the handler of requests in this process. */
export const mcpHandle = eras.map((era): LocalRuntime => {
  const name = nameIn(era, "mcp-handle");
  return {
    ...{ name, era, base: nameIn(era, "mcp-memory"), load },
    async open(registry) {
      const [{ requestHere }, { statelessMcp }, { mcpServers }, { openMcpHttp }] = await load();
      const answer = statelessMcp(mcpServers(registry, name));
      return openMcpHttp("http://localhost/mcp", {
        name,
        era,
        fetch: (url, init) => answer(requestHere(url, init)),
      });
    },
  };
});

function load() {
  return Promise.all([
    import("../requests.ts"),
    import("./fetch.ts"),
    import("./server.ts"),
    import("./client.ts"),
  ]);
}
