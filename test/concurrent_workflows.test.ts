import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { concurrentWorkflows } from "../lib/results/concurrent_workflows.ts";
import { gone, readUntil, runScript, startScript, temporaryFolder } from "./run_script.ts";

const readResult = (path: string) => concurrentWorkflows.parse(JSON.parse(readFileSync(path, "utf8")));

describe("concurrent_workflows", () => {
  test("runs every scenario on both runtimes, and all workflows are completed and leave the same", async () => {
    using folder = temporaryFolder();
    const output = join(folder.path, "result.json");
    const flags = ["--workflows", "6", "--rounds", "1", "--json", "--output", output];
    const { stdout, stderr, code } = await runScript("concurrent_workflows", ...flags);
    expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
    const result = concurrentWorkflows.parse(JSON.parse(stdout));
    expect(readResult(output)).toEqual(result);
    expect(result).toMatchObject({ complete: true, validity: "valid" });
    expect(result.scenarios.map(({ scenario }) => scenario)).toEqual(["simple", "complex", "dag", "mixed"]);
    for (const { runtimes, http_adds } of result.scenarios) {
      expect(runtimes.map(({ runtime }) => runtime)).toEqual(["direct", "http"]);
      expect(http_adds).not.toBeNull();
      for (const { together } of runtimes)
        expect(together).toMatchObject({
          issued: 6,
          errors: {},
          submission: { n: 6 },
          detail: null,
          execution: { endings: { completed: 6, failed: 0, cancelled: 0, timeout: 0 }, completion: { n: 6 } },
        });
    }
  }, 60_000);

  test("sweeps, tells where the time of steps went, and knows the runtimes' former names", async () => {
    using folder = temporaryFolder();
    const output = join(folder.path, "result.json");
    const flags = [
      "--scenario",
      "random",
      "--steps",
      "20",
      "--width",
      "4",
      "--workflows",
      "3",
      "--rounds",
      "1",
    ];
    const more = ["--runtime", "trio", "--sweep", "--monitor", "--output", output];
    const { stdout, code } = await runScript("concurrent_workflows", ...flags, ...more);
    expect(code).toBe(0);
    expect(stdout).toContain("Universal Scalability Law");
    const { scenarios, sweep, criteria } = readResult(output);
    expect(scenarios[0]?.runtimes).toMatchObject([
      { runtime: "direct", together: { detail: { waiting: { n: 60 } } } },
    ]);
    expect(scenarios[0]?.runtimes[0]?.together?.detail?.timeline).toHaveLength(20);
    expect(
      sweep.map(({ runtime, points }) => [runtime, points.map(({ concurrency }) => concurrency)]),
    ).toEqual([["direct", [1, 2, 4, 8, 16, 32]]]);
    expect(criteria.map(({ name }) => name)).toEqual([
      expect.stringContaining("direct: linear scaling up to"),
    ]);
  }, 60_000);

  test.each([
    [["--workflows", "0"], "Cannot take --workflows: Too small: expected number to be >=1"],
    [["--concurrency", "-1"], "Cannot take --concurrency: Too small: expected number to be >=1"],
    [["--rounds", "0"], "Cannot take --rounds: Too small: expected number to be >=1"],
    [["--timeout", "0"], "Cannot take --timeout: Too small: expected number to be >0"],
    [
      ["--scenario", "complx"],
      /^Cannot take --scenario: there is no "complx", the nearest of .* is "complex"$/,
    ],
    [["--runtime", "htp"], /^Cannot take --runtime: there is no "htp", the nearest of .* is "http"$/],
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
    const flags = [
      "--scenario",
      "simple",
      "--workflows",
      "5",
      "--timeout",
      "1",
      "--verbose",
      "--output",
      output,
    ];
    await using script = startScript("concurrent_workflows", ...flags);
    const [, server] = await readUntil(script.stderr, /http: client in process \d+, server in (\d+)/);
    process.kill(Number(server), "SIGSTOP");
    await readUntil(script.stderr, /Cannot measure "workflow_submit" on http: .*timeout/);
    expect(await script.exited).toBe(3);
    await gone(Number(server));
    const { complete, scenarios } = readResult(output);
    expect(complete).toBe(false);
    expect(scenarios[0]?.runtimes.map(({ runtime }) => runtime)).toEqual(["direct"]);
  }, 60_000);
});
