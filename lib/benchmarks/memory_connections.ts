import { ToolError } from "../errors.ts";

/** A way in which a client goes that does not end its connection well. */
export interface ConnectionKind {
  readonly name: string;
  readonly branch: string;
  /** It calls a tool that acts on peers, and takes as long. */
  readonly slow?: true;
  /** What it sends before it is gone. */
  readonly sends: string;
}

/** A call that is still under way when its client goes. */
const lasting = JSON.stringify({ capability_filter: ["compute"], max_peers: 4 });

export const connectionKinds: readonly ConnectionKind[] = [
  { name: "vanished_connection", branch: "a client that connects, says nothing and is gone", sends: "" },
  {
    name: "half_sent_body",
    branch: "a client that is gone after half of the body",
    sends: request("task_status", 1000, '{"task_id":'),
  },
  {
    name: "aborted_request",
    branch: "a client that is gone before the answer of peer_discover",
    slow: true,
    sends: request("peer_discover", lasting.length, lasting),
  },
];

/** Connects, sends that, and is gone once the server has read it. Throws a `ToolError` when the server is not there. */
export async function leaveConnection(url: string, sends: string): Promise<void> {
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
