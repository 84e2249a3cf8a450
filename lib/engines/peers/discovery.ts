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
 * Finds peers through the DHT and stops at `max`, or when every peer that may know more has answered. Fails with
 * `unreachable` when nobody answers and with `timeout`.
 */
export async function discover(node: Node, { capabilities, max, signal }: Search): Promise<PeerInfo[]> {
  if (node.getConnections().length === 0)
    throw new ToolError("unreachable", "Cannot discover peers: this node is connected to none");
  const found = new Map<string, PeerInfo>();
  try {
    const [first, ...others] = capabilities;
    const required = await Promise.all(
      others.map((capability) => idsOf(providers(node, capability, signal))),
    );
    for await (const peer of first === undefined ? everyone(node, signal) : providers(node, first, signal)) {
      const id = peer.id.toString();
      if (required.every((ids) => ids.has(id))) found.set(id, peer);
      if (found.size === max) break;
    }
  } catch (error) {
    if (signal.aborted) throw new ToolError("timeout", "Cannot discover peers: no end of the search in time");
    throw error;
  }
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

async function idsOf(peers: AsyncIterable<PeerInfo>): Promise<Set<string>> {
  const ids = new Set<string>();
  for await (const { id } of peers) ids.add(id.toString());
  return ids;
}
