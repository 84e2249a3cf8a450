import type { PeerId } from "@libp2p/interface";
import { peerIdFromString } from "@libp2p/peer-id";
import { CODE_P2P, type Multiaddr, multiaddr } from "@multiformats/multiaddr";

/** A peer and one TCP address of it, which ends in `/p2p/` and its id. */
export interface Target {
  readonly peer: PeerId;
  readonly address: Multiaddr;
}

const hosts = new Set(["ip4", "ip6", "dns", "dns4", "dns6"]);

/** Reads a multiaddr. Throws a `TypeError` unless it is a TCP address and names its peer, which `peer` may do for it. */
export function parseTarget(text: string, peer?: PeerId): Target {
  const address = multiaddr(text);
  const [host, port, id, ...rest] = address.getComponents();
  if (!hosts.has(host?.name ?? "") || port?.name !== "tcp" || (id && id.name !== "p2p") || rest.length > 0)
    throw new TypeError(`Cannot read "${text}": it is no TCP address of a peer`);
  const named = id?.value === undefined ? peer : peerIdFromString(id.value);
  if (!named) throw new TypeError(`Cannot read "${text}": it names no peer`);
  if (peer && !peer.equals(named)) throw new TypeError(`Cannot read "${text}": it names another peer`);
  return { peer: named, address: withPeer(address, named) };
}

/** The address with the peer's id at its end, in its usual spelling. */
export function withPeer(address: Multiaddr, peer: PeerId): Multiaddr {
  return address.decapsulateCode(CODE_P2P).encapsulate(`/p2p/${peer}`);
}

export function isLoopback(address: Multiaddr): boolean {
  const [host] = address.getComponents();
  return (
    (host?.name === "ip4" && host.value?.startsWith("127.")) || (host?.name === "ip6" && host.value === "::1")
  );
}
