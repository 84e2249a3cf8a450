import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { z } from "zod";
import { DialPermits } from "../lib/engines/dial_permits.ts";
import { type LocalPeers, openLocalPeers } from "../lib/engines/local_peers.ts";
import { type NetworkEngine, openNetwork } from "../lib/engines/network.ts";
import { type Node, openNode } from "../lib/engines/node.ts";
import { peerTools } from "../lib/tools/peer.ts";
import { type ErrorCode, ToolError, ToolRegistry } from "../lib/tools/registry.ts";

const ended = new AsyncDisposableStack();
let local: LocalPeers;
let network: NetworkEngine;
let tools: ToolRegistry;
/** A peer that no DHT record names, whose side of a connection the tests can look at. */
let stranger: Node;

beforeAll(async () => {
  local = ended.use(await openLocalPeers());
  network = ended.use(await openNetwork({ bootstrap: local.peers.flatMap((peer) => peer.multiaddrs) }));
  tools = new ToolRegistry(peerTools(network));
  stranger = await openNode({ permits: new DialPermits(), serves: true });
  ended.defer(() => stranger.stop());
});
afterAll(() => ended.disposeAsync());
beforeEach(async () => {
  await call("bootstrap_network", { min_connections: 8 });
});

/** Calls a tool and holds its answer against its output schema. */
async function call(name: string, input: unknown): Promise<Record<string, unknown>> {
  const tool = tools.get(name);
  return z.record(z.string(), z.unknown()).parse(tool.output.parse(await tool.call(input)));
}

async function failure(name: string, input: unknown): Promise<ToolError> {
  const error = await call(name, input).then(
    (answer) => new Error(`answered ${JSON.stringify(answer)}`),
    (reason) => reason,
  );
  if (error instanceof ToolError) return error;
  throw error;
}

const idsIn = (peers: unknown) =>
  z
    .array(z.looseObject({ peer_id: z.string() }))
    .parse(peers)
    .map((peer) => peer.peer_id);
const idsWith = (...wanted: string[]) =>
  local.peers
    .filter((peer) => wanted.every((one) => peer.capabilities.includes(one)))
    .map((peer) => peer.peer_id);

function peerAt(index: number) {
  const peer = local.peers[index];
  const multiaddr = peer?.multiaddrs[0];
  if (!peer || !multiaddr) throw new Error(`there is no peer ${index}`);
  return { peer_id: peer.peer_id, multiaddr };
}

function strangerAddress() {
  return { peer_id: stranger.peerId.toString(), multiaddr: String(stranger.getMultiaddrs()[0]) };
}

/** A TCP port of 127.0.0.1 where nobody listens. */
function closedPort(): number {
  const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  server.stop(true);
  return server.port;
}

/** A server that accepts and never answers. */
function silentServer() {
  const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  return { port: server.port, [Symbol.dispose]: () => server.stop(true) };
}

describe("peer_discover", () => {
  test.each([
    [["compute"]],
    [["storage"]],
    [["relay"]],
    [["dataset"]],
    [["compute", "storage"]],
    [["compute", "relay"]],
  ])("finds exactly the peers that have all of %p", async (capability_filter) => {
    const { peers, discovered_count } = await call("peer_discover", { capability_filter, max_peers: 100 });
    expect(idsIn(peers).sort()).toEqual(idsWith(...capability_filter).sort());
    expect(discovered_count).toBe(idsWith(...capability_filter).length);
  });

  test("finds every peer without a filter, each with its own capabilities and address", async () => {
    const { peers } = await call("peer_discover", {});
    const found = z.array(z.looseObject({ peer_id: z.string() })).parse(peers);
    expect(found.toSorted((a, b) => (a.peer_id < b.peer_id ? -1 : 1))).toEqual(
      local.peers.map((peer) => ({ ...peer })).sort((a, b) => (a.peer_id < b.peer_id ? -1 : 1)),
    );
  });

  test("stops at max_peers", async () => {
    const { peers } = await call("peer_discover", { capability_filter: ["compute"], max_peers: 3 });
    expect(idsIn(peers)).toHaveLength(3);
    expect(idsWith("compute")).toEqual(expect.arrayContaining(idsIn(peers)));
  });

  test("ends with an empty answer when nobody has the capability", async () => {
    expect(await call("peer_discover", { capability_filter: ["telepathy"] })).toMatchObject({
      peers: [],
      discovered_count: 0,
    });
  });

  test("finds a disconnected peer without connecting to it again", async () => {
    const { peer_id } = peerAt(0);
    await call("peer_disconnect", { peer_id });
    for (const filter of [[], ["compute"]]) {
      const { peers } = await call("peer_discover", {
        capability_filter: filter,
        max_peers: 100,
        include_metrics: true,
      });
      expect(idsIn(peers)).toContain(peer_id);
      const withMetrics = z
        .array(z.looseObject({}))
        .parse(peers)
        .filter((peer) => "metrics" in peer);
      expect(idsIn(withMetrics)).toEqual(idsIn(peers).filter((id) => id !== peer_id));
    }
    expect(idsIn((await call("peer_list", { status_filter: "disconnected" })).peers)).toContain(peer_id);
  });

  test("is unreachable when every peer is disconnected", async () => {
    for (const { peer_id } of local.peers) await call("peer_disconnect", { peer_id });
    expect((await failure("peer_discover", {})).code).toBe("unreachable");
  });

  test("fails with timeout when the search does not end in time", async () => {
    expect((await failure("peer_discover", { timeout: 0.0001 })).code).toBe("timeout");
  });
});

