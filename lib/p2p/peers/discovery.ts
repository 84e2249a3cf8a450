import type { PeerInfo } from "@libp2p/interface";
import type { QueryErrorEvent, QueryEvent } from "@libp2p/kad-dht";
import { ToolError } from "../../errors.ts";
import { capabilityKey } from "./capability.ts";
import type { Node } from "./node.ts";

interface Search {
  /** A peer found has every one of them; none means every peer. */
  readonly capabilities: readonly string[];
  readonly max: number;
  readonly signal: AbortSignal;
}

/**
 * Finds peers through the DHT and stops at `max`, or when every peer that may know more has answered, or when the time is
 * up and some are found. Fails with `unreachable` when nobody answers, and with `timeout` when nobody is found in time.
 */
export async function discover(node: Node, { capabilities, max, signal }: Search): Promise<PeerInfo[]> {
  if (node.getConnections().length === 0)
    throw new ToolError("unreachable", "Cannot discover peers: this node is connected to none");
  const enough = new AbortController();
  const until = AbortSignal.any([signal, enough.signal]);
  const lookups =
    capabilities.length === 0
      ? [everyone(node, until)]
      : [...new Set(capabilities)].map((capability) => providers(node, capability, until));
  const found = new Map<string, PeerInfo>();
  /** How many of the lookups have named a peer. */
  const named = new Map<string, number>();
  const ends = await Promise.allSettled(
    lookups.map(async (lookup) => {
      const seen = new Set<string>();
      for await (const peer of lookup) {
        const id = peer.id.toString();
        if (seen.has(id)) continue;
        seen.add(id);
        named.set(id, (named.get(id) ?? 0) + 1);
        if (named.get(id) === lookups.length) found.set(id, peer);
        if (found.size === max) return enough.abort();
      }
    }),
  );
  // A lookup whose time is up may end as if nobody knew more.
  if (signal.aborted && found.size === 0)
    throw new ToolError("timeout", "Cannot discover peers: no end of the search in time, and none found");
  const failure = ends.find(({ status }) => status === "rejected");
  if (failure?.status === "rejected" && !until.aborted) throw failure.reason;
  return [...found.values()];
}

/** The peers that provide the DHT record of a capability. */
async function* providers(node: Node, capability: string, signal: AbortSignal): AsyncGenerator<PeerInfo> {
  const key = await capabilityKey(capability);
  for await (const answer of answers(node, node.services.dht.findProviders(key, { signal })))
    yield* answer.providers;
}

/** The peers met on a walk towards our own place in the DHT: who answers, and whom they name. */
async function* everyone(node: Node, signal: AbortSignal): AsyncGenerator<PeerInfo> {
  const here = node.peerId.toMultihash().bytes;
  for await (const { from, closer } of answers(node, node.services.dht.getClosestPeers(here, { signal }))) {
    yield { id: from, multiaddrs: [] };
    yield* closer.filter(({ id }) => !id.equals(node.peerId));
  }
}

/**
 * Every answer to a lookup. A peer that gave none, over a connection that lasted, may be the one that knew more, so the
 * search fails; one that was disconnected meanwhile is passed over.
 */
async function* answers(node: Node, events: AsyncIterable<QueryEvent>) {
  const before = new Set(node.getConnections().map(({ id }) => id));
  const silent: QueryErrorEvent[] = [];
  let count = 0;
  for await (const event of events) {
    if (event.name === "QUERY_ERROR") silent.push(event);
    if (event.name !== "PEER_RESPONSE") continue;
    count++;
    yield event;
  }
  for (const { from, error } of silent) {
    const lasted = node.getConnections(from).some(({ id, status }) => before.has(id) && status === "open");
    if (lasted)
      throw new ToolError("unreachable", `Cannot discover peers: "${from}" does not answer`, {
        cause: error,
      });
  }
  if (count === 0) throw new ToolError("unreachable", "Cannot discover peers: nobody answers");
}
