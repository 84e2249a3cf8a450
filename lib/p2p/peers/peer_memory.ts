import type { PeerId } from "@libp2p/interface";
import type { Node } from "./node.ts";

/** A peer takes 3 kB; libp2p would keep each for six hours, even one that nobody answered for. */
export const mostPeers = 500;

/** The peers that somebody here asked for or heard of: the store keeps the latest 500, and all that are connected. */
export class PeerMemory {
  readonly #node: Node;
  readonly #onForget: (peerId: string) => void;
  /** The one that was met first comes first. */
  readonly #met = new Map<string, PeerId>();

  constructor(node: Node, onForget: (peerId: string) => void) {
    this.#node = node;
    this.#onForget = onForget;
  }

  async meet(peer: PeerId): Promise<void> {
    const met = peer.toString();
    this.#met.delete(met);
    this.#met.set(met, peer);
    for (const [id, oldest] of this.#met) {
      if (this.#met.size <= mostPeers) return;
      if (this.#node.getConnections(oldest).length > 0) continue;
      this.#met.delete(id);
      this.#onForget(id);
      await this.#node.peerStore.delete(oldest);
    }
  }
}