describe("peer_connect", () => {
  test("connects at the first attempt and says what the peer speaks", async () => {
    const peer = peerAt(1);
    await call("peer_disconnect", { peer_id: peer.peer_id });
    const answer = await call("peer_connect", peer);
    expect(answer).toMatchObject({ ...peer, attempts: 1 });
    expect(answer.protocols).toContain("/tool-runtime-benchmarks/kad/1.0.0");
  });

  test("takes an address without the id", async () => {
    const { peer_id, multiaddr } = peerAt(1);
    await call("peer_disconnect", { peer_id });
    expect(
      await call("peer_connect", { peer_id, multiaddr: multiaddr.replace(/\/p2p\/.*/, "") }),
    ).toMatchObject({ peer_id, multiaddr });
  });

  test("answers the connection there is, with 0 attempts", async () => {
    const peer = peerAt(2);
    await call("peer_disconnect", { peer_id: peer.peer_id });
    const { connection_id } = await call("peer_connect", peer);
    expect(await call("peer_connect", peer)).toMatchObject({ connection_id, attempts: 0 });
  });

  test.each([
    [0, 1],
    [3, 4],
  ])("is unreachable after the first attempt and %p more", async (retry_count, attempts) => {
    const { peer_id } = strangerAddress();
    const before = await call("peer_list", {});
    const error = await failure("peer_connect", {
      peer_id,
      multiaddr: `/ip4/127.0.0.1/tcp/${closedPort()}`,
      retry_count,
    });
    expect(error.code).toBe("unreachable");
    expect(error.message).toEndWith(`attempts: ${attempts}`);
    expect(await call("peer_list", {})).toEqual(before);
  });

  test("fails with timeout when the other side accepts and never answers", async () => {
    using server = silentServer();
    const { peer_id } = strangerAddress();
    const error = await failure("peer_connect", {
      peer_id,
      multiaddr: `/ip4/127.0.0.1/tcp/${server.port}`,
      timeout: 0.2,
    });
    expect(error.code).toBe("timeout");
  });

  test("refuses an address that names another peer", async () => {
    const error = await failure("peer_connect", {
      peer_id: peerAt(0).peer_id,
      multiaddr: peerAt(1).multiaddr,
    });
    expect(error.code).toBe("invalid_input");
    expect(error.message).toEndWith("it names another peer");
  });

  test.each([
    ["an id with a key", "12D3KooWKnDdG3iXw9eTFijk3EWSunZcFi54Zka4wmtqtt6rPxc8"],
    ["an id that is a hash", "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG"],
  ])("refuses the peer that answers in place of %s, and forgets it", async (_, peer_id) => {
    const { multiaddr } = strangerAddress();
    const before = await call("peer_list", {});
    const error = await failure("peer_connect", { peer_id, multiaddr: multiaddr.replace(/\/p2p\/.*/, "") });
    expect(error.code).toBe("invalid_input");
    expect(error.message).toEndWith("another peer answers there");
    expect(await call("peer_list", {})).toEqual(before);
    expect(stranger.getConnections()).toBeEmpty();
  });

  test("refuses to connect to itself", async () => {
    const error = await failure("peer_connect", {
      peer_id: network.peerId,
      multiaddr: "/ip4/127.0.0.1/tcp/1",
    });
    expect(error.code).toBe("invalid_input");
  });
});

