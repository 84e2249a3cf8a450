import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { gone, readUntil, runScript, startScript, temporaryFolder } from "./run_script.ts";

setDefaultTimeout(60_000);

const path = join(import.meta.dir, "fixtures", "wayward_server.ts");
/** The last word is there to find its processes by. */
const commandOf = (way: string, name = "any") => `${process.execPath} ${path} ${way} ${name}`;
const small = ["--rounds", "1", "--iterations", "4", "--timeout", "2"];

/** What became of measuring a server that is wrong in that way, and whether it is still there. */
async function measure(way: string, ...flags: readonly string[]) {
  using folder = temporaryFolder();
  const output = join(folder.path, "result.json");
  const name = crypto.randomUUID();
  const command = ["--mcp-command", commandOf(way, name), ...small, "--output", output, ...flags];
  const { stdout, stderr, code } = await runScript("p2p_latency", ...command);
  const isWritten = existsSync(output);
  return { stdout, lines: stderr.trimEnd().split("\n"), code, isWritten, left: processesOf(name) };
}

function processesOf(name: string): number[] {
  const { stdout } = Bun.spawnSync(["pgrep", "-f", `wayward_server.ts [a-z-]+ ${name}$`]);
  return stdout.toString().split("\n").filter(Boolean).map(Number);
}

describe("a server that", () => {
  test.each([
    ["exits at once", "exits", /: it ended with exit code 7 before it answered$/],
    ["prints junk for ever", "junk", /: it has not answered within 2 s$/],
    ["never answers", "silent", /: it has not answered within 2 s$/],
    ["speaks another protocol", "old", /protocol version is not supported: 1999-01-01$/],
    ["lists no tools", "no-tools", /^Cannot measure any of 0 tools: it lists none$/],
    ["lists 10,000", "many-tools", /^Cannot measure 10000 tools: 200 are the most, name some by --tool$/],
    ["lists a schema that is none", "no-schema", /^Cannot list its tools: .*inputSchema/],
    ["lists two of a name", "two-of-a-name", /^Cannot measure its tools: two are called "echo"$/],
    ["lists a name that is none", "no-name", /^Cannot measure its tools: one is called " ?.?\[31mecho"/],
    ["sends a line of 11 MB", "long-line", /^Cannot list its tools: /],
    ["dies in a call", "dies", /"echo": its first call failed: unreachable: its process ended with code 9;/],
    ["never answers a call", "hangs", /"echo": a call takes longer than 2 s; --call asks for one$/],
    ["says that it failed", "confesses", /its first call failed: it answered .*it went wrong/],
  ])(
    "%s is refused in one line, before an earlier result is replaced, and is gone",
    async (_, way, message) => {
      expect(await measure(way)).toEqual({
        ...{ stdout: "", lines: [expect.stringMatching(message)], code: 2, isWritten: false, left: [] },
      });
    },
  );

  test("dies in the middle ends the run with code 3", async () => {
    const { lines, ...rest } = await measure("dies-later");
    expect(lines).toEqual([
      expect.stringMatching(
        /^Cannot measure "echo" on mcp-stdio: unreachable: its process ended with code 9$/,
      ),
    ]);
    expect(rest).toEqual({ stdout: "", code: 3, isWritten: true, left: [] });
  });

  test("fails may say a secret of the environment, which is hidden", () => {
    using folder = temporaryFolder();
    const command = ["--mcp-command", commandOf("fails"), "--output", join(folder.path, "result.json")];
    const script = join(import.meta.dir, "..", "scripts", "p2p_latency.ts");
    const env = { ...process.env, WAYWARD_TOKEN: "open-sesame" };
    const { stderr } = Bun.spawnSync([process.execPath, "run", script, ...command], { env });
    expect(stderr.toString()).toBe(
      'Cannot measure any of 1 tools: "echo": its first call failed: no *** fits; --call asks for one\n',
    );
  });

  test("calls one at a time, of which one never ends, is started anew for the others", async () => {
    const { stdout, code, left } = await measure("slow-beside", "--json");
    const { tables } = JSON.parse(stdout);
    expect({ code, left }).toEqual({ code: 0, left: [] });
    expect(tables.slice(0, 2).map(({ rows }: { rows: object[] }) => rows)).toEqual([
      [expect.objectContaining({ tool_name: "echo" })],
      [{ tool_name: "slow", reason: "a call takes longer than 2 s" }],
    ]);
  });

  test("ignores the end of its input and is told to end is killed", async () => {
    expect(await measure("stays")).toMatchObject({ code: 0, left: [] });
  });

  test.each(["SIGKILL", "SIGINT"] as const)(
    "has children of its own ends with them on %s",
    async (signal) => {
      const name = crypto.randomUUID();
      const nested = `sh -c "${commandOf("stays", name)}; true"`;
      const flags = ["--mcp-command", nested, "--iterations", "100000", "--verbose"];
      using folder = temporaryFolder();
      await using script = startScript("p2p_latency", ...flags, "--output", join(folder.path, "result.json"));
      await readUntil(script.stderr, /opened in \d+ ms/);
      const pids = processesOf(name);
      expect(pids).toBeArrayOfSize(1);
      script.kill(signal);
      await script.exited;
      await Promise.all(pids.map(gone));
    },
  );
});

