import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Result, readResult } from "../lib/result/result.ts";
import { readUntil, runScript, startScript, temporaryFolder } from "./run_script.ts";

setDefaultTimeout(60_000);

const root = join(import.meta.dir, "..");
const small = ["--rounds", "2", "--iterations", "4"];

/** Measures what is brought, and answers what it wrote and said. */
async function measure(...flags: readonly string[]) {
  using folder = temporaryFolder();
  const output = join(folder.path, "result.json");
  const { stdout, stderr, code } = await runScript("p2p_latency", ...flags, "--output", output);
  expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
  return { result: readResult(output), text: readFileSync(output, "utf8"), stdout, stderr };
}

const rowsOf = ({ tables }: Result, name: string) => tables.find((one) => one.name === name)?.rows ?? [];
const calledOf = (result: Result) =>
  rowsOf(result, "tools").map(({ tool_name, runtime }) => `${tool_name} ${runtime}`);

describe("tools of one's own", () => {
  const own = ["--tools", join(root, "examples", "own_tools.ts")];

  test("are measured on each runtime, and those left out are listed with the reason", async () => {
    const runtimes = ["--runtimes", "direct,http,mcp-stdio"];
    const { result, stdout } = await measure(...own, ...runtimes, ...small);
    expect(result).toMatchObject({ complete: true, audit: expect.any(Array) });
    expect(result.validity).not.toBe("invalid");
    expect(calledOf(result)).toEqual(
      ["word_count", "note_add"].flatMap((tool) =>
        ["direct", "http", "mcp-stdio"].map((one) => `${tool} ${one}`),
      ),
    );
    const unsaid = "it does not say that it destroys nothing";
    expect(rowsOf(result, "left_out")).toEqual([{ tool_name: "note_remove", reason: unsaid }]);
    expect(stdout).toMatch(/^note_remove +it does not say/m);
    expect(result.options.called).toMatchObject([
      {
        tool: "word_count",
        input: { text: expect.stringMatching(/^.$/) },
        branch: expect.stringContaining("least"),
      },
      { tool: "note_add", input: null, branch: "the first note" },
    ]);
  });

  test("are called with what is asked for, which a file may hold, filled in each time", async () => {
    using folder = temporaryFolder();
    const calls = join(folder.path, "calls.json");
    writeFileSync(calls, '{"note_add":{"id":"{{uuid}}","text":"call {{n}}"}}');
    const asked = ["--calls", calls, "--call", 'word_count={"text":"two words"}', "--runtimes", "http"];
    const { result } = await measure(...own, ...asked, ...small);
    expect(rowsOf(result, "tools").map(({ branch }) => branch)).toEqual([
      'as asked, {"text":"two words"}',
      'as asked, {"id":"{{uuid}}","text":"call {{n}}"}',
    ]);
  });

  test("may answer what differs from call to call, and else alike on each runtime", async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "tools.ts");
    const text = (kept: string) =>
      `import { z } from "${root}/node_modules/zod";
      import { defineTool, reading } from "${root}/lib/registry.ts";
      export const tools = [
        defineTool({
          ...{ name: "draw", category: "test", home: "direct", description: "draws", annotations: reading },
          ...{ input: z.strictObject({}), output: z.looseObject({}) },
          handler: () => ({ kept: ${kept}, drawn: [{ id: crypto.randomUUID(), ns: Bun.nanoseconds() }] }),
        }),
      ];`;
    const flags = ["--tools", path, "--runtimes", "direct,http", ...small];
    writeFileSync(path, text('"so"'));
    const { result } = await measure(...flags);
    expect(result.options.called).toMatchObject([{ tool: "draw", varies: ["id", "ns"] }]);
    writeFileSync(path, text("process.argv[1].length"));
    const { stderr, code } = await runScript(
      "p2p_latency",
      ...flags,
      "--output",
      join(folder.path, "result.json"),
    );
    expect({ stderr, code }).toEqual({
      stderr: expect.stringMatching(/^Cannot compare "draw": direct answered /),
      code: 3,
    });
  });

  test("need nothing of ours: no engine is loaded, and no network opened", async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "tools.ts");
    writeFileSync(
      path,
      `import { z } from "${root}/node_modules/zod";
      import { defineTool, reading } from "${root}/lib/registry.ts";
      const loaded = (names) =>
        Object.keys(require.cache).filter((path) => new RegExp("node_modules/(" + names + ")/").test(path));
      export const tools = [
        defineTool({
          ...{ name: "heavy", category: "test", home: "direct", description: "what is loaded", annotations: reading },
          ...{ input: z.strictObject({}), output: z.object({ zod: z.boolean(), heavy: z.array(z.string()) }) },
          handler: () => ({ zod: loaded("zod").length > 0, heavy: loaded("bunqueue|libp2p|@libp2p|@observablehq") }),
        }),
      ];
      export const cases = [{ tool: "heavy", branch: "all", open: () => ({ prepare: () => ({ input: {}, expect: { zod: true, heavy: [] } }) }) }];`,
    );
    const { result } = await measure("--tools", path, "--runtimes", "direct,http", ...small);
    expect(calledOf(result)).toEqual(["heavy direct", "heavy http"]);
  });

  test.each([
    ["is not there", null, /there is no such file$/],
    ["does not load", "export const tools = ;", /it does not load: /],
    ["throws", 'throw new Error("not today")', /it does not load: Error: not today$/],
    [
      "exports nothing",
      "export {}",
      /it exports no tools; write `export const tools = \[defineTool\(\{ … \}\)\]`$/,
    ],
    ["exports no list", "export const tools = {}", /its tools is no list$/],
    ["exports none", "export const tools = []", /its tools is empty$/],
    ["exports junk", "export const tools = [{ name: 'x' }]", /its tools\.0 is not made by defineTool$/],
    ["exports two of a name", "export const tools = [tool, tool]", /two of them are called "x"$/],
    [
      "has a case of none",
      "export const tools = [tool], cases = [{ tool: 'y', open() {} }]",
      /a case, and no tool, of "y"$/,
    ],
    [
      "has a case that is none",
      "export const tools = [tool], cases = [1]",
      /its cases\.0 is no case: it has a tool/,
    ],
  ])("of a module that %s are refused in one line", async (_, text, message) => {
    using folder = temporaryFolder();
    const path = join(folder.path, "tools.ts");
    const tool = "const tool = { name: 'x', call() {}, input: { safeParse() {} } };";
    if (text !== null) writeFileSync(path, text.includes("[tool") ? `${tool}${text}` : text);
    const output = join(folder.path, "result.json");
    const { stdout, stderr, code } = await runScript("p2p_latency", "--tools", path, "--output", output);
    expect(stderr.trimEnd().split("\n")).toEqual([expect.stringMatching(message)]);
    expect(stderr).toStartWith(`Cannot take tools from "${path}": `);
    expect({ stdout, code }).toEqual({ stdout: "", code: 2 });
  });
});

