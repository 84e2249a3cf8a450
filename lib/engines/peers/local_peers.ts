import { fileURLToPath } from "node:url";
import { z } from "zod";
import { openChild } from "../../child.ts";

const peers = z.array(
  z.strictObject({
    peer_id: z.string(),
    multiaddrs: z.array(z.string()),
    capabilities: z.array(z.string()),
  }),
);

export interface LocalPeers extends AsyncDisposable {
  /** The child process that the peers run in. */
  readonly pid: number;
  readonly peers: Readonly<z.infer<typeof peers>>;
}

/** Starts a process with `count` (2 to 64) libp2p peers on 127.0.0.1, whose ids are the same in every run. */
export async function openLocalPeers({ count = 8 }: { count?: number } = {}): Promise<LocalPeers> {
  if (!Number.isInteger(count) || count < 2 || count > 64)
    throw new RangeError(`Cannot open "${count}" local peers: there are 2 to 64`);
  const child = await openChild(fileURLToPath(import.meta.resolve("./peer_process.ts")), [String(count)]);
  return {
    pid: child.pid,
    peers: peers.parse(JSON.parse(child.ready)),
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}
