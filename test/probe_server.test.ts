import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { readResult } from "../lib/result/result.ts";
import { gone, isAlive, readUntil, runScript, startScript, temporaryFolder } from "./run_script.ts";
import { readSteps } from "./steps.ts";

setDefaultTimeout(120_000);

const path = join(import.meta.dir, "fixtures", "wayward_server.ts");

/** A probe that takes its time for one round alone, and what is left of the server, which its last word finds. */
async function probe(words: readonly string[], flags: readonly string[] = []) {
  using folder = temporaryFolder();
  const output = join(folder.path, "result.json");
  const mark = crypto.randomUUID();
  const command = words.length === 0 ? [] : ["--", ...words, mark];
  const run = await runScript(
    "probe_server",
    "--rounds",
    "1",
    "--budget",
    "2",
    "--output",
    output,
    ...flags,
    ...command,
  );
  const result = existsSync(output) ? readResult(output) : null;
  return { ...run, lines: run.stderr.trimEnd().split("\n"), result, left: processesWith(mark) };
}

function processesWith(word: string): number[] {
  const { stdout } = Bun.spawnSync(["pgrep", "-f", word]);
  return stdout.toString().split("\n").filter(Boolean).map(Number).filter(isAlive);
}

const wayward = (way: string) => [process.execPath, path, way];

describe("a server that", () => {
  test.each([
    [
      "exits at once",
      "exits",
      3,
      /: it ended with exit code 7 before it answered the handshake of 2025-11-25$/,
    ],
    [
      "prints junk for ever",
      "junk",
      3,
      /: it did not answer the handshake of 2025-11-25 within 2 s; it printed what is no message, as in "all is well"$/,
    ],
    ["never answers", "silent", 3, /: it did not answer the handshake of 2025-11-25 within 2 s$/],
    [
      "speaks an older protocol",
      "old",
      3,
      /: it speaks version "1999-01-01" of the protocol, and clients 2025-11-25, /,
    ],
    [
      "speaks a newer protocol",
      "new",
      3,
      /: it speaks version "2099-01-01" of the protocol, and clients 2025-11-25, /,
    ],
    ["lists no tools", "no-tools", 3, /: it lists no tools$/],
    ["lists 10,000", "many-tools", 3, /: it lists 10000 tools, where 1000 are the most$/],
    [
      "lists a schema that is none",
      "no-schema",
      3,
      /: it lists a tool "echo" that is none: it takes a name, and schemas /,
    ],
    [
      "lists a schema that nobody can follow",
      "strange-schema",
      2,
      /: none of its tools can be timed, "echo": its input schema is none/,
    ],
    [
      "lists two of a name",
      "two-of-a-name",
      3,
      /: it lists a tool "echo" that is none: there is one of that name$/,
    ],
    [
      "lists a name that is none",
      "no-name",
      3,
      /: it lists a tool ".\[31mecho" that is none: its name cannot be shown$/,
    ],
    ["does not say what its tools do", "no-hints", 2, /"echo": it does not say that it destroys nothing$/],
    ["sends a line of 11 MB", "long-line", 3, /: it sent a line of more than 8 MiB$/],
    ["dies in its first call", "dies", 3, /: it ended with exit code 9 before it answered a call of "echo"$/],
    [
      "dies in the middle",
      "dies-later",
      3,
      /: it ended with exit code 9 before it answered a call of "echo"$/,
    ],
    [
      "never answers a call",
      "hangs",
      2,
      /: none of its tools can be timed, "echo": it takes longer than 2 s; --call asks for it$/,
    ],
    ["stops answering in the middle", "hangs-later", 3, /: it did not answer a call of "echo" within 2 s$/],
    [
      "fails in each call",
      "fails",
      2,
      /: none of its tools can be timed, "echo": it failed: no undefined fits$/,
    ],
    ["says in its answer that it failed", "confesses", 2, /"echo": it failed: it answered .*it went wrong/],
    ["answers without content", "no-content", 3, /: it answered a call without content$/],
  ] as const)("%s ends the probe in one line, and is gone", async (_, way, code, message) => {
    const { lines, result, ...rest } = await probe(wayward(way), ["--timeout", "2"]);
    expect(lines).toEqual([expect.stringMatching(message)]);
    expect(lines[0]).toStartWith(`Cannot probe "${process.execPath} ${path} ${way} `);
    expect(rest).toMatchObject({ stdout: "", code, left: [] });
    expect(result?.complete).toBe(false);
  });

  test("does not exist is told from one that does not answer", async () => {
    expect(await probe(["nonesuch", "--flag"])).toMatchObject({
      lines: ['Cannot start "nonesuch": there is no such command'],
      code: 2,
    });
    const { lines, code } = await probe([], ["--url", "http://127.0.0.1:1/mcp"]);
    expect({ lines, code }).toEqual({
      lines: ["Cannot probe http://127.0.0.1:1/mcp: nobody answers there"],
      code: 2,
    });
  });

  test("answers before it was started is not taken for it", async () => {
    using other = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
    const { lines, code } = await probe(wayward("well"), ["--url", `http://127.0.0.1:${other.port}/mcp`]);
    expect({ lines, code }).toEqual({
      lines: [`Cannot start a server for http://127.0.0.1:${other.port}: somebody answers there already`],
      code: 2,
    });
  });

  test.each(["SIGINT", "SIGKILL"] as const)(
    "has children ends with them when the probe has %s",
    async (signal) => {
      const mark = crypto.randomUUID();
      using folder = temporaryFolder();
      const nested = ["sh", "-c", `${process.execPath} ${path} stays ${mark}; true`];
      const script = startScript(
        "probe_server",
        "--verbose",
        "--output",
        join(folder.path, "result.json"),
        "--",
        ...nested,
      );
      await readUntil(script.stderr, /can be called\n/);
      script.kill(signal);
      const code = await script.exited;
      for (const pid of processesWith(mark)) await gone(pid);
      expect(code).toBe(signal === "SIGINT" ? 130 : 137);
    },
  );
});

