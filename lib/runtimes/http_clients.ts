import { ToolError } from "../errors.ts";
import type { VanishingClient } from "./runtime.ts";

/** A call that is still under way when its client goes. */
const lasting = JSON.stringify({ capability_filter: ["compute"], max_peers: 4 });

export const vanishingClients: readonly VanishingClient[] = [
  {
    name: "vanished_connection",
    branch: "a client that connects, says nothing and is gone",
    vanish: (address) => vanish(address, ""),
  },
  {
    name: "half_sent_body",
    branch: "a client that is gone after half of the body",
    vanish: (address) => vanish(address, request("task_status", 1000, '{"task_id":')),
  },
  {
    name: "aborted_request",
    branch: "a client that is gone before the answer of peer_discover",
    slow: true,
    vanish: (address) => vanish(address, request("peer_discover", lasting.length, lasting)),
  },
];

/** Connects, sends that, and is gone once the server has read it. */
async function vanish(url: string, sends: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const gone = Promise.withResolvers<void>();
  const socket = {
    data() {},
    close: () => gone.resolve(),
    error: (_: unknown, error: Error) => gone.reject(error),
  };
  try {
    const connection = await Bun.connect({ hostname, port: Number(port), socket });
    connection.write(sends);
    connection.flush();
    // The server reads its connections in turn: once it has answered this one, it has read the other.
    const response = await fetch(`${url}/health`);
    await response.text();
    connection.terminate();
    await gone.promise;
  } catch (cause) {
    throw new ToolError("unreachable", `Cannot reach ${url}: ${String(cause)}`, { cause });
  }
}

function request(tool: string, length: number, body: string): string {
  const head = [
    `POST /tools/${tool} HTTP/1.1`,
    "Host: 127.0.0.1",
    "Content-Type: application/json",
    `Content-Length: ${length}`,
  ];
  return `${head.join("\r\n")}\r\n\r\n${body}`;
}
