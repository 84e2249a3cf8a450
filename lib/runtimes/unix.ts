import { tmpdir } from "node:os";
import { join } from "node:path";
import { openHttp } from "./http.ts";
import type { ServedRuntime } from "./runtime.ts";

/** HTTP over a unix socket. */
export const unix: ServedRuntime = {
  name: "unix",
  base: "handle",
  async serve(registry) {
    const { serveTools } = await import("./server.ts");
    const address = newSocketPath();
    const server = serveTools(registry, { name: "unix", unix: address });
    return { address, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
  },
  connect: (address) => openHttp("http://localhost", { name: "unix", unix: address }),
};

/** On Linux a name without a file, since a process that is killed leaves its file behind. */
export function newSocketPath(): string {
  const name = `tools-${crypto.randomUUID()}`;
  return process.platform === "linux" ? `\0${name}` : join(tmpdir(), name);
}
