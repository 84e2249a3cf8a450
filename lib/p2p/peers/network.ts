import type { Connection, Peer, PeerId } from "@libp2p/interface";
import { ToolError } from "../../errors.ts";
import { capabilitiesOf } from "./capability.ts";
import { DialPermits } from "./dial_permits.ts";
import { Dialer } from "./dialer.ts";
import { discover } from "./discovery.ts";
import { type Node, openNode } from "./node.ts";
import { PeerMemory } from "./peer_memory.ts";
import { type Ping, PingLog } from "./ping_log.ts";
import { parseTarget, type Target, withPeer } from "./target.ts";

const joinMs = 30_000;
const pingMs = 10_000;

export interface KnownPeer {
  readonly id: PeerId;
  readonly multiaddrs: readonly string[];
  readonly capabilities: readonly string[];
  /** Its oldest open connection. */
  readonly connection: Connection | undefined;
  /** When it last connected, disconnected or answered a ping. */
  readonly lastSeen: Date | undefined;
}

export interface PeerMetrics {
  readonly latencyMs: number;
  readonly streams: number;
  readonly connectedMs: number;
}

/** Our node, and the peers it was told to join. Closing it closes every connection. */
export class NetworkEngine implements AsyncDisposable {
  readonly dialer: Dialer;
  readonly bootstrap: readonly Target[];
  readonly #node: Node;
  readonly #pings = new PingLog();
  readonly #seen = new Map<string, Date>();
  readonly #memory: PeerMemory;

  constructor(node: Node, permits: DialPermits, bootstrap: readonly Target[]) {
    this.#node = node;
    this.#memory = new PeerMemory(node, (peerId) => {
      this.#seen.delete(peerId);
      this.#pings.forget(peerId);
    });
    this.dialer = new Dialer(node, permits, this.#memory);
    this.bootstrap = bootstrap;
    node.addEventListener("peer:connect", ({ detail: peer }) => this.#see(peer));
    node.addEventListener("peer:disconnect", ({ detail: peer }) => this.#see(peer));
  }

  get peerId(): string {
    return this.#node.peerId.toString();
  }

  /** Connects to every bootstrap peer and waits until one of them has answered a DHT lookup. */
  async join(): Promise<void> {
    const count = this.bootstrap.length;
    if (count === 0) return;
    const signal = AbortSignal.timeout(joinMs);
    await this.dialer.bootstrap(this.bootstrap, { signal, min: count, max: count });
    await this.discover([], 1, signal);
  }

  /** Finds up to `max` peers that have every one of the capabilities. Fails as `discover` of discovery.ts does. */
  async discover(capabilities: readonly string[], max: number, signal: AbortSignal): Promise<KnownPeer[]> {
    const found = await discover(this.#node, { capabilities, max, signal });
    return Promise.all(
      found.map(async ({ id, multiaddrs }) => {
        await this.#memory.meet(id);
        const peer = this.#known(await this.#node.peerStore.merge(id, { multiaddrs }));
        return { ...peer, capabilities: [...new Set([...peer.capabilities, ...capabilities])].sort() };
      }),
    );
  }

  /** Every peer that we connected to or heard of. */
  async peers(): Promise<KnownPeer[]> {
    const stored = await this.#node.peerStore.all();
    // libp2p notes a failed dial as a peer with nothing in it.
    const heardOf = stored.filter(({ addresses, protocols }) => addresses.length + protocols.length > 0);
    return heardOf.map((peer) => this.#known(peer));
  }

  /** Pings a peer over its connection. Fails with `not_found`, `conflict`, `unreachable` or `timeout`. */
  async measure(peer: PeerId): Promise<PeerMetrics> {
    const connections = this.#node.getConnections(peer);
    const connection = oldest(connections);
    if (!connection) {
      const known = (await this.peers()).some(({ id }) => id.equals(peer));
      const [code, state] = known ? (["conflict", "connected"] as const) : (["not_found", "known"] as const);
      throw new ToolError(code, `Cannot ping "${peer}": it is not ${state}`);
    }
    const streams = connections.reduce((sum, { streams }) => sum + streams.length, 0);
    const latencyMs = await this.#ping(peer);
    return { latencyMs, streams, connectedMs: Date.now() - connection.timeline.open };
  }

  /** The latest pings of this peer, oldest first. */
  pingsOf(peer: PeerId, since: Date): readonly Ping[] {
    return this.#pings.since(peer.toString(), since);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#node.stop();
  }

  /** The time that a new stream and 32 bytes there and back take; libp2p's own figure has whole milliseconds only. */
  async #ping(peer: PeerId): Promise<number> {
    const signal = AbortSignal.timeout(pingMs);
    const started = performance.now();
    try {
      await this.#node.services.ping.ping(peer, { signal });
    } catch (error) {
      const code = signal.aborted ? "timeout" : "unreachable";
      throw new ToolError(code, `Cannot ping "${peer}": ${String(error)}`, { cause: error });
    }
    const latencyMs = performance.now() - started;
    this.#pings.add(peer.toString(), { at: this.#see(peer), latencyMs });
    return latencyMs;
  }

  #known({ id, addresses, protocols }: Peer): KnownPeer {
    const text = addresses.map(({ multiaddr }) => withPeer(multiaddr, id).toString());
    return {
      id,
      multiaddrs: [...new Set(text)],
      capabilities: capabilitiesOf(protocols),
      connection: oldest(this.#node.getConnections(id)),
      lastSeen: this.#seen.get(id.toString()),
    };
  }

  #see(peer: PeerId): Date {
    const now = new Date();
    this.#seen.set(peer.toString(), now);
    return now;
  }
}

/** Starts a node of our own in this process and joins the peers at these multiaddrs. */
export async function openNetwork(options: { bootstrap: readonly string[] }): Promise<NetworkEngine> {
  const targets = options.bootstrap.map((text) => parseTarget(text));
  const permits = new DialPermits();
  const network = new NetworkEngine(await openNode({ permits, listens: false }), permits, targets);
  await using opening = new AsyncDisposableStack();
  opening.use(network);
  await network.join();
  opening.move();
  return network;
}

function oldest(connections: readonly Connection[]): Connection | undefined {
  return connections.toSorted((a, b) => a.timeline.open - b.timeline.open)[0];
}
