import { fileURLToPath } from "node:url";
import { openChild } from "../../child.ts";

export interface LocalPeer {
  readonly peer_id: string;
  readonly multiaddrs: readonly string[];
  readonly capabilities: readonly string[];
}

export interface LocalPeers extends AsyncDisposable {
  /** The child process that the peers run in. */
  readonly pid: number;
  readonly peers: readonly LocalPeer[];
}

/** Starts a process with `count` (2 to 64) libp2p peers on 127.0.0.1, whose ids are the same in every run. */
export async function openLocalPeers({ count = 8 }: { count?: number } = {}): Promise<LocalPeers> {
  if (!Number.isInteger(count) || count < 2 || count > 64)
    throw new RangeError(`Cannot open "${count}" local peers: there are 2 to 64`);
  const module = fileURLToPath(import.meta.resolve("./peer_process.ts"));
  const child = await openChild<readonly LocalPeer[]>(module, { count });
  return {
    pid: child.pid,
    peers: child.ready,
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}

/** The addresses of all of them, for who joins their network. */
export function addressesOf({ peers }: LocalPeers): string[] {
  return peers.flatMap(({ multiaddrs }) => multiaddrs);
}