describe("flags", () => {
  test.each([
    [
      "nothing to probe",
      [],
      /^Cannot probe anything: name a command after --, as in -- npx -y SERVER, or a --url$/,
    ],
    ["a header without a URL", ["--header", "a: b", "--", "x"], /^Cannot take --header: it goes with --url$/],
    [
      "a limit without its unit",
      ["--max-p95", "50", "--", "x"],
      /^Cannot take --max-p95: must be a number and one of ms, s$/,
    ],
    [
      "a call that is no JSON",
      ["--call", "echo={", "--", "x"],
      /^Cannot take --call: the input of "echo" is no JSON/,
    ],
    [
      "a call of another tool",
      ["--call", "ecko={}", "--", ...wayward("well")],
      /^Cannot take --call: there is no tool "ecko", the nearest is "echo"$/,
    ],
    [
      "a call that fails",
      ["--call", "echo={}", "--", ...wayward("fails")],
      /: its tool "echo" was called as asked, and it failed: no undefined fits$/,
    ],
  ])("that say %s are refused in one line", async (_, flags, message) => {
    using folder = temporaryFolder();
    const { stdout, stderr, code } = await runScript(
      "probe_server",
      "--output",
      join(folder.path, "r.json"),
      ...flags,
    );
    expect(stderr.trimEnd().split("\n")).toEqual([expect.stringMatching(message)]);
    expect({ stdout, code }).toEqual({ stdout: "", code: 2 });
  });

  test("name the call that is timed, and limits that are checked; no peers, queue or charts are loaded", async () => {
    using folder = temporaryFolder();
    const preload = join(folder.path, "tell.js");
    writeFileSync(
      preload,
      "process.on('exit', () => console.error(Object.keys(require.cache).map((path) => 'loaded ' + path).join('\\n')));",
    );
    const output = join(folder.path, "result.json");
    const flags = ["--rounds", "1", "--budget", "1", "--check", "--max-list", "10B", "--output", output];
    const call = ["--call", 'echo={"text":"{{n}} {{uuid}}"}', "--", ...wayward("no-hints")];
    const script = join(import.meta.dir, "..", "scripts", "probe_server.ts");
    await using run = Bun.spawn([process.execPath, "run", script, ...flags, ...call], {
      env: { ...process.env, BUN_OPTIONS: `--preload=${preload}` },
      stdout: "ignore",
      stderr: "pipe",
    });
    const loaded = (await run.stderr.text()).match(/(?<=^loaded ).*/gm) ?? [];
    expect(await run.exited).toBe(1);
    const { criteria, tables } = readResult(output);
    expect(criteria).toContainEqual(expect.objectContaining({ id: "list", status: "missed" }));
    expect(tables.find(({ name }) => name === "calls")?.rows).toMatchObject([{ tool_name: "echo" }]);
    expect(loaded.filter((path) => path.endsWith("probe_server/growth.ts"))).not.toBeEmpty();
    expect(
      loaded.filter((path) =>
        /\/(libp2p|@libp2p|bunqueue|@observablehq|linkedom)\/|lib\/(p2p|general|report\/html)\//.test(path),
      ),
    ).toEqual([]);
  });
});

