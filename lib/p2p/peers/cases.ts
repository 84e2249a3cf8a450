import { z } from "zod";
import type { Call, Case, Session, Trial } from "../../case.ts";

const capability = "compute";

export const peerCases: readonly Case[] = [
  {
    tool: "peer_discover",
    branch: `all four peers that can ${capability}, through the DHT`,
    varies: ["search_ms"],
    slow: true,
    samples: 20,
    open: () => ({
      prepare: () => ({
        input: { capability_filter: [capability], max_peers: 4 },
        // Trials of other cases may have peers disconnected, and what those alone know is not found then.
        expect: {},
        alone: { discovered_count: 4 },
      }),
    }),
  },
  {
    tool: "peer_connect",
    branch: "a dial over TCP with Noise and Yamux to a known peer",
    varies: ["connection_id", "connection_ms"],
    slow: true,
    samples: 34,
    exclusive: true,
    open: (call) =>
      withPeer(call, [0, 1], async ({ peer_id, multiaddr }) => {
        await call("peer_disconnect", { peer_id });
        return { input: { peer_id, multiaddr }, expect: { peer_id, attempts: 1 } };
      }),
  },
  {
    tool: "peer_disconnect",
    branch: "of one connection",
    varies: ["disconnected_at"],
    slow: true,
    samples: 26,
    exclusive: true,
    open: (call) =>
      withPeer(call, [2, 3], ({ peer_id, multiaddr }) => ({
        input: { peer_id },
        expect: { peer_id, closed_connections: 1 },
        restore: () => call("peer_connect", { peer_id, multiaddr }),
      })),
  },
  {
    tool: "peer_list",
    branch: "every local peer",
    varies: ["connected_at", "last_seen"],
    async open(call) {
      const { length } = await knownPeers(call);
      return {
        prepare: () => ({
          input: { sort_by: "peer_id" },
          expect: { total_count: length, returned_count: length },
        }),
      };
    },
  },
  {
    tool: "peer_metrics",
    branch: "a ping to a connected peer",
    varies: ["latency_ms", "connected_ms", "streams"],
    async open(call) {
      const { peer_id } = await nth(call, 4);
      return { prepare: () => ({ input: { peer_id }, expect: { peer_id, status: "connected" } }) };
    },
  },
  {
    tool: "bootstrap_network",
    branch: "a dial to one known peer",
    varies: ["bootstrap_ms"],
    slow: true,
    samples: 42,
    exclusive: true,
    open: (call) =>
      withPeer(call, [5, 6], async ({ peer_id, multiaddr }) => {
        await call("peer_disconnect", { peer_id });
        return {
          input: { bootstrap_nodes: [multiaddr], min_connections: 1 },
          expect: { connection_count: 1, failed: [] },
        };
      }),
  },
];

const list = z.object({ peers: z.array(z.object({ peer_id: z.string(), multiaddr: z.string() })) });

type Peer = z.infer<typeof list>["peers"][number];

async function knownPeers(call: Call): Promise<Peer[]> {
  return list.parse(await call("peer_list", { sort_by: "peer_id" })).peers;
}

async function nth(call: Call, place: number): Promise<Peer> {
  const peer = (await knownPeers(call))[place];
  if (!peer) throw new RangeError(`Cannot take peer ${place}: the network has fewer`);
  return peer;
}

/** A session whose trials each have one of these peers to themselves; no other case touches its connection. */
async function withPeer(
  call: Call,
  places: readonly number[],
  prepare: (peer: Peer) => Trial | Promise<Trial>,
): Promise<Session> {
  const free: Peer[] = [];
  for (const place of places) free.push(await nth(call, place));
  const waiting: ((peer: Peer) => void)[] = [];
  const give = (peer: Peer) => {
    const next = waiting.shift();
    if (next) next(peer);
    else free.push(peer);
  };
  return {
    async prepare() {
      const peer = free.shift() ?? (await new Promise<Peer>((resolve) => waiting.push(resolve)));
      const trial = await prepare(peer);
      return {
        ...trial,
        async restore() {
          await trial.restore?.();
          give(peer);
        },
      };
    },
  };
}
