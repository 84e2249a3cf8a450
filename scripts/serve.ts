/** Serves the tools over HTTP or MCP, for anybody's client. */
import { z } from "zod";
import { runScript } from "../lib/command.ts";
import { UsageError } from "../lib/errors.ts";
import { brokerOptions } from "../lib/p2p/broker/options.ts";
import type { ToolRegistry } from "../lib/registry.ts";
import { isLoopback, tokenOf, tokenShape } from "../lib/runtimes/listening.ts";

const name = "serve";
const question =
  "Serves the tools over HTTP until it is stopped. Its first line is the URL. With --mcp it is an MCP server. With --broker it also takes work from there.";
const options = z.strictObject({
  mcp: z
    .enum(["stdio", "http"])
    .optional()
    .describe("serve MCP: on stdin and stdout, or beside the rest at /mcp, which the first line then names"),
  host: z
    .string()
    .min(1)
    .default("127.0.0.1")
    .describe("address to listen on; beyond loopback it needs a token"),
  port: z.int().min(0).max(65_535).default(0).describe("port to listen on; 0 takes a free one"),
  token: tokenShape
    .optional()
    .describe("bearer token that every request must carry (default: $SERVE_TOKEN, which ps does not show)"),
  peers: z.int().min(2).max(64).default(8).describe("local peers to start for the peer tools"),
  ...brokerOptions,
});

await runScript({ name, question, options }, async (options, signal) => {
  const serve = await serverOf(options);
  const { peers: count, broker, broker_token: brokerToken } = options;
  if (broker !== undefined) {
    const { checkBroker } = await import("../lib/p2p/broker/broker.ts");
    await checkBroker(broker, brokerToken);
  }
  const [{ openLocalPeers }, { openTools }] = await Promise.all([
    import("../lib/p2p/peers/local_peers.ts"),
    import("../lib/toolkit.ts"),
  ]);
  await using local = await openLocalPeers({ count });
  const bootstrap = local.peers.flatMap(({ multiaddrs }) => multiaddrs);
  await using toolkit = await openTools({ bootstrap, broker, brokerToken });
  await using server = await serve(toolkit.registry);
  const ends = [new Promise((stop) => signal.addEventListener("abort", stop))];
  if ("url" in server) console.log(server.url);
  else ends.push(server.ended);
  if (!signal.aborted) await Promise.race(ends);
  return 0;
});

/** Stdio takes stdout at once, before anything is loaded that might print there. */
async function serverOf({ mcp, host, port, token: given }: z.output<typeof options>) {
  if (mcp === "stdio") {
    if (given !== undefined || port !== 0 || host !== "127.0.0.1")
      throw new UsageError("Cannot take --host, --port or --token with --mcp stdio: it does not listen");
    const { serveStdio, takeStdout } = await import("../lib/runtimes/mcp/stdio.ts");
    const stdout = takeStdout();
    return (registry: ToolRegistry) => serveStdio(registry, stdout);
  }
  const token = given ?? tokenOf(process.env);
  if (!isLoopback(host) && token === undefined)
    throw new UsageError(
      `Cannot listen on "${host}": it is beyond loopback, which takes a --token or $SERVE_TOKEN`,
    );
  const [{ serveTools }, { serveMcp }] = await Promise.all([
    import("../lib/runtimes/server.ts"),
    import("../lib/runtimes/mcp/http.ts"),
  ]);
  const serve = mcp === "http" ? serveMcp : serveTools;
  return (registry: ToolRegistry) => serve(registry, { host, port, token });
}
