import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readResult } from "../lib/result/result.ts";
import { runScript, temporaryFolder } from "./run_script.ts";
import { sampleLatency } from "./sample_results.ts";

describe("scripts/merge.ts", () => {
  test("joins two shards of a real run", async () => {
    using folder = temporaryFolder();
    const [a, b, merged] = ["a.json", "b.json", "new/merged.json"].map((file) => join(folder.path, file));
    const flags = ["--quick", "--rounds", "2", "--output"];
    for (const [tool = "", file = ""] of [
      ["workflow_status", a],
      ["task_status", b],
    ])
      expect(await runScript("p2p_latency", "--tool", tool, ...flags, file)).toMatchObject({ code: 0 });
    const { stdout, code } = await runScript("merge", b ?? "", a ?? "", "--output", merged ?? "");
    expect({ stdout, code }).toEqual({ stdout: "", code: 0 });
    const { tables, criteria, options } = readResult(merged ?? "");
    expect(tables[0]?.rows.map(({ tool_name, runtime }) => [tool_name, runtime])).toEqual([
      ["workflow_status", "direct"],
      ["workflow_status", "http"],
      ["task_status", "direct"],
      ["task_status", "http"],
    ]);
    expect(criteria).toMatchObject([
      { id: "saving", about: { runtime: "direct" }, status: expect.any(String) },
    ]);
    expect(options).toMatchObject({ output: merged, tool: ["task_status", "workflow_status"] });
  }, 30_000);

  test.each([
    [["--output", "x.json"], "Cannot merge nothing: name the result files of the shards"],
    [["a.json"], /^Cannot take --output: /],
    [["a.json", "--output", "a.json"], /^Cannot write ".*a.json": it is .* a result to be read$/],
    [["none.json", "--output", "x.json"], /^Cannot read ".*none.json": /],
    [["a.json", "--output", "/dev/null/x"], /^Cannot write "\/dev\/null\/x": /],
    [["a.json", "broken.json", "--output", "x.json"], /^Cannot read ".*broken.json": it is no JSON/],
  ])("refuses %j in one line", async (flags, message) => {
    using folder = temporaryFolder();
    writeFileSync(join(folder.path, "a.json"), JSON.stringify(sampleLatency));
    writeFileSync(join(folder.path, "broken.json"), "{");
    const { stdout, stderr, code } = await runScript(
      "merge",
      ...flags.map((word) => (word.endsWith(".json") ? join(folder.path, word) : word)),
    );
    expect(stderr.trimEnd().split("\n")).toEqual([expect.stringMatching(message)]);
    expect({ stdout, code }).toEqual({ stdout: "", code: 2 });
  });
});
