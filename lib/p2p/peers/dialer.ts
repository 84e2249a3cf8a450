import { type Connection, KEEP_ALIVE, type PeerId } from "@libp2p/interface";
import { ToolError } from "../../errors.ts";
import type { DialPermits } from "./dial_permits.ts";
import { dial, type Node } from "./node.ts";
import type { PeerMemory } from "./peer_memory.ts";
import type { Target } from "./target.ts";

const keepAliveTag = `${KEEP_ALIVE}-caller`;
const dialsAtOnce = 8;

export interface Link {
  readonly connection: Connection;
  readonly protocols: readonly string[];
  /** How often the peer was dialled for it; 0 when the connection was there already. */
  readonly attempts: number;
}

interface ConnectOptions {
  readonly signal: AbortSignal;
  /** Attempts after the first. */
  readonly retries?: number;
  /** Dial again when the peer goes away. */
  readonly persist?: boolean;
}

interface BootstrapOptions {
  readonly signal: AbortSignal;
  readonly min: number;
  readonly max: number;
}

/** Opens and closes the connections of one node; nobody else may open any. */
export class Dialer {
  readonly #node: Node;
  readonly #permits: DialPermits;
  readonly #memory: PeerMemory;
  /** That a caller has closed: to the others they are gone, though closing takes its time. */
  readonly #closing = new WeakSet<Connection>();

  constructor(node: Node, permits: DialPermits, memory: PeerMemory) {
    this.#node = node;
    this.#permits = permits;
    this.#memory = memory;
  }

  /** Answers the connection there is, or dials. Fails with `invalid_input`, `unreachable` or `timeout`. */
  async connect(target: Target, { signal, retries = 0, persist = false }: ConnectOptions): Promise<Link> {
    if (target.peer.equals(this.#node.peerId))
      throw new ToolError("invalid_input", `Cannot connect to "${target.address}": it is this node itself`);
    await this.#memory.meet(target.peer);
    using _permit = this.#permits.grant(target);
    const link = (await this.#existing(target.peer)) ?? (await this.#dial(target, retries, signal));
    if (persist) {
      this.#permits.keep(target);
      await this.#node.peerStore.merge(target.peer, { tags: { [keepAliveTag]: { value: 1 } } });
    }
    return link;
  }

  /** Closes every connection to the peer and forgets that it was to be kept. Answers how many there were. */
  async disconnect(peer: PeerId, graceful: boolean): Promise<number> {
    const connections = this.#node.getConnections(peer).filter((one) => !this.#closing.has(one));
    if (connections.length === 0) return 0;
    for (const connection of connections) this.#closing.add(connection);
    this.#permits.forget(peer);
    const { tags } = await this.#node.peerStore.get(peer);
    const kept = [...tags.keys()].filter((tag) => tag.startsWith(KEEP_ALIVE));
    await this.#node.peerStore.merge(peer, { tags: Object.fromEntries(kept.map((tag) => [tag, undefined])) });
    if (graceful) await this.#node.hangUp(peer);
    else for (const connection of connections) connection.abort(new Error("the caller hung up"));
    return connections.length;
  }

  /**
   * Connects to targets until there are `max`. Fails with `unreachable` or `timeout`, and closes what it opened, when
   * there are fewer than `min`.
   */
  async bootstrap(targets: readonly Target[], { signal, min, max }: BootstrapOptions) {
    const waiting = [...new Map(targets.map((target) => [target.address.toString(), target])).values()];
    /** By peer: two addresses of one peer are one connection. */
    const links = new Map<string, Link>();
    const failed: { multiaddr: string; error: string }[] = [];
    let dialling = 0;
    const connectNext = async (): Promise<void> => {
      const target = links.size + dialling < max && !signal.aborted ? waiting.shift() : undefined;
      if (!target) return;
      dialling++;
      await this.connect(target, { signal })
        .then((link) => {
          const peer = link.connection.remotePeer.toString();
          if (!links.has(peer)) links.set(peer, link);
        })
        .catch((error) => failed.push({ multiaddr: target.address.toString(), error: messageOf(error) }));
      dialling--;
      return connectNext();
    };
    await Promise.all(Array.from({ length: dialsAtOnce }, connectNext));
    if (links.size >= min) return { links: [...links.values()], failed };
    await Promise.all(
      [...links.values()].map(async ({ connection, attempts }) => {
        if (attempts > 0) await this.disconnect(connection.remotePeer, true);
      }),
    );
    const state = `${links.size} of ${min} connections (${failed[0]?.error ?? "no more nodes"})`;
    throw new ToolError(signal.aborted ? "timeout" : "unreachable", `Cannot bootstrap: ${state}`);
  }

  async #existing(peer: PeerId): Promise<Link | undefined> {
    const connection = this.#node
      .getConnections(peer)
      .find((one) => one.status === "open" && !this.#closing.has(one));
    if (!connection) return;
    const { protocols } = await this.#node.peerStore.get(peer);
    return { connection, protocols, attempts: 0 };
  }

  async #dial(target: Target, retries: number, signal: AbortSignal): Promise<Link> {
    for (let attempts = 1; ; attempts++) {
      try {
        return { ...(await dial(this.#node, target, signal)), attempts };
      } catch (error) {
        const failure = dialFailure(error, target, attempts, signal);
        if (failure.code !== "unreachable" || attempts > retries) throw failure;
      }
    }
  }
}

function dialFailure(error: unknown, { address }: Target, attempts: number, signal: AbortSignal): ToolError {
  const verb = `Cannot connect to "${address}"`;
  if (signal.aborted) return new ToolError("timeout", `${verb}: no answer in time, attempts: ${attempts}`);
  if (isAnotherPeer(error)) return new ToolError("invalid_input", `${verb}: another peer answers there`);
  return new ToolError("unreachable", `${verb}: ${messageOf(error)}, attempts: ${attempts}`, {
    cause: error,
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The handshake says it in words only; the gater of `DialPermits` says it for ids without a key. */
function isAnotherPeer(error: unknown): boolean {
  return (
    error instanceof Error &&
    (error.name === "ConnectionInterceptedError" ||
      error.message.includes("does not match expected remote identity key"))
  );
}
