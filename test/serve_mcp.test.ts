import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Client, StreamableHTTPClientTransport, type Transport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { z } from "zod";
import { gone, readUntil, runScript, startScript } from "./run_script.ts";

const script = new URL("../scripts/serve.ts", import.meta.url).pathname;
const modes = { legacy: "legacy", modern: { pin: "2026-07-28" } } as const;
const versions = { legacy: "2025-11-25", modern: "2026-07-28" } as const;

async function connect(transport: Transport, era: keyof typeof modes, opened: AsyncDisposableStack) {
  const client = new Client({ name: "test", version: "1" }, { versionNegotiation: { mode: modes[era] } });
  opened.defer(() => client.close());
  await client.connect(transport);
  expect(client.getNegotiatedProtocolVersion()).toBe(versions[era]);
  return client;
}

const ways = ["stdio", "http"].flatMap((way) =>
  (["legacy", "modern"] as const).map((era) => [way, era] as const),
);

describe.each(ways)("serve --mcp %s, by the SDK's own client in the %s era,", (way, era) => {
  const opened = new AsyncDisposableStack();
  let client: Client;
  beforeAll(async () => {
    if (way === "stdio") {
      const args = [script, "--mcp", "stdio", "--peers", "2"];
      client = await connect(new StdioClientTransport({ command: process.execPath, args }), era, opened);
      return;
    }
    const server = opened.use(
      startScript("serve", "--mcp", "http", "--peers", "2", "--token", "open-sesame"),
    );
    const [url] = await readUntil(server.stdout, /http:\S+\/mcp(?=\n)/);
    const requestInit = { headers: { authorization: "Bearer open-sesame" } };
    client = await connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }), era, opened);
  }, 20_000);
  afterAll(() => opened.disposeAsync());

  test("lists all 32 tools with schemas and what a call of them does", async () => {
    const { tools } = await client.listTools();
    expect(tools).toBeArrayOfSize(32);
    expect(tools.find(({ name }) => name === "queue_clear")).toMatchObject({
      description: "Forget the tasks that do not run",
      inputSchema: { type: "object", properties: { confirm: { type: "boolean" } } },
      outputSchema: { type: "object", required: expect.arrayContaining(["cleared_count"]) },
      annotations: {
        readOnlyHint: false,
        destructiveHint: true,
        idempotentHint: false,
        openWorldHint: false,
      },
    });
  });

  test("answers a call with structured content, and the same as text", async () => {
    const { isError, structuredContent, content } = await client.callTool({ name: "queue_stats" });
    const [{ text }] = z.tuple([z.object({ text: z.string() })]).parse(content);
    expect(isError).toBeFalsy();
    expect(structuredContent).toMatchObject({ status: "active", queued_count: 0 });
    expect(JSON.parse(text)).toEqual(structuredContent);
  });

  test("says of a failed call that it failed, and with which code", async () => {
    const result = await client.callTool({ name: "task_status", arguments: { task_id: "none" } });
    expect(result).toMatchObject({
      isError: true,
      content: [{ type: "text", text: 'Cannot find task "none": there is none of that id' }],
      _meta: { code: "not_found" },
    });
    const wrong = await client.callTool({ name: "task_status", arguments: { id: 1 } });
    expect(wrong).toMatchObject({ isError: true, _meta: { code: "invalid_input" } });
  });

  test("refuses a tool that is not there as the protocol has it", async () => {
    await expect(client.callTool({ name: "queue_stat" })).rejects.toMatchObject({
      code: -32602,
      message: 'Cannot find tool "queue_stat", the nearest name is "queue_stats"',
    });
  });
});

/** Runs a server on stdio that is told these messages, until it ends its output. */
async function tell(path: string, flags: readonly string[], messages: readonly object[]) {
  const child = Bun.spawn([process.execPath, path, ...flags], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
  });
  for (const message of messages) child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  await child.stdin.flush();
  const last = messages.at(-1);
  const [answer] = await readUntil(
    child.stdout,
    new RegExp(`(.*\\n)*.*"id":${z.object({ id: z.int() }).parse(last).id}.*\\n`),
  );
  return { child, lines: answer.trimEnd().split("\n") };
}

const handshake = [
  {
    id: 1,
    method: "initialize",
    params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "test", version: "1" } },
  },
  { method: "notifications/initialized" },
];

describe("a server on stdio", () => {
  test("says nothing but the protocol, ends with its input, and leaves nothing behind", async () => {
    const { child, lines } = await tell(
      script,
      ["--mcp", "stdio", "--peers", "2"],
      [...handshake, { id: 2, method: "tools/call", params: { name: "peer_list", arguments: {} } }],
    );
    await using _ = child;
    expect(lines.map((line) => JSON.parse(line).id)).toEqual([1, 2]);
    const children = Bun.spawnSync(["pgrep", "-P", String(child.pid)])
      .stdout.toString()
      .trim()
      .split("\n");
    expect(children).toBeArrayOfSize(1);
    await child.stdin.end();
    expect(await child.exited).toBe(0);
    const more = await Array.fromAsync(child.stdout);
    expect([Buffer.concat(more).toString(), await child.stderr.text()]).toEqual(["", ""]);
    await Promise.all(children.map((pid) => gone(Number(pid))));
  }, 20_000);

  test("tells its user on stderr what a tool prints", async () => {
    const path = new URL("./fixtures/printing_server.ts", import.meta.url).pathname;
    const call = { id: 2, method: "tools/call", params: { name: "print", arguments: {} } };
    const { child, lines } = await tell(path, [], [...handshake, call]);
    await using _ = child;
    expect(lines.map((line) => JSON.parse(line).id)).toEqual([1, 2]);
    await child.stdin.end();
    const printed = await child.stderr.text();
    for (const by of ["by log", "'table'", "by write", "by the stream"]) expect(printed).toContain(by);
  });

  test.each([
    ["--port", "80"],
    ["--host", "localhost"],
    ["--token", "secret"],
  ])("takes no %s", async (flag, value) => {
    const { stderr, code } = await runScript("serve", "--mcp", "stdio", flag, value);
    expect(stderr).toBe("Cannot take --host, --port or --token with --mcp stdio: it does not listen\n");
    expect(code).toBe(2);
  });
});
