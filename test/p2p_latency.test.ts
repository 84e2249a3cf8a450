import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { p2pLatency } from "../lib/results/p2p_latency.ts";
import { gone, isAlive, readUntil, runScript, startScript, temporaryFolder } from "./run_script.ts";

const oneTool = ["--tool", "workflow_status", "--quick"];
const endless = ["--tool", "workflow_status", "--iterations", "100000", "--verbose"];
const readResult = (path: string) => p2pLatency.parse(JSON.parse(readFileSync(path, "utf8")));

describe("p2p_latency", () => {
  test("measures a tool and writes the result that it prints", async () => {
    using folder = temporaryFolder();
    const output = join(folder.path, "new", "result.json");
    const { stdout, stderr, code } = await runScript("p2p_latency", ...oneTool, "--json", "--output", output);
    expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
    const result = p2pLatency.parse(JSON.parse(stdout));
    expect(readResult(output)).toEqual(result);
    expect(result).toMatchObject({ benchmark: "p2p_latency", complete: true });
    // Suspect is what a busy machine makes of 15 samples: the A/A control says so.
    expect(result.validity).not.toBe("invalid");
    const [tool] = result.tools;
    expect(tool).toMatchObject({ tool_name: "workflow_status", category: "p2p_workflow" });
    const samples = (tool?.iterations ?? 0) * (tool?.rounds ?? 0);
    expect([tool?.runtimes.direct.n, tool?.runtimes.http.n]).toEqual([samples, samples]);
    expect(tool?.runtimes.direct.p50_ms).toBeLessThan(tool?.runtimes.http.p50_ms ?? 0);
    expect(readdirSync(join(folder.path, "new"))).toEqual(["result.json"]);
  }, 20_000);

  test("says the answer in words below its table, and how far it can be relied on", async () => {
    using folder = temporaryFolder();
    const output = join(folder.path, "result.json");
    const { stdout } = await runScript("p2p_latency", ...oneTool, "--output", output);
    const [answer, validity] = stdout.trimEnd().split("\n").slice(-2);
    expect(validity).toMatch(/^The run is (valid|suspect)/);
    expect(answer).toMatch(
      /^Called directly, workflow_status takes [\d.]+ % less time than over HTTP \(95 % interval/,
    );
  }, 20_000);

  test("keeps every sample when asked", async () => {
    using folder = temporaryFolder();
    const output = join(folder.path, "result.json");
    await runScript(
      "p2p_latency",
      ...oneTool,
      "--samples",
      "--rounds",
      "1",
      "--iterations",
      "7",
      "--output",
      output,
    );
    const [tool] = readResult(output).tools;
    expect(tool?.samples_ms?.direct).toBeArrayOfSize(7);
    expect(tool?.samples_ms?.http).toBeArrayOfSize(7);
  }, 20_000);

  test.each([
    [
      ["--tool", "workflow_statsu"],
      'Cannot measure "workflow_statsu": the nearest tool is "workflow_status"',
    ],
    [["--iterations", "0"], "Cannot take --iterations: Too small: expected number to be >=1"],
    [["--rounds", "-2"], "Cannot take --rounds: Too small: expected number to be >=1"],
    [["--targt", "50"], "Cannot take --targt: there is no such flag, the nearest is --target"],
    [["--output", "/dev/null/result.json"], /^Cannot write "\/dev\/null\/result.json": /],
  ])("refuses %j in one line, before it starts anything", async (flags, message) => {
    const { stdout, stderr, code } = await runScript("p2p_latency", ...flags);
    expect(stderr.trimEnd().split("\n")).toEqual([expect.stringMatching(message)]);
    expect({ stdout, code }).toEqual({ stdout: "", code: 2 });
  });

  test("exits with 1 under --check when the saving is missed", async () => {
    using folder = temporaryFolder();
    const output = join(folder.path, "result.json");
    const { code } = await runScript(
      "p2p_latency",
      ...oneTool,
      "--target",
      "100",
      "--check",
      "--output",
      output,
    );
    expect(code).toBe(1);
    expect(readResult(output).criteria[0]?.status).not.toBe("met");
  }, 20_000);

  test("ends with 3 and says which tool and runtime when its server is killed", async () => {
    using folder = temporaryFolder();
    const output = join(folder.path, "result.json");
    await using script = startScript("p2p_latency", ...endless, "--output", output);
    const [, http] = await readUntil(script.stderr, /http in process (\d+)/);
    process.kill(Number(http), "SIGKILL");
    await readUntil(script.stderr, /Cannot measure "workflow_status" on http: .*unreachable: /);
    expect(await script.exited).toBe(3);
    expect(readResult(output)).toMatchObject({ complete: false, validity: "invalid" });
  }, 20_000);

  test.each(["SIGINT", "SIGTERM"] as const)(
    "leaves no process and no half file behind on %s",
    async (signal) => {
      using folder = temporaryFolder();
      const output = join(folder.path, "result.json");
      await using script = startScript("p2p_latency", ...endless, "--output", output);
      const [, direct, http] = await readUntil(
        script.stderr,
        /direct in process (\d+), http in process (\d+)/,
      );
      script.kill(signal);
      expect(await script.exited).toBe(130);
      expect([direct, http].map(Number).filter(isAlive)).toEqual([]);
      expect(readResult(output).complete).toBe(false);
      expect(readdirSync(folder.path)).toEqual(["result.json"]);
    },
    20_000,
  );

  test("leaves no process behind when it is killed itself", async () => {
    using folder = temporaryFolder();
    const output = join(folder.path, "result.json");
    const flags = ["--tool", "peer_metrics", "--iterations", "100000", "--verbose", "--output", output];
    await using script = startScript("p2p_latency", ...flags);
    const [, direct, http] = await readUntil(script.stderr, /direct in process (\d+), http in process (\d+)/);
    const { stdout } = Bun.spawnSync(["pgrep", "-P", direct ?? ""]);
    const grandchildren = stdout.toString().trim().split("\n").map(Number);
    expect(grandchildren).toContain(Number(http));
    script.kill("SIGKILL");
    await Promise.all([Number(direct), ...grandchildren].map(gone));
  }, 20_000);
});
