import type { ConnectionGater, PeerId } from "@libp2p/interface";
import { isLoopback, type Target } from "./target.ts";

/**
 * What a node may dial: the peers that somebody here asked for, at an address on loopback or the one asked for. DHT
 * lookups and libp2p's own reconnecting would otherwise reopen what was just closed, at any address they were told.
 */
export class DialPermits {
  readonly #dialled = new Set<Target>();
  readonly #kept = new Map<string, Target>();

  readonly gater: ConnectionGater = {
    denyDialPeer: (peer) => !this.#some((target) => target.peer.equals(peer)),
    denyDialMultiaddr: (address) =>
      !isLoopback(address) && !this.#some((target) => target.address.equals(address)),
    // A hashed id (Qm…) carries no key for the handshake to compare: whoever answered would pass for that peer.
    denyOutboundEncryptedConnection: (peer, { remoteAddr }) =>
      !remoteAddr.toString().endsWith(`/p2p/${peer}`),
  };

  /** Lets `target` be dialled until the answer is disposed of. */
  grant(target: Target): Disposable {
    // Calls at the same time may hold one target; each has a permit of its own.
    const permit = { ...target };
    this.#dialled.add(permit);
    return { [Symbol.dispose]: () => this.#dialled.delete(permit) };
  }

  /** Lets the peer be dialled again whenever its connection is lost. */
  keep(target: Target): void {
    this.#kept.set(target.peer.toString(), target);
  }

  forget(peer: PeerId): void {
    this.#kept.delete(peer.toString());
  }

  #some(holds: (target: Target) => boolean): boolean {
    return [...this.#dialled, ...this.#kept.values()].some(holds);
  }
}
