import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { pipeline } from "node:stream";
import { z } from "zod";
import type { Pipes } from "../child.ts";
import { newSocketPath } from "../runtimes/unix.ts";

/** Where a process serves that is reached over a wire: an address, or its pipes. */
export interface Place {
  readonly address: string;
  readonly pipes: Pipes | null;
}

/** A place that passes on all that comes to it, and counts it. */
export interface Wire extends Place, AsyncDisposable {
  /** Bytes so far, from the caller and to it; heads of packets are not among them. */
  counts(): { readonly sent: number; readonly received: number };
}

/** Lays a wire to a place. */
export async function openWire({ address, pipes }: Place): Promise<Wire> {
  if (!pipes) return wireSocket(address);
  return { address, ...countPipes(pipes), [Symbol.asyncDispose]: async () => {} };
}

/** Pipes that pass on all that comes to them, and count it. */
export function countPipes({ stdin, stdout }: Pipes): Pick<Wire, "counts"> & { readonly pipes: Pipes } {
  let [sent, received] = [0, 0];
  const count = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      received += chunk.byteLength;
      controller.enqueue(chunk);
    },
  });
  const counted = {
    write(chunk: string) {
      sent += Buffer.byteLength(chunk);
      return stdin.write(chunk);
    },
    flush: () => stdin.flush(),
    end: () => stdin.end(),
  };
  return {
    pipes: { stdin: counted, stdout: stdout.pipeThrough(count) },
    counts: () => ({ sent, received }),
  };
}

/** To the host and port of a URL, or to a unix socket by its path. */
async function wireSocket(address: string): Promise<Wire> {
  const url = URL.parse(address);
  const there = url ? { host: url.hostname, port: Number(url.port) } : { path: address };
  const connections = new Set<Socket>();
  let [sent, received] = [0, 0];
  const server = createServer((near) => {
    const far = connect(there);
    near.on("data", ({ length }) => {
      sent += length;
    });
    far.on("data", ({ length }) => {
      received += length;
    });
    connections.add(near);
    // Either end that goes takes the other with it.
    pipeline(near, far, near, () => connections.delete(near));
  });
  const path = newSocketPath();
  server.listen(url ? { host: "127.0.0.1", port: 0 } : { path });
  await once(server, "listening");
  if (url) url.port = String(z.object({ port: z.int() }).parse(server.address()).port);
  return {
    address: url ? url.href.replace(/\/$/, "") : path,
    pipes: null,
    counts: () => ({ sent, received }),
    async [Symbol.asyncDispose]() {
      server.close();
      for (const connection of connections) connection.destroy();
    },
  };
}
