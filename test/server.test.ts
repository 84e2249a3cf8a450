import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { z } from "zod";
import { type ErrorCode, errorCode, ToolError } from "../lib/errors.ts";
import { defineTool, ToolRegistry } from "../lib/registry.ts";
import { openHttp } from "../lib/runtimes/http.ts";
import { checkPlace } from "../lib/runtimes/requests.ts";
import { serveTools, type ToolServer } from "../lib/runtimes/server.ts";

const shape = { category: "test", home: "direct", description: "for tests" } as const;
const echo = defineTool({
  ...shape,
  name: "echo",
  input: z.strictObject({ text: z.string() }),
  output: z.strictObject({ text: z.string() }),
  handler: (input) => input,
});
const fail = defineTool({
  ...shape,
  name: "fail",
  input: z.strictObject({ code: errorCode }),
  output: z.never(),
  handler: ({ code }) => {
    throw new ToolError(code, `Cannot: ${code}`);
  },
});
const crash = defineTool({
  ...shape,
  name: "crash",
  input: z.strictObject({}),
  output: z.never(),
  handler: () => {
    throw new TypeError("a fault of ours");
  },
});
const registry = new ToolRegistry([echo, fail, crash]);
const json = { "content-type": "application/json" };

let server: ToolServer;
beforeAll(() => {
  server = serveTools(registry);
});
afterAll(() => server[Symbol.asyncDispose]());

const post = (path: string, body: string | undefined, headers: Record<string, string> = json) =>
  fetch(server.url + path, body === undefined ? { headers } : { method: "POST", body, headers });