describe("no secret", () => {
  const secret = "open-sesame-7";

  test("of the environment is told that a server tells as it dies", async () => {
    const command = [
      process.execPath,
      "run",
      join(import.meta.dir, "..", "scripts", "probe_server.ts"),
      "--",
      ...wayward("tells"),
    ];
    using folder = temporaryFolder();
    const { stderr } = Bun.spawnSync(command, {
      cwd: folder.path,
      env: { ...process.env, WAYWARD_TOKEN: secret },
    });
    expect(stderr.toString()).toMatch(/; its last words were "cannot log in as \*\*\*"\n$/);
  });

  test("of headers, a URL or a command is told when all goes well, nor when it does not", async () => {
    const url = (port: number) => ["--url", `http://user:${secret}@127.0.0.1:${port}/mcp?key=${secret}`];
    const flags = ["--header", `authorization: Bearer ${secret}`, "--timeout", "5"];
    for (const [way, code] of [
      ["well", 0],
      ["tells-headers", 3],
    ] as const) {
      using listener = Bun.serve({ port: 0, fetch: () => new Response() });
      const port = listener.port ?? 0;
      await listener.stop(true);
      const run = await probe([...wayward(way), `${port}`, `--token=${secret}`], [...url(port), ...flags]);
      expect([run.code, run.left]).toEqual([code, []]);
      expect(JSON.stringify([run.stdout, run.stderr, run.result])).not.toContain(secret);
      expect(run.result?.options).toMatchObject({
        url: `http://127.0.0.1:${port}/mcp`,
        command: expect.arrayContaining(["--token=***"]),
      });
    }
  });
});

test("tokens are counted where a tokenizer is installed", async () => {
  using folder = temporaryFolder();
  const home = join(folder.path, "node_modules", "js-tiktoken");
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, "package.json"), JSON.stringify({ name: "js-tiktoken", main: "index.js" }));
  writeFileSync(
    join(home, "index.js"),
    "exports.getEncoding = (name) => ({ encode: (text) => text.split(name === 'o200k_base' ? ' ' : '') });",
  );
  const module = join(import.meta.dir, "..", "lib", "benchmarks", "probe_server", "count_tokens.ts");
  const code = `console.log(await (await import(${JSON.stringify(module)})).countTokens("a b c"))`;
  const count = (cwd: string) => Bun.spawnSync([process.execPath, "-e", code], { cwd }).stdout.toString();
  expect([count(folder.path), count("/")]).toEqual(["3\n", "null\n"]);
});

describe("who follows the page on one's own server, which others wrote,", () => {
  const commands = readSteps("your_server.md").map(({ text }) => text);

  test.each(commands)("runs %s, and reads six lines and a verdict", (line) => {
    // Each start through npx takes a second more: once will do.
    const quicker =
      line === commands[0] ? line : line.replace(/npx -y (\S+)/, "bun node_modules/$1/dist/index.js");
    using folder = temporaryFolder();
    using listener = Bun.serve({ port: 0, fetch: () => new Response() });
    const port = `${listener.port}`;
    listener.stop(true);
    const output = join(folder.path, "result.json");
    // For one round, and at a port that is free.
    const own = quicker
      .replace("probe_server.ts", `probe_server.ts --rounds 1 --budget 2 --output ${output}`)
      .replaceAll("3001", port);
    const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}`, PORT: port };
    const { exitCode, stdout, stderr } = Bun.spawnSync(["bash", "-c", own], {
      cwd: join(import.meta.dir, ".."),
      env,
    });
    expect({ stderr: `${stderr}`, isFine: exitCode === 0 || line.includes("--check") }).toEqual({
      stderr: "",
      isFine: true,
    });
    const lines = `${stdout}`.trimEnd().split("\n");
    const titles = ["Start", "A call", "Concurrency", "Memory", "Tool list", "Leak"];
    expect(lines.slice(0, 6).map((line) => line.split("  ")[0])).toEqual(titles);
    expect(lines[6]).toMatch(/^(met|missed|inconclusive) /);
    const { complete, tables } = readResult(output);
    expect(complete).toBe(true);
    const rows = (table: string) => tables.find(({ name }) => name === table)?.rows ?? [];
    expect(rows("leak")).toContainEqual(expect.objectContaining({ read_by: "heap after collecting" }));
  });
});
