import {
  Client,
  LATEST_PROTOCOL_VERSION,
  preloadSchemas,
  StreamableHTTPClientTransport,
  type Tool,
  type Transport,
} from "@modelcontextprotocol/client";
import { name as suite, version } from "../../../package.json";
import type { Pipes } from "../../child.ts";
import type { JsonObject } from "../../fields.ts";
import { type CallAnswer, called, listAll, nothing, refusal, toAnswer } from "./answers.ts";
import { type Era, modernVersion } from "./era.ts";
import { type Listeners, pipeTransport } from "./pipe.ts";
import { toFault } from "./server_fault.ts";

/**
 * A client's connection to a server that anybody may have written. What is asked of it throws a `ServerFault` where
 * something else came than an answer.
 */
export interface Connection extends AsyncDisposable {
  readonly server: { readonly name: string; readonly version: string };
  /** The version of the protocol that both agreed on. */
  readonly protocol: string;
  /** Whether the server keeps something for this client, and is told when that can go. */
  readonly keepsSession: boolean;
  /** When anything last came from it, as `performance.now` has it: a client takes its time to read what came. */
  heardMs(): number;
  list(): Promise<readonly Tool[]>;
  call(tool: string, input: JsonObject, signal?: AbortSignal): Promise<CallAnswer>;
  /** An empty request, of which all that is seen is how long it took. */
  nothing(): Promise<void>;
}

export interface ConnectionOptions {
  readonly era: Era;
  /** The longest wait for one answer. */
  readonly timeoutMs: number;
  /** Told of what a process prints that is no message. */
  readonly onJunk?: Listeners["onJunk"];
  /** What goes with each request over HTTP. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What goes before the first connection, so that no server is charged for it: the SDK's schemas take 20 to 60 ms to make. */
export function prepareClient(): void {
  preloadSchemas();
}

/** To a process, by what it reads and prints. */
export function connectPipes(pipes: Pipes, options: ConnectionOptions): Promise<Connection> {
  const ear = openEar();
  const { onHeard } = ear;
  return connect(pipeTransport(pipes, { onHeard, onJunk: options.onJunk }), ear, options);
}

/** To a URL of Streamable HTTP. Closing it ends the session, where there is one. */
export async function connectUrl(url: string, options: ConnectionOptions): Promise<Connection> {
  const ear = openEar();
  const reach = async (at: string | URL, init?: RequestInit) => {
    const response = await fetch(at, init);
    ear.onHeard();
    return response;
  };
  const requestInit = { headers: { ...options.headers } };
  const transport = new StreamableHTTPClientTransport(new URL(url), { fetch: reach, requestInit });
  const connection = await connect(transport, ear, options);
  const keepsSession = transport.sessionId !== undefined;
  return {
    ...connection,
    keepsSession,
    async [Symbol.asyncDispose]() {
      // A server that is gone has ended the session too.
      if (keepsSession) await transport.terminateSession().catch(() => {});
      await connection[Symbol.asyncDispose]();
    },
  };
}

function openEar() {
  let heardMs = 0;
  return {
    heardMs: () => heardMs,
    onHeard: () => {
      heardMs = performance.now();
    },
  };
}

async function connect(
  transport: Transport,
  { heardMs }: ReturnType<typeof openEar>,
  { era, timeoutMs: timeout }: ConnectionOptions,
): Promise<Connection> {
  const mode = era === "legacy" ? era : { pin: modernVersion };
  const client = new Client({ name: suite, version }, { versionNegotiation: { mode } });
  let broken: Error | undefined;
  client.onerror = (error) => {
    broken ??= error;
  };
  const asked = <T>(what: string, answer: Promise<T>): Promise<T> =>
    answer.catch((error) => {
      // What broke the connection is why it was closed.
      throw toFault(broken instanceof RangeError ? broken : error, what, timeout);
    });
  const handshake = `the handshake of ${era === "legacy" ? LATEST_PROTOCOL_VERSION : modernVersion}`;
  await asked(handshake, client.connect(transport, { timeout }));
  return {
    server: client.getServerVersion() ?? { name: "server", version: "" },
    protocol: client.getNegotiatedProtocolVersion() ?? "",
    keepsSession: false,
    heardMs,
    list: () => asked("the request for its tools", listAll(client, timeout)),
    call(tool, input, signal) {
      const request = { method: "tools/call", params: { name: tool, arguments: input } };
      const answer = client.request(request, called, { timeout, ...(signal && { signal }) });
      return asked(`a call of "${tool}"`, answer.then(toAnswer, refusal));
    },
    async nothing() {
      const method = era === "legacy" ? "ping" : "server/discover";
      const answer = client.request({ method }, nothing, { timeout });
      // Who does not know the request has answered it all the same.
      await asked(
        "an empty request",
        answer.then(() => {}, refusal),
      );
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}
