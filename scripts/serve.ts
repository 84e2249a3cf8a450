/** Serves the tools over HTTP, for anybody's client. */
import { BlockList, isIP } from "node:net";
import { z } from "zod";
import { brokerOptions } from "../lib/broker_options.ts";
import { runScript } from "../lib/command.ts";
import { UsageError } from "../lib/errors.ts";

const name = "serve";
const question =
  "Serves the tools over HTTP until it is stopped. Its first line is the URL. With --broker it also takes work from there.";
const options = {
  host: z
    .string()
    .min(1)
    .default("127.0.0.1")
    .describe("address to listen on; beyond loopback it needs a token"),
  port: z.int().min(0).max(65_535).default(0).describe("port to listen on; 0 takes a free one"),
  token: z
    .string()
    .regex(/^[\x21-\x7e]+$/, "must be printable ASCII without blanks, which a header can carry")
    .optional()
    .describe("bearer token that every request must carry"),
  peers: z.int().min(2).max(64).default(8).describe("local peers to start for the peer tools"),
  ...brokerOptions,
};

await runScript({ name, question, options }, async (options, signal) => {
  const { host, port, token, peers: count, broker, broker_token: brokerToken } = options;
  if (!isLoopback(host) && token === undefined)
    throw new UsageError(`Cannot listen on "${host}": it is beyond loopback, which takes a --token`);
  if (broker !== undefined) {
    const { checkBroker } = await import("../lib/engines/broker/broker.ts");
    await checkBroker(broker, brokerToken);
  }
  const [{ openLocalPeers }, { openToolkit }, { serveTools }] = await Promise.all([
    import("../lib/engines/peers/local_peers.ts"),
    import("../lib/toolkit.ts"),
    import("../lib/runtimes/server.ts"),
  ]);
  await using local = await openLocalPeers({ count });
  const bootstrap = local.peers.flatMap(({ multiaddrs }) => multiaddrs);
  await using toolkit = await openToolkit({ bootstrap, broker, brokerToken });
  await using server = serveTools(toolkit.registry, { host, port, token });
  console.log(server.url);
  if (!signal.aborted) await new Promise((stop) => signal.addEventListener("abort", stop));
  return 0;
});

function isLoopback(host: string): boolean {
  const loopback = new BlockList();
  loopback.addSubnet("127.0.0.0", 8);
  loopback.addAddress("::1", "ipv6");
  const family = isIP(host);
  return host === "localhost" || (family > 0 && loopback.check(host, family === 6 ? "ipv6" : "ipv4"));
}