describe("the HTTP server", () => {
  test("answers with the output and the proof of the path", async () => {
    const response = await post("/tools/echo", '{"text":"hello"}');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      output: { text: "hello" },
      runtime: "http",
      pid: process.pid,
      calls: expect.any(Number),
    });
  });

  test("counts its answers one by one, which proves their path", async () => {
    const counts: number[] = [];
    for (let n = 0; n < 3; n++)
      counts.push(Object(await (await post("/tools/echo", '{"text":"a"}')).json()).calls);
    expect(counts.map((count) => count - (counts[0] ?? 0))).toEqual([0, 1, 2]);
  });

  test("listens on loopback alone", () => {
    expect(new URL(server.url).hostname).toBe("127.0.0.1");
  });

  test("tells its health and its tools", async () => {
    expect(await (await fetch(`${server.url}/health`)).json()).toMatchObject({
      status: "ok",
      pid: process.pid,
    });
    const tools = z.array(z.object({ name: z.string(), input_schema: z.object({ type: z.string() }) }));
    const [first] = tools.parse(await (await fetch(`${server.url}/tools`)).json());
    expect(first).toEqual({ name: "echo", input_schema: { type: "object" } });
  });

  test.each([
    ["broken JSON", 400, "/tools/echo", "{", json, /Cannot read the body as JSON/],
    ["an empty body", 400, "/tools/echo", "", json, /Cannot read the body as JSON/],
    ["JSON too deep to read", 400, "/tools/echo", "[".repeat(500_000), json, /Cannot read the body as JSON/],
    [
      "another content type",
      415,
      "/tools/echo",
      "{}",
      { "content-type": "text/plain" },
      /must be application\/json/,
    ],
    [
      "a tool that is not there",
      404,
      "/tools/ecko",
      "{}",
      json,
      /Cannot find tool "ecko", the nearest name is "echo"/,
    ],
    ["a route that is not there", 404, "/nothing", "{}", json, /Cannot find POST \/nothing/],
    ["a wrong input", 422, "/tools/echo", '{"text":1}', json, /Cannot call "echo": text: Invalid input/],
    ["an unknown field", 422, "/tools/echo", '{"text":"","more":1}', json, /Unrecognized key: "more"/],
    [
      "another method of a tool",
      405,
      "/tools/echo",
      undefined,
      json,
      /Cannot answer GET \/tools\/echo: it takes POST/,
    ],
    ["another method of the health", 405, "/health", "{}", json, /Cannot answer POST \/health: it takes GET/],
    [
      "a page of elsewhere",
      403,
      "/tools/echo",
      "{}",
      { ...json, origin: "http://evil.example" },
      /evil\.example/,
    ],
    ["a page of nowhere", 403, "/tools/echo", "{}", { ...json, origin: "null" }, /page of "null"/],
    ["another host", 403, "/tools/echo", "{}", { ...json, host: "evil.example" }, /to host "evil\.example"/],
    ["another host at our port", 403, "/health", undefined, { host: "evil.example:80" }, /to host "evil/],
    ["two hosts", 403, "/health", undefined, { host: "127.0.0.1, evil.example" }, /to host "127/],
    [
      "a fault of the tool",
      500,
      "/tools/crash",
      "{}",
      json,
      /Cannot run "crash": TypeError: a fault of ours/,
    ],
  ])("answers %s with %d", async (_, status, path, body, headers, message) => {
    const response = await post(path, body, headers);
    expect(response.status).toBe(status);
    const refusal = z.object({ error: z.object({ code: errorCode, message: z.string() }) });
    expect(refusal.parse(await response.json()).error.message).toMatch(message);
  });

  test("tells what method a route takes", async () => {
    expect((await fetch(`${server.url}/tools/echo`)).headers.get("allow")).toBe("POST");
    expect((await post("/tools", "{}")).headers.get("allow")).toBe("GET");
  });

  test.each(["/tools/%65cho", "/tools/ech%6F?x=1"])(
    "takes %s for the tool it is when decoded",
    async (path) => {
      const response = await post(path, '{"text":"hello"}');
      expect(await response.json()).toMatchObject({ output: { text: "hello" } });
    },
  );

  test.each(["/tools/%E0%A4%A", "/tools/..%2Fecho", "/tools/%00"])("finds no tool at %s", async (path) => {
    expect((await post(path, "{}")).status).toBe(404);
  });

  test.each([
    ["127.0.0.1", "http://127.0.0.1:3000"],
    ["localhost:80", "http://localhost"],
    ["LOCALHOST", "https://localhost:8443"],
    ["[::1]:1", "http://[::1]:5173"],
  ])("answers requests to %s, and those of pages of %s", async (host, origin) => {
    expect((await fetch(`${server.url}/health`, { headers: { host, origin } })).status).toBe(200);
  });

  test.each([
    ["told", (text: string) => text],
    ["not told", (text: string) => new Response(text).body],
  ])("answers a body over 1 MiB with 413, and takes one of 1 MiB, with its length %s", async (_, bodyOf) => {
    const post = (bytes: number) => {
      const body = bodyOf(`{"text":"${"ä".repeat((bytes - 12) / 2)} "}`);
      return fetch(`${server.url}/tools/echo`, { method: "POST", body, headers: json });
    };
    const refused = await post(1024 * 1024 + 2);
    expect(refused.status).toBe(413);
    const message = "Cannot read the body: it is over 1 MiB";
    expect(await refused.json()).toEqual({ error: { code: "invalid_input", message } });
    const taken = z
      .object({ output: z.object({ text: z.string() }) })
      .parse(await (await post(1024 * 1024)).json());
    expect(taken.output.text.length).toBe(512 * 1024 - 5);
    const runtime = await openHttp(server.url);
    await expect(runtime.call("echo", { text: "a".repeat(1024 * 1024) })).rejects.toThrow(
      new ToolError("invalid_input", message),
    );
  });

  test("reads no further than its limit, however much is sent", async () => {
    let sent = 0;
    const endless = new ReadableStream({
      pull(stream) {
        sent += 65_536;
        stream.enqueue(new Uint8Array(65_536).fill(32));
      },
    });
    const response = await fetch(`${server.url}/tools/echo`, {
      method: "POST",
      body: endless,
      headers: json,
    });
    expect(response.status).toBe(413);
    expect(sent).toBeLessThan(64 * 1024 * 1024);
  });

  test.each([
    ["not_found", 404],
    ["already_exists", 409],
    ["conflict", 409],
    ["confirmation_required", 428],
    ["timeout", 504],
    ["unreachable", 502],
    ["internal", 500],
    ["invalid_input", 422],
    ["unknown_tool", 404],
  ] as const)(
    "carries %s as %d, and its client gets the same error back",
    async (code: ErrorCode, status) => {
      expect((await post("/tools/fail", JSON.stringify({ code }))).status).toBe(status);
      const runtime = await openHttp(server.url);
      const error = await runtime.call("fail", { code }).catch((error: unknown) => error);
      expect(error).toBeInstanceOf(ToolError);
      expect(error).toMatchObject({ code, message: `Cannot: ${code}` });
    },
  );
});

