import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { z } from "zod";
import { idsIn, openPeerBench, type PeerBench, peersIn } from "./fixtures/peer_bench.ts";

let bench: PeerBench;
beforeAll(async () => {
  bench = await openPeerBench();
});
afterAll(() => bench[Symbol.asyncDispose]());
beforeEach(async () => {
  await bench.call("bootstrap_network", { min_connections: 8 });
});

test("the tools list themselves with JSON Schemas", () => {
  const listed = bench.tools.list();
  expect(listed.map(({ category, home }) => `${category} ${home}`)).toEqual(Array(6).fill("p2p_peer direct"));
  for (const { input_schema, output_schema } of listed)
    expect([input_schema, output_schema]).toMatchObject(
      Array(2).fill({ type: "object", additionalProperties: false }),
    );
});

describe("peer_discover", () => {
  test.each([
    [["compute"]],
    [["storage"]],
    [["relay"]],
    [["dataset"]],
    [["compute", "storage"]],
    [["compute", "relay"]],
  ])("finds exactly the peers that have all of %p", async (capability_filter) => {
    const { peers, discovered_count } = await bench.call("peer_discover", {
      capability_filter,
      max_peers: 100,
    });
    expect(idsIn(peers).sort()).toEqual(bench.idsWith(...capability_filter).sort());
    expect(discovered_count).toBe(bench.idsWith(...capability_filter).length);
  });

  test("finds every peer without a filter, each with its own capabilities and address", async () => {
    const { peers } = await bench.call("peer_discover", {});
    const found = peersIn(peers);
    expect(found.toSorted((a, b) => (a.peer_id < b.peer_id ? -1 : 1))).toEqual(
      bench.peers.map((peer) => ({ ...peer })).sort((a, b) => (a.peer_id < b.peer_id ? -1 : 1)),
    );
  });

  test("finds no fewer for 80 callers at once", async () => {
    const input = { capability_filter: ["relay"], max_peers: 4 };
    const answers = await Promise.all(Array.from({ length: 80 }, () => bench.call("peer_discover", input)));
    expect(answers.map(({ discovered_count }) => discovered_count)).toEqual(Array(80).fill(4));
  });

  test("stops at max_peers", async () => {
    const { peers } = await bench.call("peer_discover", { capability_filter: ["compute"], max_peers: 3 });
    expect(idsIn(peers)).toHaveLength(3);
    expect(bench.idsWith("compute")).toEqual(expect.arrayContaining(idsIn(peers)));
  });

  test("ends with an empty answer when nobody has the capability", async () => {
    expect(await bench.call("peer_discover", { capability_filter: ["telepathy"] })).toMatchObject({
      peers: [],
      discovered_count: 0,
    });
  });

  test("finds a disconnected peer without connecting to it again", async () => {
    const { peer_id } = bench.peerAt(0);
    await bench.call("peer_disconnect", { peer_id });
    for (const filter of [[], ["compute"]]) {
      const { peers } = await bench.call("peer_discover", {
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
    expect(idsIn((await bench.call("peer_list", { status_filter: "disconnected" })).peers)).toContain(
      peer_id,
    );
  });

  test("is unreachable when every peer is disconnected", async () => {
    for (const { peer_id } of bench.peers) await bench.call("peer_disconnect", { peer_id });
    expect((await bench.failure("peer_discover", {})).code).toBe("unreachable");
  });

  test("fails with timeout when the search does not end in time", async () => {
    expect((await bench.failure("peer_discover", { timeout: 0.0001 })).code).toBe("timeout");
  });
});

describe("peer_list", () => {
  test("tells connected from disconnected peers", async () => {
    const { peer_id } = bench.peerAt(4);
    await bench.call("peer_disconnect", { peer_id });
    const { peers } = await bench.call("peer_list", { capability_filter: ["compute"], sort_by: "peer_id" });
    expect(idsIn(peers)).toEqual(bench.idsWith("compute").sort());
    for (const peer of peersIn(peers))
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
    const { peers } = await bench.call("peer_list", { sort_by });
    const times = z
      .array(z.looseObject({ [sort_by]: z.string().nullable() }))
      .parse(peers)
      .map((peer) => peer[sort_by] ?? "");
    expect(times).toEqual(times.toSorted().reverse());
  });

  test("answers pages", async () => {
    const all = await bench.call("peer_list", { sort_by: "peer_id", status_filter: "connected" });
    expect(all).toMatchObject({ total_count: 8, returned_count: 8, has_more: false });
    const page = await bench.call("peer_list", {
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
    const { peer_id } = bench.peerAt(5);
    const { latency_ms } = await bench.call("peer_metrics", { peer_id });
    expect(latency_ms).toBeGreaterThan(0);
    const { history } = await bench.call("peer_metrics", { peer_id, include_history: true });
    expect(z.array(z.unknown()).parse(history).at(-1)).toMatchObject({ latency_ms });
  });

  test("measures one peer for many callers at once", async () => {
    const answers = Array.from({ length: 50 }, () =>
      bench.call("peer_metrics", { peer_id: bench.peerAt(5).peer_id }),
    );
    expect(await Promise.all(answers)).toHaveLength(50);
  });

  test("does not find a peer it never heard of", async () => {
    const error = await bench.failure("peer_metrics", {
      peer_id: "12D3KooWKnDdG3iXw9eTFijk3EWSunZcFi54Zka4wmtqtt6rPxc8",
    });
    expect(error.code).toBe("not_found");
  });

  test("conflicts while the peer is disconnected", async () => {
    const { peer_id } = bench.peerAt(6);
    await bench.call("peer_disconnect", { peer_id });
    expect((await bench.failure("peer_metrics", { peer_id })).code).toBe("conflict");
  });
});
