import type { Pipes } from "../../child.ts";
import type { Runtime } from "../runtime.ts";
import { type ForeignServer, runtimeNameOf } from "./server.ts";

/** What stands between a caller and the pipes to a command. */
export type Through = (pipes: Pipes) => Pipes;

/**
 * Calls the tools of a server that does not count its answers, so that this process vouches for the path they took. Closing
 * it ends what was started for it. Throws a `UsageError` that says why it cannot be reached.
 */
export async function openForeign(server: ForeignServer, through?: Through): Promise<Runtime> {
  if (server.by === "url") {
    const { openRoutes } = await import("./routes.ts");
    return openRoutes(server.place, server, runtimeNameOf(server.by, "legacy"));
  }
  const { openMcpCommand, openMcpUrl } = await import("./mcp.ts");
  const options = {
    name: runtimeNameOf(server.by, server.era),
    era: server.era,
    timeoutMs: server.timeoutMs,
  };
  return server.by === "command"
    ? openMcpCommand(server.words, options, through)
    : openMcpUrl(server.place, options);
}
