// Runs the local network of peers, says who they are and ends when its parent does.
import { sha256 } from "multiformats/hashes/sha2";
import { joinParent } from "../../child.ts";
import { capabilityKey, capabilityProtocol } from "./capability.ts";
import { DialPermits } from "./dial_permits.ts";
import { dial, type Node, openNode } from "./node.ts";

const offered = ["compute", "storage", "relay", "dataset"];
const startMs = 30_000;

const permits = new DialPermits();
const parent = joinParent<{ readonly count: number }>();
const { value: task } = await parent.tells.next();
const nodes = await Promise.all(Array.from({ length: task?.count ?? 0 }, (_, index) => openPeer(index)));
await connectNeighbours(nodes);
await Promise.all(nodes.map(provide));
await parent.say(nodes.map(describe));
await parent.ended;
// Stopping them one by one waits up to 500 ms for each connection; the system closes them all at once.
process.exit();

/** Each peer has two of the capabilities, and each capability half of the peers. */
function capabilitiesAt(index: number): string[] {
  return offered.filter((_, place) => (index + place) % 4 < 2).sort();
}

async function openPeer(index: number): Promise<Node> {
  const { digest } = await sha256.digest(new TextEncoder().encode(`local peer ${index}`));
  const node = await openNode({ permits, listens: true, seed: digest });
  await node.handle(capabilitiesAt(index).map(capabilityProtocol), (stream) => stream.close());
  return node;
}

/** Links each peer to the two before it. Of all pairs, 28 for 8 peers, the settling alone takes 0.5 s longer. */
async function connectNeighbours(nodes: readonly Node[]): Promise<void> {
  const signal = AbortSignal.timeout(startMs);
  await Promise.all(
    nodes.flatMap((node, index) =>
      nodes.slice(Math.max(0, index - 2), index).map(async (neighbour) => {
        const [address] = neighbour.getMultiaddrs();
        if (!address) throw new Error(`Cannot connect "${node.peerId}": its neighbour has no address`);
        const target = { peer: neighbour.peerId, address };
        using _permit = permits.grant(target);
        await dial(node, target, signal);
      }),
    ),
  );
}

/** Announces the capabilities to the neighbours, which keep the records beside the peer's own. */
async function provide(node: Node, index: number): Promise<void> {
  const signal = AbortSignal.timeout(startMs);
  await Promise.all(
    capabilitiesAt(index).map(async (capability) => {
      const key = await capabilityKey(capability);
      let kept = 0;
      for await (const event of node.services.dht.provide(key, { signal }))
        if (event.name === "PEER_RESPONSE" && event.messageName === "ADD_PROVIDER") kept++;
      if (kept === 0) throw new Error(`Cannot provide "${capability}": no neighbour keeps the record`);
    }),
  );
}

function describe(node: Node, index: number) {
  return {
    peer_id: node.peerId.toString(),
    multiaddrs: node.getMultiaddrs().map(String),
    capabilities: capabilitiesAt(index),
  };
}
