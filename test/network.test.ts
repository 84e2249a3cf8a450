import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { generateKeyPair } from "@libp2p/crypto/keys";
import { peerIdFromPrivateKey } from "@libp2p/peer-id";
import { DialPermits } from "../lib/p2p/peers/dial_permits.ts";
import { openLocalPeers } from "../lib/p2p/peers/local_peers.ts";
import { NetworkEngine, openNetwork } from "../lib/p2p/peers/network.ts";
import { openNode } from "../lib/p2p/peers/node.ts";
import { PingLog } from "../lib/p2p/peers/ping_log.ts";
import { isLoopback, parseTarget } from "../lib/p2p/peers/target.ts";
import { closedPort } from "./fixtures/peer_bench.ts";

setDefaultTimeout(20_000);

const id = "12D3KooWKnDdG3iXw9eTFijk3EWSunZcFi54Zka4wmtqtt6rPxc8";
const within = (ms: number) => AbortSignal.timeout(ms);
const bootstrapOf = (peers: readonly { multiaddrs: readonly string[] }[]) =>
  peers.flatMap((peer) => peer.multiaddrs);

/** A node that others can dial, with a count of the connections it got. */
async function openStranger() {
  const node = await openNode({ permits: new DialPermits(), listens: true });
  const target = parseTarget(String(node.getMultiaddrs()[0]));
  return { node, target, [Symbol.asyncDispose]: async () => node.stop() };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test("the local peers have the same ids and capabilities in every run, and every capability has half of them", async () => {
  await using first = await openLocalPeers({ count: 4 });
  await using second = await openLocalPeers({ count: 4 });
  const named = [first, second].map(({ peers }) =>
    peers.map(({ peer_id, capabilities }) => ({ peer_id, capabilities })),
  );
  expect(named[0]).toEqual(named[1]);
  for (const capability of ["compute", "storage", "relay", "dataset"])
    expect(first.peers.filter((peer) => peer.capabilities.includes(capability))).toHaveLength(2);
  for (const address of bootstrapOf(first.peers)) expect(isLoopback(parseTarget(address).address)).toBe(true);
});

test.each([[0], [1], [65], [1.5], [Number.NaN]])("refuses to open %p local peers", async (count) => {
  await expect(openLocalPeers({ count })).rejects.toThrow(RangeError);
});

test("the process of the local peers is gone after they are closed", async () => {
  const local = await openLocalPeers({ count: 2 });
  expect(isAlive(local.pid)).toBe(true);
  await local[Symbol.asyncDispose]();
  expect(isAlive(local.pid)).toBe(false);
});

test("the process of the local peers ends when its parent is killed", async () => {
  const parent = Bun.spawn([process.execPath, `${import.meta.dir}/fixtures/peers_parent.ts`], {
    stdin: "pipe",
    stderr: "pipe",
  });
  const reader = parent.stdout.getReader();
  const { value } = await reader.read();
  expect(isAlive(Number(new TextDecoder().decode(value)))).toBe(true);
  parent.kill("SIGKILL");
  // The peers hold the other end of their parent's standard error: it ends when they have.
  expect(await parent.stderr.text()).toBe("");
});

test("a process whose network is closed ends by itself", async () => {
  await using child = Bun.spawn([process.execPath, `${import.meta.dir}/fixtures/network_user.ts`]);
  expect(await child.stdout.text()).toBe("closed\n");
  expect(await child.exited).toBe(0);
});

test("finds peers at once after it is opened", async () => {
  await using local = await openLocalPeers({ count: 3 });
  await using network = await openNetwork({ bootstrap: bootstrapOf(local.peers) });
  expect(await network.discover([], 10, within(10_000))).toHaveLength(3);
});

test("fails to open when a bootstrap peer does not answer", async () => {
  await expect(openNetwork({ bootstrap: [`/ip4/127.0.0.1/tcp/1/p2p/${id}`] })).rejects.toThrow(
    "0 of 1 connections",
  );
});

test("opens without bootstrap peers and can find nobody", async () => {
  await using network = await openNetwork({ bootstrap: [] });
  expect(await network.peers()).toBeEmpty();
  await expect(network.discover([], 10, within(1_000))).rejects.toThrow("this node is connected to none");
});

test("a peer that was disconnected stays so, though the DHT still names it", async () => {
  await using local = await openLocalPeers({ count: 3 });
  await using network = await openNetwork({ bootstrap: bootstrapOf(local.peers) });
  const [target] = network.bootstrap;
  if (!target) throw new Error("there is no target");
  await network.dialer.disconnect(target.peer, true);
  for (let round = 0; round < 5; round++) await network.discover([], 10, within(10_000));
  const peer = (await network.peers()).find(({ id }) => id.equals(target.peer));
  expect(peer?.connection).toBeUndefined();
});

test("a lookup dials nobody, not even whom it could, and so never waits for a dial that has ended", async () => {
  await using local = await openLocalPeers({ count: 3 });
  const permits = new DialPermits();
  let dials = 0;
  const gater = { ...permits.gater };
  permits.gater.denyDialPeer = (peer) => {
    dials++;
    return gater.denyDialPeer?.(peer) ?? false;
  };
  const targets = bootstrapOf(local.peers).map((address) => parseTarget(address));
  await using network = new NetworkEngine(await openNode({ permits, listens: false }), permits, targets);
  await network.join();
  expect(dials).toBe(3);
  const [target] = targets;
  if (!target) throw new Error("there is no target");
  await network.dialer.disconnect(target.peer, true);
  permits.keep(target);
  const found = Array.from({ length: 20 }, () => network.discover([], 10, within(10_000)));
  expect((await Promise.all(found)).map(({ length }) => length)).toEqual(Array(20).fill(3));
  expect(dials).toBe(3);
});

test("dials again a peer that went away, if the connection was to persist", async () => {
  await using stranger = await openStranger();
  await using network = await openNetwork({ bootstrap: [] });
  await network.dialer.connect(stranger.target, { signal: within(5_000), persist: true });
  const again = Promise.withResolvers<void>();
  stranger.node.addEventListener("peer:connect", () => again.resolve(), { once: true });
  for (const connection of stranger.node.getConnections()) await connection.close();
  await again.promise;
  expect(stranger.node.getConnections()).toHaveLength(1);
});

test.each([[true], [false]])("keeps a peer disconnected by the caller, persist: %p", async (persist) => {
  await using stranger = await openStranger();
  await using network = await openNetwork({ bootstrap: [] });
  const dialled: string[] = [];
  stranger.node.addEventListener("connection:open", ({ detail }) => dialled.push(detail.id));
  for (let round = 1; round <= 20; round++) {
    const { attempts } = await network.dialer.connect(stranger.target, { signal: within(5_000), persist });
    expect(attempts).toBe(1);
    expect(await network.dialer.disconnect(stranger.target.peer, round % 2 === 0)).toBe(1);
    expect(dialled).toHaveLength(round);
  }
});

test("dials nothing outside loopback but what it was told to", () => {
  const permits = new DialPermits();
  const { denyDialMultiaddr, denyDialPeer } = permits.gater;
  const outside = parseTarget(`/ip4/192.0.2.1/tcp/4001/p2p/${id}`);
  const other = parseTarget(`/ip4/192.0.2.2/tcp/4001/p2p/${id}`);
  const inside = parseTarget(`/ip4/127.0.0.1/tcp/4001/p2p/${id}`);
  expect(denyDialPeer?.(outside.peer)).toBe(true);
  expect(denyDialMultiaddr?.(inside.address)).toBe(false);
  expect(denyDialMultiaddr?.(outside.address)).toBe(true);
  {
    using _permit = permits.grant(outside);
    expect(denyDialPeer?.(outside.peer)).toBe(false);
    expect(denyDialMultiaddr?.(outside.address)).toBe(false);
    expect(denyDialMultiaddr?.(other.address)).toBe(true);
  }
  expect(denyDialPeer?.(outside.peer)).toBe(true);
  expect(denyDialMultiaddr?.(outside.address)).toBe(true);
  permits.keep(outside);
  expect(denyDialPeer?.(outside.peer)).toBe(false);
  permits.forget(outside.peer);
  expect(denyDialPeer?.(outside.peer)).toBe(true);
});

test.each([
  ["/ip4/127.0.0.1/tcp/1", true],
  ["/ip4/127.9.9.9/tcp/1", true],
  ["/ip6/::1/tcp/1", true],
  ["/ip4/10.0.0.1/tcp/1", false],
  ["/ip4/0.0.0.0/tcp/1", false],
  ["/ip6/::/tcp/1", false],
  ["/dns4/127.0.0.1.example.com/tcp/1", false],
  ["/dns4/localhost/tcp/1", false],
])("knows whether %s is on loopback", (address, expected) => {
  expect(isLoopback(parseTarget(`${address}/p2p/${id}`).address)).toBe(expected);
});

test("keeps the latest 1,000 pings of each peer", () => {
  const log = new PingLog();
  for (let ms = 0; ms < 1_500; ms++) log.add("a", { at: new Date(ms), latencyMs: ms });
  expect(log.since("a", new Date(0))).toHaveLength(1_000);
  expect(log.since("a", new Date(1_498)).map(({ latencyMs }) => latencyMs)).toEqual([1_498, 1_499]);
  expect(log.since("b", new Date(0))).toBeEmpty();
});

test("of two who disconnect a peer at the same time, one finds it connected", async () => {
  await using stranger = await openStranger();
  await using network = await openNetwork({ bootstrap: [] });
  for (const graceful of [true, false]) {
    await network.dialer.connect(stranger.target, { signal: within(10_000) });
    const closed = [0, 1, 2].map(() => network.dialer.disconnect(stranger.target.peer, graceful));
    expect((await Promise.all(closed)).sort()).toEqual([0, 0, 1]);
  }
});

/** Local peers, and among those that our node asks one that never answers. */
async function openMuteNetwork(count: number) {
  await using opening = new AsyncDisposableStack();
  const mute = opening.use(await openStranger());
  const protocol = "/tool-runtime-benchmarks/kad/1.0.0";
  let asked = 0;
  await mute.node.unhandle(protocol);
  await mute.node.handle(protocol, () => {
    asked++;
  });
  const local = opening.use(await openLocalPeers({ count }));
  const network = opening.use(await openNetwork({ bootstrap: bootstrapOf(local.peers) }));
  await network.dialer.connect(mute.target, { signal: within(10_000) });
  while (asked === 0) await network.discover(["compute"], 10, within(500)).catch(() => {});
  const opened = opening.move();
  return { local, network, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

test("remembers the latest 500 peers that it dialled in vain, and all that are connected", async () => {
  await using stranger = await openStranger();
  const permits = new DialPermits();
  const node = await openNode({ permits, listens: false });
  await using network = new NetworkEngine(node, permits, []);
  await network.dialer.connect(stranger.target, { signal: within(10_000) });
  const nobody = async () => peerIdFromPrivateKey(await generateKeyPair("Ed25519"));
  const peers = await Promise.all(Array.from({ length: 520 }, nobody));
  for (const peer of peers) {
    const target = parseTarget(`/ip4/127.0.0.1/tcp/${closedPort()}`, peer);
    await expect(network.dialer.connect(target, { signal: within(10_000) })).rejects.toMatchObject({
      code: "unreachable",
    });
  }
  const kept = new Set((await node.peerStore.all()).map(({ id }) => id.toString()));
  expect(kept.has(stranger.target.peer.toString())).toBe(true);
  expect(peers.map((peer) => kept.has(peer.toString()))).toEqual(peers.map((_, n) => n >= 21));
});

describe("beside a peer that never answers", () => {
  test("a search ends in time with what the others named", async () => {
    await using muted = await openMuteNetwork(4);
    const { local, network } = muted;
    for (const capabilities of [["compute"], ["compute", "storage"]]) {
      const found = await network.discover(capabilities, 10, within(1_500));
      const expected = local.peers.filter((peer) =>
        capabilities.every((one) => peer.capabilities.includes(one)),
      );
      expect(found.map(({ id }) => id.toString()).sort()).toEqual(
        expected.map(({ peer_id }) => peer_id).sort(),
      );
    }
  });

  test("a search that finds nobody ends with timeout", async () => {
    await using muted = await openMuteNetwork(2);
    const { network } = muted;
    await expect(network.discover(["telepathy"], 10, within(500))).rejects.toMatchObject({ code: "timeout" });
  });
});
