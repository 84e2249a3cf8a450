import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { closedPort, idsIn, openPeerBench, type PeerBench, silentServer } from "./fixtures/peer_bench.ts";

let bench: PeerBench;
beforeAll(async () => {
  bench = await openPeerBench();
});
afterAll(() => bench[Symbol.asyncDispose]());
beforeEach(async () => {
  await bench.call("bootstrap_network", { min_connections: 8 });
});

describe("peer_connect", () => {
  test("connects at the first attempt and says what the peer speaks", async () => {
    const peer = bench.peerAt(1);
    await bench.call("peer_disconnect", { peer_id: peer.peer_id });
    const answer = await bench.call("peer_connect", peer);
    expect(answer).toMatchObject({ ...peer, attempts: 1 });
    expect(answer.protocols).toContain("/tool-runtime-benchmarks/kad/1.0.0");
  });

  test("takes an address without the id", async () => {
    const { peer_id, multiaddr } = bench.peerAt(1);
    await bench.call("peer_disconnect", { peer_id });
    expect(
      await bench.call("peer_connect", { peer_id, multiaddr: multiaddr.replace(/\/p2p\/.*/, "") }),
    ).toMatchObject({ peer_id, multiaddr });
  });

  test("answers the connection there is, with 0 attempts", async () => {
    const peer = bench.peerAt(2);
    await bench.call("peer_disconnect", { peer_id: peer.peer_id });
    const { connection_id } = await bench.call("peer_connect", peer);
    expect(await bench.call("peer_connect", peer)).toMatchObject({ connection_id, attempts: 0 });
  });

  test.each([
    [0, 1],
    [3, 4],
  ])("is unreachable after the first attempt and %p more", async (retry_count, attempts) => {
    const { peer_id } = bench.strangerAt;
    const before = await bench.call("peer_list", {});
    const error = await bench.failure("peer_connect", {
      peer_id,
      multiaddr: `/ip4/127.0.0.1/tcp/${closedPort()}`,
      retry_count,
    });
    expect(error.code).toBe("unreachable");
    expect(error.message).toEndWith(`attempts: ${attempts}`);
    expect(await bench.call("peer_list", {})).toEqual(before);
  });

  test("fails with timeout when the other side accepts and never answers", async () => {
    using server = silentServer();
    const { peer_id } = bench.strangerAt;
    const error = await bench.failure("peer_connect", {
      peer_id,
      multiaddr: `/ip4/127.0.0.1/tcp/${server.port}`,
      timeout: 0.2,
    });
    expect(error.code).toBe("timeout");
  });

  test("refuses an address that names another peer", async () => {
    const error = await bench.failure("peer_connect", {
      peer_id: bench.peerAt(0).peer_id,
      multiaddr: bench.peerAt(1).multiaddr,
    });
    expect(error.code).toBe("invalid_input");
    expect(error.message).toEndWith("it names another peer");
  });

  test.each([
    ["an id with a key", "12D3KooWKnDdG3iXw9eTFijk3EWSunZcFi54Zka4wmtqtt6rPxc8"],
    ["an id that is a hash", "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG"],
  ])("refuses the peer that answers in place of %s, and forgets it", async (_, peer_id) => {
    const { multiaddr } = bench.strangerAt;
    const before = await bench.call("peer_list", {});
    const error = await bench.failure("peer_connect", {
      peer_id,
      multiaddr: multiaddr.replace(/\/p2p\/.*/, ""),
    });
    expect(error.code).toBe("invalid_input");
    expect(error.message).toEndWith("another peer answers there");
    expect(await bench.call("peer_list", {})).toEqual(before);
    expect(bench.stranger.getConnections()).toBeEmpty();
  });

  test("refuses to connect to itself", async () => {
    const error = await bench.failure("peer_connect", {
      peer_id: bench.network.peerId,
      multiaddr: "/ip4/127.0.0.1/tcp/1",
    });
    expect(error.code).toBe("invalid_input");
  });
});

describe("peer_disconnect", () => {
  test.each([[true], [false]])("closes the other side too, graceful: %p", async (graceful) => {
    await bench.call("peer_connect", bench.strangerAt);
    expect(bench.stranger.getConnections()).toHaveLength(1);
    const closed = Promise.withResolvers<void>();
    bench.stranger.addEventListener("peer:disconnect", () => closed.resolve(), { once: true });
    const answer = await bench.call("peer_disconnect", {
      peer_id: bench.strangerAt.peer_id,
      reason: "done",
      graceful,
    });
    expect(answer.closed_connections).toBe(1);
    await closed.promise;
    expect(bench.stranger.getConnections()).toBeEmpty();
  });

  test("does not find a peer that is not connected", async () => {
    const { peer_id } = bench.peerAt(3);
    await bench.call("peer_disconnect", { peer_id });
    expect((await bench.failure("peer_disconnect", { peer_id })).code).toBe("not_found");
  });
});

describe("bootstrap_network", () => {
  const two = () => [bench.peerAt(0), bench.peerAt(1)];

  test("counts the connections there are", async () => {
    expect(await bench.call("bootstrap_network", {})).toMatchObject({
      connection_count: 8,
      connected: Array.from({ length: 8 }, () => ({ attempts: 0 })),
      failed: [],
    });
  });

  test("dials the nodes named and tells which failed", async () => {
    for (const { peer_id } of two()) await bench.call("peer_disconnect", { peer_id });
    const dead = `/ip4/127.0.0.1/tcp/${closedPort()}/p2p/${bench.stranger.peerId}`;
    const answer = await bench.call("bootstrap_network", {
      bootstrap_nodes: [dead, ...two().map((peer) => peer.multiaddr)],
      min_connections: 2,
    });
    expect(idsIn(answer.connected).sort()).toEqual(idsIn(two()).sort());
    expect(answer.connected).toMatchObject([{ attempts: 1 }, { attempts: 1 }]);
    expect(answer).toMatchObject({
      connection_count: 2,
      failed: [{ multiaddr: dead, error: expect.any(String) }],
    });
  });

  test("stops at max_connections", async () => {
    expect(await bench.call("bootstrap_network", { min_connections: 1, max_connections: 2 })).toMatchObject({
      connection_count: 2,
    });
  });

  test("is unreachable below min_connections, and closes what it opened", async () => {
    for (const { peer_id } of two()) await bench.call("peer_disconnect", { peer_id });
    const bootstrap_nodes = two().map((peer) => peer.multiaddr);
    expect((await bench.failure("bootstrap_network", { bootstrap_nodes, min_connections: 3 })).code).toBe(
      "unreachable",
    );
    const { peers } = await bench.call("peer_list", { status_filter: "disconnected" });
    expect(idsIn(peers)).toEqual(expect.arrayContaining(idsIn(two())));
  });

  test("fails with timeout when a node never answers", async () => {
    using server = silentServer();
    const bootstrap_nodes = [`/ip4/127.0.0.1/tcp/${server.port}/p2p/${bench.stranger.peerId}`];
    const input = { bootstrap_nodes, min_connections: 1, timeout: 0.2 };
    expect((await bench.failure("bootstrap_network", input)).code).toBe("timeout");
  });
});
