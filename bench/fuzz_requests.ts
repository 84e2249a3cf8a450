import fc from "fast-check";
import type { z } from "zod";
import { whatever } from "../test/any_json.ts";

/** A request as it goes over a connection. */
export interface Sent {
  /** What it is a case of. */
  readonly kind: "tool" | "mcp" | "request" | "bytes";
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Names that calls share, so that one acts on what another made; and some that do something. */
const names = fc.constantFrom(
  ...["a", "b", "c", "d", "e", "0", "constructor", "__proto__", "x".repeat(256), "\u202e", "📦"],
  ...[
    "echo",
    "sum",
    "sort",
    "hash",
    "sleep",
    "fail",
    "init",
    "fetch_data",
    "process",
    "merge",
    "hold",
    "compute",
  ],
);
const texts = fc.oneof(names, fc.string({ maxLength: 20 }), fc.string({ unit: "binary", maxLength: 8 }));
const any = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(null, -1, 1e308, 5e-324, "", [], {}, [[[[]]]], true, Number.MAX_SAFE_INTEGER),
);

/** An input that a tool's schema allows, or one that is a field away from it. */
function anyInput(schema: z.core.JSONSchema._JSONSchema): fc.Arbitrary<unknown> {
  const fitting = whatever(schema, { texts, names });
  const changed = fc.tuple(fitting, texts, any).map(([input, added, value]) => {
    const fields = Object.entries(Object(input));
    const [field = added] = fields[added.length % (fields.length + 1)] ?? [];
    return { ...Object(input), [field]: value };
  });
  return fc.oneof({ weight: 3, arbitrary: fitting }, { weight: 2, arbitrary: changed }, any);
}

const json = "application/json";
const encoder = new TextEncoder();

function post(path: string, body: string, headers: readonly string[] = []): Uint8Array<ArrayBuffer> {
  const { length } = encoder.encode(body);
  const head = [
    "Host: 127.0.0.1",
    "Connection: close",
    `Content-Type: ${json}`,
    `Content-Length: ${length}`,
    ...headers,
  ];
  return encoder.encode(`POST ${path} HTTP/1.1\r\n${head.join("\r\n")}\r\n\r\n${body}`);
}

interface Listed {
  readonly name: string;
  readonly input_schema: z.core.JSONSchema._JSONSchema;
}

export function anyCall({ name, input_schema }: Listed): fc.Arbitrary<Sent> {
  return anyInput(input_schema).map((input) => ({
    kind: "tool",
    bytes: post(`/tools/${name}`, JSON.stringify(input)),
  }));
}

const accept = `Accept: ${json}, text/event-stream`;
const [legacy, modern] = ["2025-11-25", "2026-07-28"];

/** A call by MCP, in either era of it. */
export function anyMcpCall({ name, input_schema }: Listed): fc.Arbitrary<Sent> {
  return fc.tuple(anyInput(input_schema), fc.boolean()).map(([input, isModern]) => {
    const version = isModern ? modern : legacy;
    const [protocol, client] = ["protocolVersion", "clientCapabilities"].map(
      (key) => `io.modelcontextprotocol/${key}`,
    );
    const _meta = { [protocol ?? ""]: version, [client ?? ""]: {} };
    const params = { name, arguments: input, ...(isModern && { _meta }) };
    const message = { jsonrpc: "2.0", id: 1, method: "tools/call", params };
    const own = isModern ? ["Mcp-Method: tools/call", `Mcp-Name: ${name}`] : [];
    const headers = [accept, `Mcp-Protocol-Version: ${version}`, ...own];
    return { kind: "mcp", bytes: post("/mcp", JSON.stringify(message), headers) };
  });
}

