/**
 * A process that opens what a runtime needs, one stage at its parent's word, and reads its memory after each. Whatever
 * it imported statically would be there before the first reading, so that all but its channel is imported in a stage:
 * the probe alone brings 90 KB.
 */
import { heapSize } from "bun:jsc";
import { joinParent } from "../../child.ts";
import { ToolError } from "../../errors.ts";
import type { ToolRegistry } from "../../registry.ts";
import type { Runtime } from "../../runtimes/runtime.ts";
import { tellStrays } from "../../strays.ts";
import type { Given } from "./plan.ts";
import type { Stage } from "./said.ts";

/** What it is told: first what it is to serve, then what to open next, or nothing. */
export interface StageTask {
  readonly runtime: string;
  readonly bootstrap: readonly string[];
  /** What was given where the user's tools are measured, which need no libraries of ours and no network. */
  readonly brought: Given | null;
}
export type StageQuestion = Exclude<Stage, "bun"> | "idle";

/** What it holds now, and where it serves once it does. */
export interface StageSays {
  readonly heapBytes: number;
  readonly rssBytes: number;
  readonly settled: boolean;
  readonly address: string | null;
  /** Why the stage cannot be opened, where that is a failure of its tools. */
  readonly failed?: string;
}

/** What the toolkit imports. */
const libraries = [
  ...["zod", "leven", "bunqueue/queue"],
  ...["pure-rand/distribution/uniformFloat64", "pure-rand/generator/xoroshiro128plus"],
  ...["multiformats/cid", "multiformats/codecs/raw", "multiformats/hashes/sha2"],
  ...["libp2p", "@libp2p/tcp", "@libp2p/kad-dht", "@libp2p/identify", "@libp2p/ping", "@libp2p/crypto/keys"],
  ...["@libp2p/interface", "@libp2p/peer-id"],
  ...["@chainsafe/libp2p-noise", "@chainsafe/libp2p-yamux", "@multiformats/multiaddr"],
];

const opened = new AsyncDisposableStack();
let task: StageTask = { runtime: "", bootstrap: [], brought: null };
let registry: ToolRegistry | undefined;
let runtime: Runtime | undefined;
let address: string | null = null;

const open: Readonly<Record<StageQuestion, () => Promise<unknown>>> = {
  idle: async () => {},
  libraries: () => Promise.all((task.brought ? [] : libraries).map((name) => import(name))),
  async tools() {
    if (task.brought?.tools !== undefined) {
      const { openTools } = await import("../../bring/own_tools.ts");
      registry = (await openTools(task.brought.tools)).registry;
      return;
    }
    const { openTools } = await import("../../toolkit.ts");
    registry = opened.use(await openTools()).registry;
  },
  async network() {
    if (task.brought) return;
    const { openNetwork } = await import("../../p2p/peers/network.ts");
    const { peerTools } = await import("../../p2p/peers/tools.ts");
    const { ToolRegistry: Registry } = await import("../../registry.ts");
    const network = opened.use(await openNetwork({ bootstrap: task.bootstrap }));
    registry = new Registry([...(registry ?? []), ...peerTools(network)]);
  },
  async runtime() {
    const { findRuntime } = await import("../../runtimes/runtimes.ts");
    const kind = findRuntime(task.runtime);
    if (!kind || !registry) throw new Error(`Cannot open ${task.runtime}: its tools are not there`);
    if ("open" in kind) runtime = opened.use(await kind.open(registry));
    else ({ address } = opened.use(await kind.serve(registry)));
    tellStrays();
  },
  async served() {
    // What is served elsewhere its parent has called.
    if (!runtime) return;
    const { callEach } = await import("./call_each.ts");
    if (!task.brought) return callEach(runtime);
    const { casesOf } = await import("../../bring/called.ts");
    await callEach(runtime, await casesOf(task.brought, task.brought.tool));
  },
};

const alone = readAlone();
const parent = joinParent<StageTask | StageQuestion>();
for await (const told of parent.tells) {
  if (typeof told !== "string") {
    task = told;
    await parent.say(alone);
    continue;
  }
  try {
    await open[told]();
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    await parent.say({ ...alone, failed: error.message });
    continue;
  }
  const { readMemory } = await import("../../runtimes/probe.ts");
  const { heap_bytes: heapBytes, rss_bytes: rssBytes, settled } = await readMemory();
  const says: StageSays = { heapBytes, rssBytes, settled, address };
  await parent.say(says);
}
await opened.disposeAsync();
process.exit();

/** Without the probe; nothing is there that would keep two collections from agreeing. */
function readAlone(): StageSays {
  Bun.gc(true);
  Bun.gc(true);
  return { heapBytes: heapSize(), rssBytes: process.memoryUsage.rss(), settled: true, address };
}
