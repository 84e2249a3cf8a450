import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { z } from "zod";
import { estimateSchema, latencySchema } from "../lib/judge/shapes.ts";
import { readResult, resultSchema } from "../lib/result/result.ts";
import { runtimes } from "../lib/runtimes/runtimes.ts";
import { gone, isAlive, readUntil, runScript, startScript, temporaryFolder } from "./run_script.ts";

setDefaultTimeout(60_000);

const root = join(import.meta.dir, "..");

/** As little as makes a ladder. */
const tiny = ["--rounds", "2", "--warmup", "20", "--iterations", "8"];
const once = ["--rounds", "1", "--warmup", "20", "--iterations", "8"];
const three = ["--runtimes", "direct,json,mcp-stdio"];
const rung = z.looseObject({
  tool_name: z.string(),
  runtime: z.string(),
  base: z.string().nullable(),
  latency: latencySchema,
  added_ms: estimateSchema.nullable(),
  sent_bytes: z.int().nullable(),
});

function rowsOf<Row>(path: string, table: string, shape: z.ZodType<Row>): Row[] {
  return z.array(shape).parse(readResult(path).tables.find(({ name }) => name === table)?.rows);
}

describe("path_ladder", () => {
  test("climbs every way there is with a tool, and tells what each adds", async () => {
    using folder = temporaryFolder();
    const output = join(folder.path, "result.json");
    const all = ["--runtimes", runtimes.map(({ name }) => name).join()];
    const flags = [...once, ...all, "--tool", "queue_stats", "--cold", "0", "--json", "--output", output];
    const { stdout, stderr, code } = await runScript("path_ladder", ...flags);
    expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
    const result = resultSchema.parse(JSON.parse(stdout));
    expect(readResult(output)).toEqual(result);
    expect(result.validity).not.toBe("invalid");
    const rows = rowsOf(output, "ladder", rung);
    expect(rows.map(({ runtime, base }) => [runtime, base])).toEqual(
      runtimes.map(({ name, base = null }) => [name, base]),
    );
    expect(rows.filter(({ added_ms }) => added_ms === null).map(({ base }) => base)).toEqual([null]);
    expect(rows.map(({ latency }) => latency.n)).toEqual(runtimes.map(() => 8));
    const wired = rows.flatMap(({ runtime, sent_bytes }) => (sent_bytes === null ? [] : [runtime]));
    expect(wired).toEqual(runtimes.flatMap((kind) => ("serve" in kind ? [kind.name] : [])));
  });

  test("draws a waterfall, and ends with what the dearest way adds", async () => {
    using folder = temporaryFolder();
    const flags = [...tiny, ...three, "--tool", "queue_stats", "--cold", "0"];
    const { stdout } = await runScript("path_ladder", ...flags, "--output", join(folder.path, "result.json"));
    const lines = stdout.trimEnd().split("\n");
    const drawn = lines.slice(lines.indexOf("What each way adds to a call: queue_stats") + 1).slice(0, 3);
    expect(drawn.map((line) => line.slice(0, 11))).toEqual(["direct     ", "  json     ", "  mcp-stdio"]);
    expect(
      lines.filter((line) => / adds .* to a call, .* % of a model turn of 500 ms\.$/.test(line)),
    ).toEqual([expect.stringMatching(/^(json|mcp-stdio) adds /)]);
    expect(lines.at(-1)).toMatch(/^The run is (valid|suspect|invalid)/);
  });

  test("climbs with payloads, and with more tools on each way, in place of three tools", async () => {
    using folder = temporaryFolder();
    const output = join(folder.path, "result.json");
    const flags = ["--payload", "1KB, 300KB", "--registered", "1,5,3", "--cold", "0", "--output", output];
    const { code } = await runScript("path_ladder", ...tiny, ...three, ...flags);
    expect(code).toBe(0);
    expect(readResult(output).tables.map(({ name }) => name)).toEqual([
      "payloads",
      "crossings",
      "registered",
      "canaries",
    ]);
    const carried = z.looseObject({ payload: z.string(), runtime: z.string(), latency: latencySchema });
    const counts = rowsOf(output, "payloads", carried).map(({ payload, latency }) => [payload, latency.n]);
    // A tenth of the samples above 100 KB.
    expect(counts).toEqual(
      [
        ["1KB", 16],
        ["300KB", 2],
      ].flatMap((count) => [count, count, count]),
    );
    const taxed = rowsOf(output, "registered", z.looseObject({ tools: z.array(z.int()) }));
    expect(taxed.map(({ tools }) => tools)).toEqual(["direct", "json", "mcp-stdio"].map(() => [1, 3, 5]));
  });

  test("opens peers for a tool that dials them", async () => {
    using folder = temporaryFolder();
    const output = join(folder.path, "result.json");
    const flags = ["--tool", "peer_connect", "--runtimes", "direct,http", "--cold", "0", "--output", output];
    const { code } = await runScript("path_ladder", ...once, ...flags);
    expect(code).toBe(0);
    expect(rowsOf(output, "ladder", rung).map(({ latency }) => latency.n)).toEqual([1, 1]);
  });

  test("climbs with tools of one's own, cold starts and bytes included", async () => {
    using folder = temporaryFolder();
    const output = join(folder.path, "result.json");
    const own = ["--tools", join(root, "examples", "own_tools.ts"), "--runtimes", "direct,mcp-memory,http"];
    const { code } = await runScript("path_ladder", ...tiny, ...own, "--cold", "1", "--output", output);
    expect(code).toBe(0);
    const rows = rowsOf(output, "ladder", rung);
    expect(rows.map(({ tool_name, runtime, base }) => [tool_name, runtime, base])).toEqual(
      ["word_count", "note_add"].flatMap((tool) => [
        [tool, "direct", null],
        [tool, "mcp-memory", "direct"],
        [tool, "http", "direct"],
      ]),
    );
    expect(rows.map(({ sent_bytes }) => sent_bytes !== null)).toEqual([
      false,
      false,
      true,
      false,
      false,
      true,
    ]);
    const { tables } = readResult(output);
    const starts = rowsOf(output, "starts", z.looseObject({ spawn_ms: z.number().nullable() }));
    expect(starts.map(({ spawn_ms }) => spawn_ms !== null)).toEqual([false, false, true]);
    expect(rowsOf(output, "warm_up", z.looseObject({ call_11_ms: z.number() }))).toHaveLength(3);
    expect(tables.find(({ name }) => name === "starts")?.notes).toEqual(["The tool is word_count."]);
    expect(tables.find(({ name }) => name === "left_out")?.rows).toMatchObject([
      { tool_name: "note_remove" },
    ]);
  });

  test.each([
    ["everything", "server-everything/dist/index.js", "", "echo"],
    ["filesystem", "server-filesystem/dist/index.js", root, "list_allowed_directories"],
  ])("tells of somebody else's server what a call takes and starting it: %s", async (_, path, more, tool) => {
    using folder = temporaryFolder();
    const output = join(folder.path, "result.json");
    const server = join(root, "node_modules", "@modelcontextprotocol", path);
    const command = `"${process.execPath}" "${server}" ${more === "" ? "" : `"${more}"`}`;
    const flags = [...tiny, "--mcp-command", command, "--tool", tool, "--cold", "1", "--output", output];
    const { code } = await runScript("path_ladder", ...flags);
    expect(code).toBe(0);
    const [row, ...others] = rowsOf(output, "ladder", rung);
    expect([others, row?.runtime, row?.base, row?.latency.n]).toEqual([[], "mcp-stdio", null, 2 * 8]);
    expect(row?.sent_bytes).toBeGreaterThan(50);
    expect(rowsOf(output, "warm_up", z.looseObject({ call_11_ms: z.number() }))).toHaveLength(1);
    const { criteria, validity } = readResult(output);
    expect([criteria, validity === "invalid"]).toEqual([[], false]);
  });

  test.each([
    [["--tool", "queue_stat"], 'Cannot take --tool: there is no "queue_stat", the nearest is "queue_stats"'],
    [["--runtimes", "direct,htp"], 'Cannot take --runtimes: there is no "htp", the nearest is "http"'],
    [
      ["--payload", "1TB"],
      "Cannot take --payload: must be different sizes from 1B to 1MB, as in 100B,10KB, or none",
    ],
    [["--payload", "1KB,1000"], /^Cannot take --payload: must be different sizes/],
    [["--payload", "2MB"], /^Cannot take --payload: must be different sizes from 1B to 1MB/],
    [["--payload", "0"], /^Cannot take --payload: must be different sizes/],
    [
      ["--registered", "26"],
      "Cannot take --registered: must be two or more different numbers from 1 to 1000, as in 1,26,100, or none",
    ],
    [["--registered", "1,x"], /^Cannot take --registered: must be two or more different numbers/],
    [["--registered", "1,1"], /^Cannot take --registered: must be two or more different numbers/],
    [["--registered", "0,5"], /^Cannot take --registered: must be two or more different numbers/],
    [["--turn", "0"], "Cannot take --turn: Too small: expected number to be >0"],
    [["--cold", "-1"], "Cannot take --cold: Too small: expected number to be >=0"],
    [["--warmups", "5"], "Cannot take --warmups: there is no such flag, the nearest is --warmup"],
    [["--iterations", "many"], 'Cannot take --iterations: "many" is no number'],
    [["--mcp-command", "no-such-server"], 'Cannot start "no-such-server": there is no such command'],
    [
      ["--mcp-command", "no-such-server", "--payload", "1KB"],
      "Cannot take --payload: it has tools of its own, which a server of somebody else's does not have",
    ],
    [
      ["--url", "http://127.0.0.1:9", "--registered", "1,2"],
      "Cannot take --registered: it has tools of its own, which a server of somebody else's does not have",
    ],
  ])("refuses %j in one line, before it starts anything", async (flags, message) => {
    using folder = temporaryFolder();
    const output = join(folder.path, "result.json");
    const { stdout, stderr, code } = await runScript("path_ladder", ...flags, "--output", output);
    expect(stderr.trimEnd().split("\n")).toEqual([expect.stringMatching(message)]);
    expect({ stdout, code }).toEqual({ stdout: "", code: 2 });
    expect(existsSync(output)).toBe(false);
  });

  const served = ["--runtimes", "http,mcp-stdio"];

  test.each([
    ["a climb", ["--warmup", "3000", "--iterations", "100000"], /opened with tools/],
    ["a cold start", ["--rounds", "1", "--warmup", "200", "--iterations", "8"], /from cold/],
  ])("leaves no process behind when %s is interrupted, or killed", async (_, own, sign) => {
    for (const signal of ["SIGINT", "SIGKILL"] as const) {
      using folder = temporaryFolder();
      const output = join(folder.path, "result.json");
      const flags = ["--tool", "queue_stats", ...served, ...own, "--verbose", "--output", output];
      await using script = startScript("path_ladder", ...flags);
      await readUntil(script.stderr, sign);
      const processes = await descendants(script.pid);
      script.kill(signal);
      if (signal === "SIGINT") {
        const { input } = await readUntil(script.stderr, /Interrupted\n/);
        expect(input).not.toContain("Error");
        expect(await script.exited).toBe(130);
        expect(readResult(output).complete).toBe(false);
      }
      // One that is being opened ends a moment after the one that opens it.
      await Promise.all(processes.map(gone));
    }
  });
});

/** The processes that a process has started, and those that they have, once there are a job and what it has started. */
async function descendants(pid: number): Promise<number[]> {
  const childrenOf = (pid: number): number[] => {
    const { stdout } = Bun.spawnSync(["pgrep", "-P", String(pid)]);
    const children = stdout.toString().split("\n").filter(Boolean).map(Number);
    return children.flatMap((child) => [child, ...childrenOf(child)]);
  };
  for (;;) {
    const found = childrenOf(pid);
    if (found.length > 1) return found;
    if (!isAlive(pid)) throw new RangeError(`Cannot look at process ${pid}: it has ended`);
    await setImmediate();
  }
}
