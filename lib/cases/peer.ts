import { z } from "zod";
import type { Call, Case } from "../measure/latency.ts";

const capability = "compute";

export const peerCases: readonly Case[] = [
  {
    tool: "peer_discover",
    branch: `all four peers that can ${capability}, through the DHT`,
    prepare: () => ({
      input: { capability_filter: [capability], max_peers: 4 },
      expect: { discovered_count: 4 },
    }),
  },
  {
    tool: "peer_connect",
    branch: "a dial over TCP with Noise and Yamux to a known peer",
    dials: true,
    async prepare(call, serial) {
      const { peer_id, multiaddr } = await nth(call, serial);
      await call("peer_disconnect", { peer_id });
      return { input: { peer_id, multiaddr }, expect: { peer_id, attempts: 1 } };
    },
  },
  {
    tool: "peer_disconnect",
    branch: "of one connection",
    dials: true,
    async prepare(call, serial) {
      const { peer_id, multiaddr } = await nth(call, serial);
      return {
        input: { peer_id },
        expect: { peer_id, closed_connections: 1 },
        restore: () => call("peer_connect", { peer_id, multiaddr }),
      };
    },
  },
  {
    tool: "peer_list",
    branch: "every local peer",
    async prepare(call) {
      const { length } = await connected(call);
      return { input: { sort_by: "peer_id" }, expect: { total_count: length, returned_count: length } };
    },
  },
  {
    tool: "peer_metrics",
    branch: "a ping to a connected peer",
    async prepare(call, serial) {
      const { peer_id } = await nth(call, serial);
      return { input: { peer_id }, expect: { peer_id, status: "connected" } };
    },
  },
  {
    tool: "bootstrap_network",
    branch: "dials to two known peers",
    dials: true,
    async prepare(call, serial) {
      const peers = [await nth(call, serial), await nth(call, serial + 1)];
      for (const { peer_id } of peers) await call("peer_disconnect", { peer_id });
      const bootstrap_nodes = peers.map(({ multiaddr }) => multiaddr);
      return {
        input: { bootstrap_nodes, min_connections: 2, max_connections: 2 },
        expect: { connection_count: 2, failed: [] },
      };
    },
  },
];

const list = z.object({ peers: z.array(z.object({ peer_id: z.string(), multiaddr: z.string() })) });

async function connected(call: Call) {
  const output = await call("peer_list", { status_filter: "connected", sort_by: "peer_id" });
  return list.parse(output).peers;
}

/** A connected peer, each in its turn. */
async function nth(call: Call, serial: number) {
  const peers = await connected(call);
  const peer = peers[serial % peers.length];
  if (!peer) throw new Error("Cannot prepare a call: no peer is connected");
  return peer;
}