describe("peer_disconnect", () => {
  test.each([[true], [false]])("closes the other side too, graceful: %p", async (graceful) => {
    await call("peer_connect", strangerAddress());
    expect(stranger.getConnections()).toHaveLength(1);
    const closed = Promise.withResolvers<void>();
    stranger.addEventListener("peer:disconnect", () => closed.resolve(), { once: true });
    const answer = await call("peer_disconnect", {
      peer_id: strangerAddress().peer_id,
      reason: "done",
      graceful,
    });
    expect(answer.closed_connections).toBe(1);
    await closed.promise;
    expect(stranger.getConnections()).toBeEmpty();
  });

  test("does not find a peer that is not connected", async () => {
    const { peer_id } = peerAt(3);
    await call("peer_disconnect", { peer_id });
    expect((await failure("peer_disconnect", { peer_id })).code).toBe("not_found");
  });
});

describe("peer_list", () => {
  test("tells connected from disconnected peers", async () => {
    const { peer_id } = peerAt(4);
    await call("peer_disconnect", { peer_id });
    const { peers } = await call("peer_list", { capability_filter: ["compute"], sort_by: "peer_id" });
    expect(idsIn(peers)).toEqual(idsWith("compute").sort());
    for (const peer of z.array(z.looseObject({ peer_id: z.string() })).parse(peers))
      if (peer.peer_id === peer_id)
        expect(peer).toMatchObject({
          status: "disconnected",
          direction: null,
          connected_at: null,
          last_seen: expect.any(String),
        });
      else
        expect(peer).toMatchObject({
          status: "connected",
          direction: "outbound",
          connected_at: expect.any(String),
        });
  });

  test.each([["last_seen"], ["connected_at"]])("sorts by %s, newest first", async (sort_by) => {
    const { peers } = await call("peer_list", { sort_by });
    const times = z
      .array(z.looseObject({ [sort_by]: z.string().nullable() }))
      .parse(peers)
      .map((peer) => peer[sort_by] ?? "");
    expect(times).toEqual(times.toSorted().reverse());
  });

  test("answers pages", async () => {
    const all = await call("peer_list", { sort_by: "peer_id", status_filter: "connected" });
    expect(all).toMatchObject({ total_count: 8, returned_count: 8, has_more: false });
    const page = await call("peer_list", {
      sort_by: "peer_id",
      status_filter: "connected",
      limit: 3,
      offset: 4,
    });
    expect(page).toMatchObject({ total_count: 8, returned_count: 3, has_more: true });
    expect(idsIn(page.peers)).toEqual(idsIn(all.peers).slice(4, 7));
  });
});

describe("peer_metrics", () => {
  test("measures a ping and remembers it", async () => {
    const { peer_id } = peerAt(5);
    const { latency_ms } = await call("peer_metrics", { peer_id });
    expect(latency_ms).toBeGreaterThan(0);
    const { history } = await call("peer_metrics", { peer_id, include_history: true });
    expect(z.array(z.unknown()).parse(history).at(-1)).toMatchObject({ latency_ms });
    const brief = await call("peer_metrics", { peer_id, include_history: true, history_hours: 1e-9 });
    expect(brief.history).toBeEmpty();
  });

  test("measures one peer for many callers at once", async () => {
    const answers = Array.from({ length: 50 }, () => call("peer_metrics", { peer_id: peerAt(5).peer_id }));
    expect(await Promise.all(answers)).toHaveLength(50);
  });

  test("does not find a peer it never heard of", async () => {
    const error = await failure("peer_metrics", {
      peer_id: "12D3KooWKnDdG3iXw9eTFijk3EWSunZcFi54Zka4wmtqtt6rPxc8",
    });
    expect(error.code).toBe("not_found");
  });

  test("conflicts while the peer is disconnected", async () => {
    const { peer_id } = peerAt(6);
    await call("peer_disconnect", { peer_id });
    expect((await failure("peer_metrics", { peer_id })).code).toBe("conflict");
  });
});