describe("a server that somebody else wrote", () => {
  const commandOf = (name: string, ...args: string[]) =>
    [
      process.execPath,
      join(root, "node_modules", "@modelcontextprotocol", `server-${name}`, "dist", "index.js"),
      ...args,
    ].join(" ");
  const brought = (name: string, ...args: string[]) => ["--mcp-command", commandOf(name, ...args), ...small];

  test("to try everything is measured, but what reaches others, takes its time or fails", async () => {
    const { result } = await measure(...brought("everything"));
    expect(calledOf(result)).toEqual(expect.arrayContaining(["echo mcp-stdio", "get-sum mcp-stdio"]));
    const left = new Map(rowsOf(result, "left_out").map(({ tool_name, reason }) => [tool_name, reason]));
    expect(left.get("gzip-file-as-resource")).toBe("it says that it reaches others (openWorldHint)");
    expect(left.get("trigger-long-running-operation")).toBe("a call takes longer than 2 s");
    expect(left.get("simulate-research-query")).toStartWith("its first call failed: ");
    expect(calledOf(result).length + left.size).toBe(13);
  });

  test("for files is called with the paths that are asked for", async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "one.txt");
    writeFileSync(path, "one");
    const asked = ["--call", `read_text_file=${JSON.stringify({ path })}`];
    const { result } = await measure(...brought("filesystem", folder.path), ...asked);
    expect(calledOf(result)).toEqual(
      expect.arrayContaining(["read_text_file mcp-stdio", "list_allowed_directories mcp-stdio"]),
    );
    expect(rowsOf(result, "left_out")).toContainEqual({
      tool_name: "write_file",
      reason: "it says that it may destroy (destructiveHint)",
    });
  });

  test("for memories is measured as far as it destroys nothing", async () => {
    const { result } = await measure(...brought("memory"));
    expect(calledOf(result)).toEqual(
      expect.arrayContaining(["read_graph mcp-stdio", "search_nodes mcp-stdio"]),
    );
    expect(rowsOf(result, "left_out").map(({ tool_name }) => tool_name)).toEqual(
      expect.arrayContaining(["delete_entities", "delete_relations"]),
    );
  });
});

