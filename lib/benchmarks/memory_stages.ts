/**
 * A process that opens what a runtime needs, one stage at its parent's word, and reads its memory after each. Whatever
 * it imported statically would be there before the first reading, so that all but its channel is imported in a stage.
 */
import { heapStats } from "bun:jsc";
import { untilParentEnds } from "../child.ts";
import type { ToolServer } from "../runtimes/server.ts";
import type { ToolRegistry } from "../tools/registry.ts";
import type { stages } from "./memory_usage.ts";

const [, , runtime, ...bootstrap] = Bun.argv;

/** What the toolkit imports, and what the server does. */
const libraries = [
  ...["zod", "leven", "bunqueue/queue", "multiformats/cid", "multiformats/hashes/sha2"],
  ...["libp2p", "@libp2p/tcp", "@libp2p/kad-dht", "@libp2p/identify", "@libp2p/ping", "@libp2p/crypto/keys"],
  ...["@chainsafe/libp2p-noise", "@chainsafe/libp2p-yamux", "@multiformats/multiaddr"],
];

await using opened = new AsyncDisposableStack();
let registry: ToolRegistry | undefined;
let server: ToolServer | undefined;

const open: Readonly<Record<Exclude<(typeof stages)[number], "bun">, () => Promise<unknown>>> = {
  libraries: () =>
    Promise.all((runtime === "http" ? [...libraries, "elysia"] : libraries).map((name) => import(name))),
  async tools() {
    const { openToolkit } = await import("../toolkit.ts");
    registry = opened.use(await openToolkit()).registry;
  },
  async network() {
    const { openNetwork } = await import("../engines/peers/network.ts");
    const { peerTools } = await import("../tools/peer.ts");
    const { ToolRegistry: Registry } = await import("../tools/registry.ts");
    const network = opened.use(await openNetwork({ bootstrap }));
    registry = new Registry([...(registry ?? []), ...peerTools(network)]);
  },
  async server() {
    const { serveTools } = await import("../runtimes/server.ts");
    server = opened.use(serveTools(registry ?? missing()));
  },
  async served() {
    // Over HTTP its parent has called it.
    if (runtime === "http") return;
    const { callEach } = await import("./call_each.ts");
    const { openDirect } = await import("../runtimes/direct.ts");
    await callEach(openDirect(registry ?? missing()));
  },
};

const { heapSize } = collect();
console.log(JSON.stringify({ heap_bytes: heapSize, rss_bytes: process.memoryUsage.rss(), url: null }));
await untilParentEnds(async (stage) => {
  for (const [name, work] of Object.entries(open)) if (name === stage) await work();
  const { readMemory } = await import("../measure/memory.ts");
  const { heap_bytes, rss_bytes } = await readMemory();
  console.log(JSON.stringify({ heap_bytes, rss_bytes, url: server?.url ?? null }));
});

function collect() {
  Bun.gc(true);
  Bun.gc(true);
  return heapStats();
}

function missing(): never {
  throw new Error("Cannot serve the tools: they were not opened");
}