describe("bootstrap_network", () => {
  const two = () => [peerAt(0), peerAt(1)];

  test("counts the connections there are", async () => {
    expect(await call("bootstrap_network", {})).toMatchObject({
      connection_count: 8,
      connected: Array.from({ length: 8 }, () => ({ attempts: 0 })),
      failed: [],
    });
  });

  test("dials the nodes named and tells which failed", async () => {
    for (const { peer_id } of two()) await call("peer_disconnect", { peer_id });
    const dead = `/ip4/127.0.0.1/tcp/${closedPort()}/p2p/${stranger.peerId}`;
    const answer = await call("bootstrap_network", {
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
    expect(await call("bootstrap_network", { min_connections: 1, max_connections: 2 })).toMatchObject({
      connection_count: 2,
    });
  });

  test("is unreachable below min_connections, and closes what it opened", async () => {
    for (const { peer_id } of two()) await call("peer_disconnect", { peer_id });
    const bootstrap_nodes = two().map((peer) => peer.multiaddr);
    expect((await failure("bootstrap_network", { bootstrap_nodes, min_connections: 3 })).code).toBe(
      "unreachable",
    );
    const { peers } = await call("peer_list", { status_filter: "disconnected" });
    expect(idsIn(peers)).toEqual(expect.arrayContaining(idsIn(two())));
  });

  test("fails with timeout when a node never answers", async () => {
    using server = silentServer();
    const bootstrap_nodes = [`/ip4/127.0.0.1/tcp/${server.port}/p2p/${stranger.peerId}`];
    const input = { bootstrap_nodes, min_connections: 1, timeout: 0.2 };
    expect((await failure("bootstrap_network", input)).code).toBe("timeout");
  });
});

describe("hostile input", () => {
  const good: Record<string, () => Record<string, unknown>> = {
    peer_discover: () => ({}),
    peer_connect: () => peerAt(0),
    peer_disconnect: () => ({ peer_id: peerAt(0).peer_id }),
    peer_list: () => ({}),
    peer_metrics: () => ({ peer_id: peerAt(0).peer_id }),
    bootstrap_network: () => ({}),
  };
  const texts = ["", " ", "x".repeat(10_240), "a\u0000b", "__proto__", "nobody", 1, true, {}, [], null];
  const numbers = [-1, Number.NaN, Number.POSITIVE_INFINITY, 1e300, "1", null, {}];
  const addresses = [
    ...texts,
    "/",
    "/unix/tmp%2Fsocket",
    "/ip4/127.0.0.1/udp/1",
    "/ip4/127.0.0.1/tcp/65536",
    "/ip4/127.0.0.1/tcp/1/ws",
    "/dnsaddr/example.com",
    "/ip4/127.0.0.1/tcp/1/p2p/nobody",
    "/ip4/127.0.0.1/tcp/1/p2p-circuit",
  ];
  const fields: [string, string, readonly unknown[]][] = [
    [
      "peer_discover",
      "capability_filter",
      ["compute", [""], [1], ["a\nb"], Array.from({ length: 17 }, () => "a"), null],
    ],
    ["peer_discover", "max_peers", [...numbers, 0, 101, 1.5]],
    ["peer_discover", "timeout", [...numbers, 0, 301]],
    ["peer_discover", "include_metrics", ["yes", 1, null]],
    ["peer_connect", "peer_id", [...texts, undefined]],
    ["peer_connect", "multiaddr", [...addresses, undefined]],
    ["peer_connect", "timeout", [...numbers, 0, 301]],
    ["peer_connect", "retry_count", [...numbers, 1.5, 101]],
    ["peer_connect", "persist", ["no", 0, null]],
    ["peer_disconnect", "peer_id", [...texts, undefined]],
    ["peer_disconnect", "reason", ["", "x".repeat(10_240), 1, null]],
    ["peer_disconnect", "graceful", ["no", 0, null]],
    ["peer_list", "status_filter", ["dead", "", 1, null, "__proto__"]],
    ["peer_list", "capability_filter", ["compute", [""], [null]]],
    ["peer_list", "sort_by", ["name", "__proto__", 1, null]],
    ["peer_list", "limit", [...numbers, 0, 1.5, 1001]],
    ["peer_list", "offset", [...numbers, 1.5]],
    ["peer_metrics", "peer_id", [...texts, undefined]],
    ["peer_metrics", "include_history", ["no", 0, null]],
    ["peer_metrics", "history_hours", [...numbers, 0]],
    ["bootstrap_network", "bootstrap_nodes", [...addresses.map((address) => [address]), "x", {}, null]],
    ["bootstrap_network", "timeout", [...numbers, 0, 301]],
    ["bootstrap_network", "min_connections", [...numbers, 1.5, 11, 101]],
    ["bootstrap_network", "max_connections", [...numbers, 0, 2, 101]],
  ];

  test.each(fields)("%s refuses a bad %s and changes nothing", async (name, field, values) => {
    const before = await call("peer_list", { sort_by: "peer_id" });
    const codes = new Map<ErrorCode, unknown[]>();
    for (const value of values) {
      const { code } = await failure(name, { ...good[name]?.(), [field]: value });
      codes.set(code, [...(codes.get(code) ?? []), value]);
    }
    expect([...codes.keys()]).toEqual(["invalid_input"]);
    expect(await call("peer_list", { sort_by: "peer_id" })).toEqual(before);
  });

  test.each(Object.keys(good))("%s refuses an unknown field and what is no object", async (name) => {
    for (const input of [{ ...good[name]?.(), extra: 1 }, undefined, null, 1, "x", []])
      expect((await failure(name, input)).code).toBe("invalid_input");
  });
});
