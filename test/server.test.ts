import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { z } from "zod";
import { type ErrorCode, errorCode, ToolError } from "../lib/errors.ts";
import { openHttp } from "../lib/runtimes/http.ts";
import { serveTools, type ToolServer } from "../lib/runtimes/server.ts";
import { defineTool, ToolRegistry } from "../lib/tools/registry.ts";

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

const post = (path: string, body: string, headers: Record<string, string> = json) =>
  fetch(server.url + path, { method: "POST", body, headers });

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

  test("answers a body over 1 MiB with 413, with its length told before or not", async () => {
    const large = JSON.stringify({ text: "a".repeat(1024 * 1024) });
    expect((await post("/tools/echo", large)).status).toBe(413);
    const chunked = new Response(large).body;
    const response = await fetch(`${server.url}/tools/echo`, {
      method: "POST",
      body: chunked,
      headers: json,
    });
    expect(response.status).toBe(413);
    const runtime = await openHttp(server.url);
    await expect(runtime.call("echo", { text: "a".repeat(1024 * 1024) })).rejects.toThrow(
      new ToolError("invalid_input", "Cannot send the input: it is over 1 MiB"),
    );
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
  ])("refuses a request that carries %s on every route", async (_, headers: Record<string, string>) => {
    await using guarded = serveTools(registry, { token: "secret" });
    for (const path of ["/health", "/tools", "/tools/echo", "/nothing"]) {
      const response = await fetch(guarded.url + path, { headers });
      expect(response.status).toBe(401);
      expect(await response.text()).not.toContain("secret");
    }
  });

  test("answers a request that carries it", async () => {
    await using guarded = serveTools(registry, { token: "secret" });
    const runtime = await openHttp(guarded.url, { token: "secret" });
    expect((await runtime.call("echo", { text: "x" })).output).toEqual({ text: "x" });
  });
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
