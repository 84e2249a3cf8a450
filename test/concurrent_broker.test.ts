import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Result, readResult } from "../lib/result/result.ts";
import { openServer } from "./broker_host.ts";
import { readUntil, runScript, startScript, temporaryFolder } from "./run_script.ts";

const small = ["--scenario", "mixed", "--workflows", "6", "--rounds", "1"];
const rowsOf = ({ tables }: Result, name: string) => tables.find((table) => table.name === name)?.rows ?? [];

describe("concurrent_workflows --broker", () => {
  test("runs all workflows through a server, whose token is nowhere in the result", async () => {
    using folder = temporaryFolder();
    const output = join(folder.path, "result.json");
    await using server = await openServer({ AUTH_TOKENS: "open-sesame" });
    const flags = [
      "--broker",
      server.address,
      "--broker-token",
      "open-sesame",
      "--monitor",
      "--output",
      output,
    ];
    const { stderr, code } = await runScript("concurrent_workflows", ...small, ...flags);
    expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
    const result = readResult(output);
    expect(result).toMatchObject({ complete: true, validity: "valid", options: { broker: server.address } });
    expect(readFileSync(output, "utf8")).not.toContain("sesame");
    const endings = { completed: 6, failed: 0, cancelled: 0, timeout: 0 };
    expect(rowsOf(result, "together")).toMatchObject([
      { runtime: "direct", ...endings },
      { runtime: "http", ...endings },
    ]);
  }, 60_000);

  test.each([
    [
      "is down",
      ["--broker", "127.0.0.1:1"],
      /^Cannot reach broker "127\.0\.0\.1:1": no bunqueue server answers there/,
    ],
    ["has no port", ["--broker", "localhost"], /^Cannot take --broker: must be host:port/],
  ])("ends with 2 before it starts when the server %s", async (_, flags, message) => {
    const { stdout, stderr, code } = await runScript("concurrent_workflows", ...small, ...flags);
    expect(stderr.trimEnd().split("\n")).toEqual([expect.stringMatching(message)]);
    expect({ stdout, code }).toEqual({ stdout: "", code: 2 });
  });

  test.each([
    ["refuses the token", ["--broker-token", "wrong"], /it refuses the token; correct --broker-token/],
    ["asks for one", [], /it asks for a token; give it with --broker-token/],
  ])("ends with 2 before it starts when the server %s", async (_, flags, message) => {
    await using server = await openServer({ AUTH_TOKENS: "open-sesame" });
    const { stderr, code } = await runScript(
      "concurrent_workflows",
      ...small,
      "--broker",
      server.address,
      ...flags,
    );
    expect(stderr.trimEnd().split("\n")).toEqual([expect.stringMatching(message)]);
    expect(code).toBe(2);
  });

  test("ends with 3 when the server goes away in the middle, and keeps what was measured", async () => {
    using folder = temporaryFolder();
    const output = join(folder.path, "result.json");
    await using server = await openServer();
    const flags = ["--scenario", "mixed", "--workflows", "2000", "--runtimes", "direct", "--verbose"];
    await using script = startScript(
      "concurrent_workflows",
      ...flags,
      "--broker",
      server.address,
      "--output",
      output,
    );
    await readUntil(script.stderr, /mixed, one at a time, on direct in process \d+: \d+ workflows completed/);
    await server.kill();
    await readUntil(
      script.stderr,
      /Cannot (run "mixed" on direct: workflow ".*" is failed: .*|use .*)broker .*: the connection is lost/,
    );
    expect(await script.exited).toBe(3);
    const result = readResult(output);
    expect(result.complete).toBe(false);
    expect(rowsOf(result, "alone")).toMatchObject([{ scenario: "mixed", runtime: "direct", completed: 101 }]);
  }, 60_000);
});