test.each([
  [
    "a command that does not exist",
    ["--mcp-command", "nonesuch --flag"],
    'Cannot start "nonesuch": there is no such command',
  ],
  [
    "a command with an open quote",
    ["--mcp-command", 'bun "x'],
    "Cannot take --mcp-command: it is no command, or a quote in it is not closed",
  ],
  [
    "a URL that is none",
    ["--mcp-url", "localhost:1"],
    "Cannot take --mcp-url: it is no URL of http or https",
  ],
  [
    "a URL where nobody serves",
    ["--mcp-url", "http://u:open-sesame@127.0.0.1:1/mcp?k=open-sesame"],
    /^Cannot reach http:\/\/127\.0\.0\.1:1\/mcp: ECONNREFUSED/,
  ],
  [
    "another such URL",
    ["--url", "http://127.0.0.1:1/?k=open-sesame"],
    /^Cannot reach http:\/\/127\.0\.0\.1:1\/: ECONNREFUSED/,
  ],
  [
    "a header that is none",
    ["--url", "http://127.0.0.1:1", "--header", "open-sesame"],
    "Cannot take --header: must be 'Name: value', of printable ASCII",
  ],
  ["a header without a URL", ["--header", "a: b"], "Cannot take --header: it goes with --mcp-url and --url"],
  [
    "two servers",
    ["--url", "http://a", "--mcp-command", "b"],
    "Cannot take --url: a run measures one of --mcp-command and --url",
  ],
  [
    "a runtime beside a server",
    ["--runtimes", "direct", "--url", "http://a"],
    "Cannot take --runtimes: it does not go with --url",
  ],
  [
    "a call of a tool of ours",
    ["--call", "queue_stats={}"],
    "Cannot take --call: it goes with --tools, --mcp-command, --mcp-url, --url",
  ],
  [
    "calls of tools of ours",
    ["--calls", "x.json"],
    "Cannot take --calls: it goes with --tools, --mcp-command, --mcp-url, --url",
  ],
  [
    "a call of a tool that is not there",
    ["--mcp-command", commandOf("well"), "--call", "ecko={}"],
    'Cannot take --call: there is no tool "ecko", the nearest is "echo"',
  ],
  [
    "a tool that is not there",
    ["--mcp-command", commandOf("well"), "--tool", "ecko"],
    'Cannot take --tool: there is no tool "ecko", the nearest is "echo"',
  ],
  [
    "a call that fails",
    ["--mcp-command", commandOf("confesses"), "--call", "echo={}"],
    /^Cannot call "echo" as asked: it answered .*it went wrong/,
  ],
  [
    "a file of calls that is not there",
    ["--mcp-command", commandOf("well"), "--calls", "nowhere.json"],
    /^Cannot read "nowhere\.json": ENOENT/,
  ],
])("%s is refused in one line", async (_, flags, message) => {
  using folder = temporaryFolder();
  const output = join(folder.path, "result.json");
  const { stdout, stderr, code } = await runScript("p2p_latency", ...flags, ...small, "--output", output);
  expect(stderr.trimEnd().split("\n")).toEqual([expect.stringMatching(message)]);
  expect(stderr).not.toContain("open-sesame");
  expect({ stdout, code, isWritten: existsSync(output) }).toEqual({ stdout: "", code: 2, isWritten: false });
});