const message = fc.record(
  {
    jsonrpc: fc.constantFrom("2.0", "1.0"),
    id: fc.oneof(fc.nat(), any),
    method: fc.oneof(
      fc.constantFrom("tools/call", "tools/list", "initialize", "ping", "server/discover", "resources/list"),
      texts,
    ),
    params: fc.oneof(
      fc.record({ protocolVersion: texts, capabilities: any, clientInfo: any }, { requiredKeys: [] }),
      fc.record({ name: names, arguments: any, _meta: any }, { requiredKeys: [] }),
      any,
    ),
  },
  { requiredKeys: ["jsonrpc", "method"] },
);

/** What looks a little like a message of MCP. */
export const anyMessage: fc.Arbitrary<Sent> = fc
  .tuple(
    fc.oneof({ weight: 6, arbitrary: message }, fc.array(message, { maxLength: 3 }), any),
    fc.subarray([accept, "Mcp-Session-Id: a", "Mcp-Method: tools/call", "Mcp-Name: queue_stats"]),
    fc.constantFrom(legacy, modern, "1999-01-01", ""),
  )
  .map(([body, headers, version]) => ({
    kind: "mcp",
    bytes: post("/mcp", JSON.stringify(body), [...headers, `Mcp-Protocol-Version: ${version}`]),
  }));

const word = fc.oneof(
  texts,
  fc.stringMatching(/^[!-~]{0,40}$/),
  fc.constantFrom("%2e%2e/", "%00", "%", "%c0%af", "a".repeat(9_000)),
);
const path = fc.oneof(
  fc.constantFrom(
    "/health",
    "/tools",
    "/tools/queue_stats",
    "/mcp",
    "*",
    "//",
    "/tools/",
    "http://127.0.0.1/health",
  ),
  word.map((text) => `/tools/${text}`),
  word.map((text) => `/${text}`),
  word,
);
const header = fc.oneof(
  fc.tuple(word, word).map((pair) => pair.join(": ")),
  fc.constantFrom(
    ...[
      "Host: 127.0.0.1",
      "Host: example.org",
      "Origin: http://example.org",
      `Content-Type: ${json}`,
      "Content-Type: x",
    ],
    ...[
      "Content-Length: 2",
      "Content-Length: -1",
      "Content-Length: 1e3",
      "Content-Length: 99999999999999999999",
    ],
    ...[
      "Transfer-Encoding: chunked",
      "Transfer-Encoding: gzip",
      "Expect: 100-continue",
      "Connection: upgrade",
    ],
    ...[
      "Upgrade: websocket",
      "Content-Encoding: gzip",
      `A: ${"b".repeat(20_000)}`,
      "Authorization: Bearer x",
      "Cookie: a=b",
    ],
  ),
);
const method = fc.oneof(
  fc.constantFrom("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "PATCH", "CONNECT"),
  word,
);
const protocol = fc.constantFrom("HTTP/1.1", "HTTP/1.0", "HTTP/9.9", "HTTP/2", "");
const body = fc.oneof(
  fc.json(),
  texts,
  fc.constantFrom("{}", "2\r\n{}\r\n0\r\n\r\n", "ffffffff\r\n", "[".repeat(50_000), '{"a":1'),
);

/** A request whose line, headers and body may each be wrong. */
export const anyRequest: fc.Arbitrary<Sent> = fc
  .tuple(method, path, protocol, fc.array(header, { maxLength: 6 }), body)
  .map(([method, path, protocol, headers, body]) => ({
    kind: "request",
    bytes: encoder.encode(`${method} ${path} ${protocol}\r\n${headers.join("\r\n")}\r\n\r\n${body}`),
  }));

const valid = post("/tools/queue_stats", "{}");

/** Any bytes, or those of a request of which some are others. */
export const anyBytes: fc.Arbitrary<Sent> = fc
  .oneof(
    fc.uint8Array({ maxLength: 2_000 }),
    fc
      .array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
      .map((changes) => {
        const bytes = valid.slice();
        for (const [at, value] of changes) bytes[at] = value;
        return bytes;
      }),
    fc.nat(valid.length - 1).map((length) => valid.slice(0, length)),
  )
  .map((bytes) => ({ kind: "bytes", bytes: Uint8Array.from(bytes) }));
