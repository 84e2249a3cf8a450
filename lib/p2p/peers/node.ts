import { noise } from "@chainsafe/libp2p-noise";
import { yamux } from "@chainsafe/libp2p-yamux";
import { generateKeyPair, generateKeyPairFromSeed } from "@libp2p/crypto/keys";
import { identify } from "@libp2p/identify";
import type { Connection } from "@libp2p/interface";
import { passthroughMapper } from "@libp2p/kad-dht";
import { ping } from "@libp2p/ping";
import { createLibp2p } from "libp2p";
import type { DialPermits } from "./dial_permits.ts";
import { lookups } from "./lookups.ts";
import { quietTcp } from "./quiet_tcp.ts";
import type { Target } from "./target.ts";

/** The most peers that one DHT lookup can name. */
export const maxFound = 100;

/** The longest that a caller may wait for a network tool. */
export const maxTimeoutMs = 300_000;

/** By default a second ping of one peer at a time is refused, and a 33rd lookup; callers under load make hundreds. */
const streams = { maxInboundStreams: 1_000, maxOutboundStreams: 1_000 };

const dayMs = 86_400_000;

export type Node = Awaited<ReturnType<typeof openNode>>;

interface NodeOptions {
  readonly permits: DialPermits;
  /** Others can dial it, and ask it in their lookups. */
  readonly listens: boolean;
  /** 32 bytes that its key and so its id follow from. */
  readonly seed?: Uint8Array | undefined;
}

/**
 * Starts a libp2p node, which listens on a free TCP port of 127.0.0.1 if `listens`. It dials nobody by itself: DHT
 * lookups travel over the connections there are, and what `permits` does not hold is refused.
 */
export async function openNode({ permits, listens, seed }: NodeOptions) {
  const node = await createLibp2p({
    privateKey: seed ? await generateKeyPairFromSeed("Ed25519", seed) : await generateKeyPair("Ed25519"),
    // Closing a listener leaves a timer behind that keeps its process alive for another second.
    addresses: { listen: listens ? ["/ip4/127.0.0.1/tcp/0"] : [] },
    transports: [quietTcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionGater: permits.gater,
    // Its pings every 10 s would run inside samples.
    connectionMonitor: { enabled: false },
    connectionManager: {
      // By default a sixth connection per second from one host is refused, and here every peer is on one host.
      inboundConnectionThreshold: Infinity,
      maxIncomingPendingConnections: Infinity,
      addressDialTimeout: maxTimeoutMs,
      // By default a connection that takes 10 s to set up is closed, which a busy machine takes for dozens at once.
      inboundUpgradeTimeout: maxTimeoutMs,
      inboundStreamProtocolNegotiationTimeout: maxTimeoutMs,
    },
    // After its hour, peers without a known address drop out of every DHT answer.
    peerStore: { maxAddressAge: Infinity },
    services: {
      identify: identify({ ...streams, runOnConnectionOpen: false }),
      ping: ping(streams),
      dht: lookups({
        ...streams,
        protocol: "/tool-runtime-benchmarks/kad/1.0.0",
        // As a client its lookups would share 64 streams per connection, whatever the limit above.
        clientMode: false,
        peerInfoMapper: passthroughMapper,
        kBucketSize: maxFound,
        // By default a peer that is 5 s late is passed over, and a lookup under load finds fewer peers than there are.
        networkDialTimeout: { minTimeout: maxTimeoutMs, maxTimeout: maxTimeoutMs },
        incomingMessageTimeout: maxTimeoutMs,
        // Lookups wait for the first of these; later ones would run inside samples.
        initialQuerySelfInterval: 0,
        querySelfInterval: dayMs,
      }),
    },
  });
  node.addEventListener("connection:open", ({ detail: connection }) => {
    if (connection.direction === "inbound") node.services.identify.identify(connection).catch(() => {});
  });
  return node;
}

/** Connects and waits until the peer has said what it speaks. Fails with libp2p's own errors. */
export async function dial(
  node: Node,
  { address }: Target,
  signal: AbortSignal,
): Promise<{ connection: Connection; protocols: string[] }> {
  const connection = await node.dial(address, { signal });
  try {
    const { protocols } = await node.services.identify.identify(connection, { signal });
    return { connection, protocols };
  } catch (error) {
    connection.abort(new Error("it did not identify itself", { cause: error }));
    throw error;
  }
}
