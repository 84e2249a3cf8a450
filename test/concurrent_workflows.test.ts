import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { type Result, readResult } from "../lib/result/result.ts";
import { gone, readUntil, runScript, startScript, temporaryFolder } from "./run_script.ts";

const rowsOf = ({ tables }: Result, name: string) => tables.find((table) => table.name === name)?.rows ?? [];

describe("concurrent_workflows", () => {
  test("runs every scenario on both runtimes, and all workflows are completed and leave the same", async () => {
    using folder = temporaryFolder();
    const output = join(folder.path, "result.json");
    const flags = ["--workflows", "6", "--rounds", "1", "--json", "--output", output];
    const { stdout, stderr, code } = await runScript("concurrent_workflows", ...flags);
    expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
    const result = readResult(output);
    expect(JSON.parse(stdout)).toEqual(result);
    expect(result).toMatchObject({ complete: true, validity: "valid" });
    const names = ["simple", "complex", "dag", "mixed"].flatMap((scenario) =>
      ["direct", "http"].map((runtime) => ({ scenario, runtime })),
    );
    // One more than is timed: the first call is no sample.
    expect(rowsOf(result, "alone")).toMatchObject(
      names.map((name) => ({ ...name, submission: { n: 6 }, completed: 7 })),
    );
    expect(rowsOf(result, "together")).toMatchObject(
      names.map((name) => ({
        ...{ ...name, issued: 6, refused: 0, completed: 6, failed: 0, cancelled: 0, timeout: 0 },
        ...{ submission: { n: 6 }, completion: { n: 6 } },
      })),
    );
    expect(result.criteria.map(({ id, about }) => [id, about.scenario, about.runtime])).toEqual(
      ["simple", "complex", "dag", "mixed"].map((scenario) => ["saving", scenario, "direct"]),
    );
  }, 60_000);

  test("sweeps, tells where the time of steps went, and knows the runtimes' former names", async () => {
    using folder = temporaryFolder();
    const output = join(folder.path, "result.json");
    const random = ["--scenario", "random", "--steps", "20", "--width", "4", "--workflows", "3"];
    const flags = [...random, "--rounds", "1", "--runtimes", "trio", "--sweep", "--monitor"];
    const { code } = await runScript("concurrent_workflows", ...flags, "--output", output);
    expect(code).toBe(0);
    const result = readResult(output);
    expect(rowsOf(result, "details")).toMatchObject([
      { scenario: "random", runtime: "direct", waiting: { n: 60 } },
    ]);
    expect(rowsOf(result, "timeline")).toHaveLength(20);
    expect(rowsOf(result, "sweep").map(({ concurrency }) => concurrency)).toEqual(
      [1, 2, 4, 8, 16, 32].map(String),
    );
    expect(rowsOf(result, "scaling")).toMatchObject([{ runtime: "direct" }]);
    expect(result.criteria).toMatchObject([{ id: "linear_scaling", about: { runtime: "direct" } }]);
  }, 60_000);

  test("holds the same runtime against itself, as arms of their own", async () => {
    using folder = temporaryFolder();
    const output = join(folder.path, "result.json");
    const flags = ["--scenario", "simple", "--workflows", "4", "--rounds", "2", "--runtimes", "http,http"];
    const { stderr, code } = await runScript("concurrent_workflows", ...flags, "--output", output);
    expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
    const runtimes = rowsOf(readResult(output), "together").map(({ runtime }) => runtime);
    expect(runtimes).toEqual(["http", "http (2)"]);
  }, 60_000);

  test.each([
    [["--workflows", "0"], "Cannot take --workflows: Too small: expected number to be >=1"],
    [["--concurrency", "-1"], "Cannot take --concurrency: Too small: expected number to be >=1"],
    [["--rounds", "0"], "Cannot take --rounds: Too small: expected number to be >=1"],
    [["--timeout", "0"], "Cannot take --timeout: Too small: expected number to be >0"],
    [["--scenario", "complx"], 'Cannot take --scenario: there is no "complx", the nearest is "complex"'],
    [["--runtimes", "htp"], 'Cannot take --runtimes: there is no "htp", the nearest is "http"'],
    [["--runtimes", "direct,direct"], /^Cannot hold anything against "http": /],
    [["--steps", "5"], "Cannot take --steps or --width: they are for --scenario random"],
    [
      ["--workflows", "20", "--keep", "10"],
      "Cannot run 20 workflows: the engine forgets ended ones beyond 10, so take --keep 20 or more",
    ],
  ])("refuses %j in one line", async (flags, message) => {
    const { stdout, stderr, code } = await runScript("concurrent_workflows", ...flags);
    expect(stderr.trimEnd().split("\n")).toEqual([expect.stringMatching(message)]);
    expect({ stdout, code }).toEqual({ stdout: "", code: 2 });
  });

  test("ends with 3 when the server hangs, and keeps what was measured", async () => {
    using folder = temporaryFolder();
    const output = join(folder.path, "result.json");
    const small = ["--scenario", "simple", "--workflows", "5", "--timeout", "2"];
    const flags = [...small, "--rounds", "200", "--verbose", "--output", output];
    await using script = startScript("concurrent_workflows", ...flags);
    const [, server] = await readUntil(
      script.stderr,
      /round 2: simple, one at a time, on http in process (\d+)/,
    );
    process.kill(Number(server), "SIGSTOP");
    await readUntil(
      script.stderr,
      /Cannot (measure "workflow_submit" on http: .*timeout: |run "simple" on http: 5 submissions met "timeout")/,
    );
    expect(await script.exited).toBe(3);
    await gone(Number(server));
    const result = readResult(output);
    expect(result.complete).toBe(false);
    expect(rowsOf(result, "together").map(({ runtime }) => runtime)).toEqual(["direct", "http"]);
  }, 60_000);
});
