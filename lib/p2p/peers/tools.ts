import type { PeerId } from "@libp2p/interface";
import { z } from "zod";
import { cut, id, isoTime, page, pageCounts } from "../../fields.ts";
import { defineTool, reading, type Tool } from "../../registry.ts";
import { namesBytes } from "../kept_json.ts";
import { bootstrapTool, connectTool, disconnectTool } from "./connection_tools.ts";
import { deadline, ms, peerId, place, seconds } from "./fields.ts";
import type { KnownPeer, NetworkEngine } from "./network.ts";
import { maxFound } from "./node.ts";
import type { Ping } from "./ping_log.ts";

const capabilities = z.array(id).max(16).default([]);
const status = z.enum(["connected", "disconnected"]);
const metrics = z.strictObject({ latency_ms: ms, streams: z.int().min(0), connected_ms: ms });

/** The tools that act on one node and on the peers it meets. */
export function peerTools(network: NetworkEngine): Tool[] {
  return [
    discoverTool(network),
    connectTool(network),
    disconnectTool(network),
    listTool(network),
    metricsTool(network),
    bootstrapTool(network),
  ];
}

function discoverTool(network: NetworkEngine): Tool {
  return defineTool({
    ...place,
    name: "peer_discover",
    description: "Finds peers through the DHT, by what they can do",
    annotations: { ...reading, openWorldHint: true },
    input: z.strictObject({
      capability_filter: capabilities.describe("what each peer must be able to do; none finds every peer"),
      max_peers: z.int().min(1).max(maxFound).default(10).describe("most peers to find"),
      timeout: seconds(30).describe("longest wait, in seconds"),
      include_metrics: z.boolean().default(false).describe("ping the peers found that are connected"),
    }),
    output: z.strictObject({
      peers: z.array(
        z.strictObject({
          peer_id: id,
          multiaddrs: z.array(z.string()),
          capabilities: z.array(z.string()),
          metrics: metrics.optional(),
        }),
      ),
      discovered_count: z.int().min(0),
      search_ms: ms,
    }),
    async handler({ capability_filter, max_peers, timeout, include_metrics }) {
      const started = performance.now();
      const found = await network.discover(capability_filter, max_peers, deadline(timeout));
      const search_ms = performance.now() - started;
      const peers = await Promise.all(
        found.map(async ({ id, multiaddrs, capabilities, connection }) => ({
          peer_id: id.toString(),
          multiaddrs: [...multiaddrs],
          capabilities: [...capabilities],
          ...(include_metrics && connection && { metrics: await ping(network, id) }),
        })),
      );
      peers.sort((a, b) => compare(a.peer_id, b.peer_id));
      return { peers, discovered_count: peers.length, search_ms };
    },
  });
}

function listTool(network: NetworkEngine): Tool {
  return defineTool({
    ...place,
    name: "peer_list",
    description: "Lists the peers that this node knows",
    annotations: reading,
    input: z.strictObject({
      status_filter: status.optional().describe("only these"),
      capability_filter: capabilities.describe("only peers that can do all of this"),
      sort_by: z
        .enum(["last_seen", "connected_at", "peer_id"])
        .default("last_seen")
        .describe("times newest first, never last; ids in order"),
      ...page(100),
    }),
    output: z.strictObject({
      peers: z.array(
        z.strictObject({
          peer_id: id,
          multiaddr: z.string().nullable(),
          status,
          capabilities: z.array(z.string()),
          direction: z.enum(["inbound", "outbound"]).nullable(),
          connected_at: isoTime.nullable(),
          last_seen: isoTime.nullable(),
        }),
      ),
      ...pageCounts,
    }),
    async handler({ status_filter, capability_filter, sort_by, ...range }) {
      const matches = (await network.peers())
        .map(listed)
        .filter((peer) => status_filter === undefined || peer.status === status_filter)
        .filter(({ capabilities }) => capability_filter.every((wanted) => capabilities.includes(wanted)))
        .sort((a, b) => compare(a.peer_id, b.peer_id));
      if (sort_by !== "peer_id") matches.sort((a, b) => compare(b[sort_by] ?? "", a[sort_by] ?? ""));
      const page = cut(matches, range, listedBytes);
      return { peers: page.entries, ...page.counts(matches.length) };
    },
  });
}

function metricsTool(network: NetworkEngine): Tool {
  return defineTool({
    ...place,
    name: "peer_metrics",
    description: "Pings a connected peer and says how its connection does",
    annotations: { ...reading, openWorldHint: true },
    input: z.strictObject({
      peer_id: peerId.describe("a connected peer"),
      include_history: z
        .boolean()
        .default(false)
        .describe("add its pings of before, at most the latest 1,000"),
      history_hours: z.number().positive().max(8_760).default(24).describe("how far back"),
    }),
    output: metrics.extend({
      peer_id: id,
      status,
      history: z.array(z.strictObject({ measured_at: isoTime, latency_ms: ms })).optional(),
    }),
    async handler({ peer_id, include_history, history_hours }) {
      const since = new Date(Date.now() - history_hours * 3_600_000);
      const history = include_history ? network.pingsOf(peer_id, since).map(logged) : undefined;
      return {
        peer_id: peer_id.toString(),
        status: "connected" as const,
        ...(await ping(network, peer_id)),
        ...(history && { history }),
      };
    },
  });
}

async function ping(network: NetworkEngine, peer: PeerId): Promise<z.infer<typeof metrics>> {
  const { latencyMs, streams, connectedMs } = await network.measure(peer);
  return { latency_ms: latencyMs, streams, connected_ms: connectedMs };
}

function logged({ at, latencyMs }: Ping) {
  return { measured_at: at.toISOString(), latency_ms: latencyMs };
}

function listed({ id, multiaddrs, capabilities, connection, lastSeen }: KnownPeer) {
  return {
    peer_id: id.toString(),
    multiaddr: connection?.remoteAddr.toString() ?? multiaddrs[0] ?? null,
    status: connection ? ("connected" as const) : ("disconnected" as const),
    capabilities: [...capabilities],
    direction: connection?.direction ?? null,
    connected_at: connection ? new Date(connection.timeline.open).toISOString() : null,
    last_seen: lastSeen?.toISOString() ?? null,
  };
}

function listedBytes({ peer_id, multiaddr, capabilities }: ReturnType<typeof listed>): number {
  return 300 + namesBytes(peer_id, multiaddr ?? "", ...capabilities);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