describe("a server at a URL", () => {
  const opened = new AsyncDisposableStack();
  let url = "";
  beforeAll(async () => {
    const flags = ["--mcp", "http", "--peers", "2", "--token", "open-sesame"];
    const server = opened.use(startScript("serve", ...flags));
    [url] = await readUntil(server.stdout, /http:\S+(?=\/mcp\n)/);
  });
  afterAll(() => opened.disposeAsync());

  const header = ["--header", "Authorization: Bearer open-sesame"];
  const one = ["--tool", "queue_stats", ...small];

  test.each([
    ["--mcp-url", "/mcp", "legacy", "mcp-http"],
    ["--mcp-url", "/mcp", "modern", "mcp-http-modern"],
    ["--url", "", "legacy", "http"],
  ])("by %s%s is measured in the %s era, and its token told nobody", async (flag, path, era, runtime) => {
    const asked = [flag, `${url}${path}?key=open-sesame`, "--era", era, ...header];
    const { result, text, stdout, stderr } = await measure(...asked, ...one, "--verbose");
    expect(calledOf(result)).toEqual([`queue_stats ${runtime}`]);
    expect(`${text}${stdout}${stderr}`).not.toContain("open-sesame");
  });

  test.each([
    ["--mcp-url", "/mcp", /^Cannot reach http:\S+\/mcp: /],
    ["--url", "", /^Cannot reach http:\S+: it answered 401: /],
    ["--url", "/nowhere", /^Cannot reach http:\S+\/nowhere: it answered 401: /],
  ])("by %s%s is refused in one line with a wrong token, which is not told", async (flag, path, message) => {
    const wrong = ["--header", "Authorization: Bearer wrong-sesame"];
    const { stderr, code } = await runScript("p2p_latency", flag, `${url}${path}`, ...wrong, ...one);
    expect(stderr.trimEnd().split("\n")).toEqual([expect.stringMatching(message)]);
    expect(stderr).not.toContain("wrong-sesame");
    expect(code).toBe(2);
  });
});

test.each(["--mcp-url", "--url"])("what is sent by %s goes nowhere else", async (flag) => {
  const led: string[] = [];
  await using elsewhere = serve(({ url }) => {
    led.push(url);
    return new Response("{}");
  });
  await using leading = serve(() => Response.redirect(elsewhere.url, 307));
  const { stderr, code } = await runScript(
    "p2p_latency",
    flag,
    leading.url,
    "--header",
    "X-Key: open-sesame",
  );
  expect(stderr.trimEnd().split("\n")).toEqual([expect.stringMatching(/^Cannot reach http:\S+: /)]);
  expect({ code, led }).toEqual({ code: 2, led: [] });
});

test("what a server repeats of a header stands neither in an error nor among the reasons", async () => {
  const list = [{ name: "repeat", annotations: { readOnlyHint: true } }];
  await using server = serve(({ method, headers }) =>
    method === "GET"
      ? Response.json(list)
      : new Response(`no ${headers.get("authorization")}`, { status: 403 }),
  );
  const header = ["--header", "Authorization: Bearer open-sesame"];
  const failing = await runScript("p2p_latency", "--url", server.url, ...header);
  const refused = ": its first call failed: it answered 403: no ***; --call asks for one";
  expect(failing.stderr).toBe(`Cannot measure any of 1 tools: "repeat"${refused}\n`);
  const asked = await runScript("p2p_latency", "--url", server.url, ...header, "--call", "repeat={}");
  expect(asked.stderr).toBe('Cannot call "repeat" as asked: it answered 403: no ***\n');
});

/** Answers every request like that. */
function serve(fetch: (request: Request) => Response) {
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch });
  return { url: server.url.href, [Symbol.asyncDispose]: () => server.stop(true) };
}

test.each([
  [
    "memory_usage",
    "--mcp-command",
    "it reads the memory of servers from within, and so of those of this project alone",
  ],
  [
    "runtime_comparison",
    "--mcp-url",
    "it compares runtimes, and a server of somebody else's is one; p2p_latency takes it",
  ],
  ["concurrent_workflows", "--tools", "it submits workflows, which are tools of this project"],
])("%s takes no %s, and says why", async (script, flag, why) => {
  const { stderr, code } = await runScript(script, flag, "x");
  expect({ stderr, code }).toEqual({ stderr: `Cannot take ${flag}: ${why}\n`, code: 2 });
});
