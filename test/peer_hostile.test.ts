import { afterAll, beforeAll, expect, test } from "bun:test";
import type { ErrorCode } from "../lib/errors.ts";
import { openPeerBench, type PeerBench } from "./fixtures/peer_bench.ts";

let bench: PeerBench;
beforeAll(async () => {
  bench = await openPeerBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

const good: Record<string, () => Record<string, unknown>> = {
  peer_discover: () => ({}),
  peer_connect: () => bench.peerAt(0),
  peer_disconnect: () => ({ peer_id: bench.peerAt(0).peer_id }),
  peer_list: () => ({}),
  peer_metrics: () => ({ peer_id: bench.peerAt(0).peer_id }),
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
  const before = await bench.call("peer_list", { sort_by: "peer_id" });
  const codes = new Map<ErrorCode, unknown[]>();
  for (const value of values) {
    const { code } = await bench.failure(name, { ...good[name]?.(), [field]: value });
    codes.set(code, [...(codes.get(code) ?? []), value]);
  }
  expect([...codes.keys()]).toEqual(["invalid_input"]);
  expect(await bench.call("peer_list", { sort_by: "peer_id" })).toEqual(before);
});

test.each(Object.keys(good))("%s refuses an unknown field and what is no object", async (name) => {
  for (const input of [
    { ...good[name]?.(), extra: 1 },
    undefined,
    null,
    1,
    "x",
    [],
    JSON.parse('{"__proto__": {}}'),
  ])
    expect((await bench.failure(name, input)).code).toBe("invalid_input");
});
