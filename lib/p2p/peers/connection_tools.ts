import type { PeerId } from "@libp2p/interface";
import { z } from "zod";
import { ToolError } from "../../errors.ts";
import { id, isoTime } from "../../fields.ts";
import { adding, defineTool, destroying, type Tool } from "../../registry.ts";
import { deadline, ms, peerId, place, seconds } from "./fields.ts";
import type { NetworkEngine } from "./network.ts";
import { parseTarget, type Target } from "./target.ts";

export function connectTool(network: NetworkEngine): Tool {
  return defineTool({
    ...place,
    name: "peer_connect",
    description: "Connects to a peer, or answers the connection there is (with 0 attempts)",
    annotations: { ...adding, idempotentHint: true, openWorldHint: true },
    input: z.strictObject({
      peer_id: peerId.describe("who must answer there"),
      multiaddr: id.describe("its TCP address, with or without its id"),
      timeout: seconds(30).describe("longest wait for all attempts together, in seconds"),
      retry_count: z.int().min(0).max(100).default(3).describe("attempts after the first"),
      persist: z
        .boolean()
        .default(true)
        .describe("dial again when the peer goes away, until peer_disconnect"),
    }),
    output: z.strictObject({
      peer_id: id,
      multiaddr: z.string(),
      connection_id: z.string(),
      connection_ms: ms,
      protocols: z.array(z.string()),
      attempts: z.int().min(0),
    }),
    async handler({ peer_id, multiaddr, timeout, retry_count, persist }) {
      const target = targetOf(multiaddr, peer_id);
      const started = performance.now();
      const { connection, protocols, attempts } = await network.dialer.connect(target, {
        signal: deadline(timeout),
        retries: retry_count,
        persist,
      });
      return {
        peer_id: connection.remotePeer.toString(),
        multiaddr: connection.remoteAddr.toString(),
        connection_id: connection.id,
        connection_ms: performance.now() - started,
        protocols: [...protocols],
        attempts,
      };
    },
  });
}

export function disconnectTool(network: NetworkEngine): Tool {
  return defineTool({
    ...place,
    name: "peer_disconnect",
    description: "Closes every connection to a peer and keeps them closed",
    annotations: destroying,
    input: z.strictObject({
      peer_id: peerId.describe("a connected peer"),
      reason: id.optional().describe("why; libp2p has no message that would carry it to the peer"),
      graceful: z.boolean().default(true).describe("let open streams end; otherwise reset them"),
    }),
    output: z.strictObject({ peer_id: id, closed_connections: z.int().min(1), disconnected_at: isoTime }),
    async handler({ peer_id, graceful }) {
      const closed_connections = await network.dialer.disconnect(peer_id, graceful);
      if (closed_connections === 0)
        throw new ToolError("not_found", `Cannot disconnect "${peer_id}": it is not connected`);
      return { peer_id: peer_id.toString(), closed_connections, disconnected_at: new Date().toISOString() };
    },
  });
}

export function bootstrapTool(network: NetworkEngine): Tool {
  return defineTool({
    ...place,
    name: "bootstrap_network",
    description: "Connects to the nodes named, or to the local peers",
    annotations: { ...adding, idempotentHint: true, openWorldHint: true },
    input: z
      .strictObject({
        bootstrap_nodes: z
          .array(id)
          .max(100)
          .optional()
          .describe("TCP addresses that end in /p2p/ and the peer's id"),
        timeout: seconds(60).describe("longest wait, in seconds"),
        min_connections: z.int().min(0).max(100).default(3).describe("fewer are a failure"),
        max_connections: z.int().min(1).max(100).default(10).describe("stop there"),
      })
      .refine(
        (input) => input.min_connections <= input.max_connections,
        "min_connections is over max_connections",
      ),
    output: z.strictObject({
      connected: z.array(z.strictObject({ peer_id: id, multiaddr: z.string(), attempts: z.int().min(0) })),
      failed: z.array(z.strictObject({ multiaddr: z.string(), error: z.string() })),
      connection_count: z.int().min(0),
      bootstrap_ms: ms,
    }),
    async handler({ bootstrap_nodes, timeout, min_connections, max_connections }) {
      const targets = bootstrap_nodes?.map((text) => targetOf(text)) ?? network.bootstrap;
      const started = performance.now();
      const { links, failed } = await network.dialer.bootstrap(targets, {
        signal: deadline(timeout),
        min: min_connections,
        max: max_connections,
      });
      const connected = links.map(({ connection, attempts }) => ({
        peer_id: connection.remotePeer.toString(),
        multiaddr: connection.remoteAddr.toString(),
        attempts,
      }));
      return {
        connected,
        failed,
        connection_count: connected.length,
        bootstrap_ms: performance.now() - started,
      };
    },
  });
}

function targetOf(text: string, peer?: PeerId): Target {
  try {
    return parseTarget(text, peer);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new ToolError("invalid_input", message, { cause: error });
  }
}