describe("a server with a token", () => {
  test.each([
    ["none", {}],
    ["a wrong one", { authorization: "Bearer wrong" }],
    ["it without its scheme", { authorization: "secret" }],
    ["it in another scheme", { authorization: "Basic secret" }],
    ["it and more", { authorization: "Bearer secret secret" }],
  ])("refuses a request that carries %s on every route", async (_, headers: Record<string, string>) => {
    await using guarded = serveTools(registry, { token: "secret" });
    for (const path of ["/health", "/tools", "/tools/echo", "/nothing"]) {
      const response = await fetch(guarded.url + path, { headers });
      expect(response.status).toBe(401);
      expect(response.headers.get("www-authenticate")).toBe('Bearer realm="tools"');
      expect(await response.text()).not.toContain("secret");
    }
  });

  test.each(["Bearer", "bearer", "BEARER"])("takes the scheme %s", async (scheme) => {
    await using guarded = serveTools(registry, { token: "secret" });
    const headers = { authorization: `${scheme} secret` };
    expect((await fetch(`${guarded.url}/health`, { headers })).status).toBe(200);
  });

  test("answers a request that carries it", async () => {
    await using guarded = serveTools(registry, { token: "secret" });
    const runtime = await openHttp(guarded.url, { token: "secret" });
    expect((await runtime.call("echo", { text: "x" })).output).toEqual({ text: "x" });
  });
});

test.each([
  ["::1", "[::1]", 200],
  ["0.0.0.0", "10.1.2.3:80", 200],
  ["0.0.0.0", "[fe80::1]", 200],
  ["0.0.0.0", "evil.example", 403],
  ["127.0.0.1", "10.1.2.3", 403],
])("a server on %s answers requests to %s with %d", async (host, to, status) => {
  await using named = serveTools(registry, { host, token: "secret" });
  const headers = { host: to, authorization: "Bearer secret" };
  const { port } = new URL(named.url);
  const at = host === "::1" ? "[::1]" : "127.0.0.1";
  expect((await fetch(`http://${at}:${port}/health`, { headers })).status).toBe(status);
});

test("a server on loopback answers no host and no page that has a name of its own", () => {
  const check = checkPlace("127.0.0.1");
  const port = fc.option(
    fc.integer({ min: 1, max: 65_535 }).map((port) => `:${port}`),
    { nil: "" },
  );
  const refused = (headers: Record<string, string>) =>
    expect(() => check(new Request("http://x", { headers }))).toThrow(/^Cannot answer: /);
  const names = fc.oneof(
    fc.domain(),
    fc.domain().map((name) => `localhost.${name}`),
    fc.domain().map((name) => `127.0.0.1.${name}`),
    fc.domain().map((name) => `${name}@127.0.0.1`),
    fc.domain().map((name) => `127.0.0.1,${name}`),
    fc.ipV4().filter((address) => address !== "127.0.0.1"),
  );
  fc.assert(
    fc.property(names, port, (name, port) => {
      refused({ host: name + port });
      if (!name.includes("@")) refused({ host: "127.0.0.1", origin: `http://${name}${port}` });
    }),
  );
});

test("a server is allowed by the name it was told to listen on", () => {
  const check = checkPlace("bench.example");
  check(new Request("http://x", { headers: { host: "bench.example:8080", origin: "http://Bench.example" } }));
  expect(() => check(new Request("http://x", { headers: { host: "other.example" } }))).toThrow(
    'Cannot answer: the request is to host "other.example", this one is bench.example',
  );
});

test("a server that is gone is unreachable", async () => {
  const gone = serveTools(registry);
  const runtime = await openHttp(gone.url);
  await gone[Symbol.asyncDispose]();
  await expect(runtime.call("echo", { text: "x" })).rejects.toMatchObject({ code: "unreachable" });
});

test("a registry refuses a second tool of the same name", () => {
  expect(() => new ToolRegistry([echo, echo])).toThrow(
    new TypeError('Cannot register "echo": it is already there'),
  );
});
