import { describe, expect, test } from "bun:test";
import { z } from "zod";
import { plainCase } from "../lib/case.ts";
import { MeasurementError } from "../lib/errors.ts";
import { openCaller } from "../lib/measure/caller.ts";
import { defineTool, ToolRegistry } from "../lib/registry.ts";
import { openHost } from "../lib/runtimes/host.ts";
import { openMcpHttp } from "../lib/runtimes/mcp/client.ts";
import { sessionMcp, statelessMcp } from "../lib/runtimes/mcp/fetch.ts";
import { mcpServers } from "../lib/runtimes/mcp/server.ts";
import { runtimes } from "../lib/runtimes/runtimes.ts";
import { serveTools } from "../lib/runtimes/server.ts";
import { toolkit } from "../lib/toolkit.ts";
import { wayward } from "./fixtures/wayward_tools.ts";

const text = z.strictObject({ text: z.string() });
const echo = defineTool({
  name: "echo",
  category: "test",
  home: "direct",
  description: "for tests",
  input: text,
  output: text,
  handler: (input) => input,
});
const list = defineTool({
  ...echo,
  name: "list",
  output: z.array(z.string()),
  handler: ({ text }) => [text],
});
const registry = new ToolRegistry([echo, list]);

const initialize = JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "test", version: "1" } },
});
const handshake = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize" });
const headers = { "content-type": "application/json", accept: "application/json, text/event-stream" };
const begin = () => new Request("http://localhost/mcp", { method: "POST", body: initialize, headers });

describe("the runtimes over MCP", () => {
  test("load the SDK once they are opened, and not before", async () => {
    const script = `
      const { findRuntime } = await import("./lib/runtimes/runtimes.ts");
      const { ToolRegistry } = await import("./lib/registry.ts");
      const loaded = () => Object.keys(require.cache).filter((path) => path.includes("@modelcontextprotocol")).length > 0;
      console.log(loaded());
      await findRuntime("mcp-memory").open(new ToolRegistry([]));
      console.log(loaded());
      process.exit();`;
    const { stdout } = Bun.spawnSync([process.execPath, "-e", script], { cwd: `${import.meta.dir}/..` });
    expect(stdout.toString()).toBe("false\ntrue\n");
  });

  test("carry an answer that is no object as text", async () => {
    const openServer = mcpServers(registry, "here");
    const answer = statelessMcp(openServer);
    const reach = (url: string | URL, init?: RequestInit) => answer(new Request(String(url), init));
    await using runtime = await openMcpHttp("http://localhost/mcp", {
      name: "here",
      era: "modern",
      fetch: reach,
    });
    expect((await runtime.call("list", { text: "a" })).output).toEqual(["a"]);
    expect((await runtime.call("echo", { text: "a" })).output).toEqual({ text: "a" });
  });
});

const served = runtimes.filter((kind) => "serve" in kind);

test.each(served.map((kind) => [kind.name, kind] as const))(
  "a server whose process was killed is unreachable on %s",
  async (_, kind) => {
    await using host = await openHost(kind, toolkit());
    await host.call("queue_stats", {});
    process.kill(host.pid, "SIGKILL");
    await expect(host.call("queue_stats", {})).rejects.toMatchObject({ code: "unreachable" });
  },
  20_000,
);

test.each(served.map((kind) => [kind.name, kind] as const))(
  "a tool on %s that ends its process as if all were well is told of in one line",
  async (name, kind) => {
    await using host = await openHost(kind, wayward);
    using caller = openCaller(host);
    const series = await caller.open(plainCase("exit", "as if all were well"));
    const message = `Cannot measure "exit" on ${name}: unreachable: its process ended with code 0`;
    await expect(series.attempt()).rejects.toThrow(new MeasurementError(message));
  },
);

test.each(served.map((kind) => [kind.name, kind] as const))(
  "tools on %s that cannot be opened say why in one line",
  async (name, kind) => {
    await expect(openHost(kind, { ...wayward, task: "nobody answers" })).rejects.toThrow(
      new MeasurementError(`Cannot open the tools on ${name}: Cannot open them: nobody answers`),
    );
  },
);

describe("the route of MCP", () => {
  const withMcp = () =>
    serveTools(registry, { mcp: statelessMcp(mcpServers(registry, "mcp")), token: "secret" });
  const authorization = "Bearer secret";
  const refusal = z.object({ error: z.object({ message: z.string() }) });

  test.each([
    ["another host", 403, { host: "evil.example" }, initialize, /to host "evil/],
    ["a page of elsewhere", 403, { origin: "http://evil.example" }, initialize, /page of "http:\/\/evil/],
    ["no token", 401, { authorization: "" }, initialize, /token is missing/],
    ["another content type", 415, { "content-type": "text/plain" }, initialize, /content type/],
    ["broken JSON", 400, {}, "{", /as JSON/],
    ["a body over 1 MiB", 413, {}, " ".repeat(1024 * 1024 + 1), /over 1 MiB/],
    ["a handshake of nothing", 400, {}, handshake, /initialize takes protocolVersion/],
    ["one among others", 400, {}, `[${initialize},${handshake}]`, /initialize takes protocolVersion/],
    ["another method", 405, {}, null, /POST alone/],
  ])("answers %s with %d", async (_, status, more: Record<string, string>, body, message) => {
    await using server = withMcp();
    const response = await fetch(`${server.url}/mcp`, {
      method: body === null ? "DELETE" : "POST",
      body,
      headers: { ...headers, authorization, ...more },
    });
    expect(response.status).toBe(status);
    expect(refusal.parse(await response.json()).error.message).toMatch(message);
  });

  test("is not there where nobody asked for it", async () => {
    await using server = serveTools(registry);
    const response = await fetch(`${server.url}/mcp`, { method: "POST", body: initialize, headers });
    expect(response.status).toBe(404);
  });
});

describe("sessions", () => {
  test("end with their client, and are not found any more", async () => {
    const answer = sessionMcp(mcpServers(registry, "mcp"));
    const id = (await answer(begin())).headers.get("mcp-session-id") ?? "";
    const list = () =>
      answer(
        new Request("http://localhost/mcp", {
          method: "POST",
          headers: { ...headers, "mcp-session-id": id },
          body: '{"jsonrpc":"2.0","id":2,"method":"tools/list"}',
        }),
      );
    expect((await list()).status).toBe(200);
    const end = new Request("http://localhost/mcp", { method: "DELETE", headers: { "mcp-session-id": id } });
    expect((await answer(end)).status).toBe(200);
    expect((await list()).status).toBe(404);
  });

  test("are at most 1,000: a new one ends the oldest", async () => {
    const answer = sessionMcp(mcpServers(registry, "mcp"));
    const ids: string[] = [];
    for (let n = 0; n < 1_001; n++) ids.push((await answer(begin())).headers.get("mcp-session-id") ?? "");
    const statusOf = async (id = "") => {
      const body = '{"jsonrpc":"2.0","id":2,"method":"tools/list"}';
      const request = new Request("http://localhost/mcp", {
        method: "POST",
        headers: { ...headers, "mcp-session-id": id },
        body,
      });
      return (await answer(request)).status;
    };
    expect(await Promise.all([ids[0], ids[1], ids[1_000]].map(statusOf))).toEqual([404, 200, 200]);
  });
});
