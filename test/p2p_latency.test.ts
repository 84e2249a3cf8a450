import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { estimateSchema, latencySchema } from "../lib/judge/shapes.ts";
import { readResult, resultSchema } from "../lib/result/result.ts";
import { runtimes } from "../lib/runtimes/runtimes.ts";
import { gone, isAlive, readUntil, runScript, startScript, temporaryFolder } from "./run_script.ts";

setDefaultTimeout(60_000);

const oneTool = ["--tool", "workflow_status", "--quick"];
const endless = ["--tool", "workflow_status", "--iterations", "100000", "--verbose"];
const rows = z.array(
  z.looseObject({
    tool_name: z.string(),
    runtime: z.string(),
    latency: latencySchema,
    improvement_percent: estimateSchema.nullable(),
    samples_ms: z.array(z.number()).nullable(),
  }),
);
const readRows = (path: string) => rows.parse(readResult(path).tables[0]?.rows);

/** The processes that a process has started, and those that they have. */
function descendants(pid: number): number[] {
  const { stdout } = Bun.spawnSync(["pgrep", "-P", String(pid)]);
  const children = stdout.toString().split("\n").filter(Boolean).map(Number);
  return children.flatMap((child) => [child, ...descendants(child)]);
}

/** Starts a run, and waits until its first round has opened its runtimes: a process for it, and one that serves. */
async function startEndless(output: string, ...flags: readonly string[]) {
  const script = startScript("p2p_latency", ...endless, "--output", output, ...flags);
  await readUntil(script.stderr, /opened in \d+ ms/);
  const processes = descendants(script.pid);
  return { script, processes, server: processes.at(-1) ?? 0 };
}

describe("p2p_latency", () => {
  test("measures a tool and writes the result that it prints", async () => {
    using folder = temporaryFolder();
    const output = join(folder.path, "new", "result.json");
    const { stdout, stderr, code } = await runScript("p2p_latency", ...oneTool, "--json", "--output", output);
    expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
    const result = resultSchema.parse(JSON.parse(stdout));
    expect(readResult(output)).toEqual(result);
    expect(result).toMatchObject({ benchmark: "p2p_latency", complete: true });
    // Suspect is what a busy machine makes of 15 samples: the A/A control says so.
    expect(result.validity).not.toBe("invalid");
    const [direct, http] = readRows(output);
    expect([direct?.tool_name, direct?.runtime, http?.runtime]).toEqual([
      "workflow_status",
      "direct",
      "http",
    ]);
    expect([direct?.latency.n, http?.latency.n]).toEqual([3 * 5, 3 * 5]);
    expect(direct?.latency.min_ms).toBeLessThan(http?.latency.min_ms ?? 0);
    expect(result.criteria.map(({ about }) => about)).toEqual([{ runtime: "direct" }]);
    expect(readdirSync(join(folder.path, "new"))).toEqual(["result.json"]);
  });

  test("visits every tool as often as any other, in every round, with peers and without", async () => {
    using folder = temporaryFolder();
    const output = join(folder.path, "result.json");
    const tools = ["queue_stats", "task_list", "peer_list"];
    const flags = ["--iterations", "12", "--rounds", "2", "--output", output];
    await runScript("p2p_latency", ...tools.flatMap((tool) => ["--tool", tool]), ...flags);
    const counts = readRows(output).map(({ tool_name, latency }) => [tool_name, latency.n]);
    expect(counts.sort()).toEqual(
      tools
        .flatMap((tool) => [
          [tool, 24],
          [tool, 24],
        ])
        .sort(),
    );
    expect(readResult(output).tables[0]?.notes[0]).toMatch(
      /^Opening a round took \d+\.\d\d s without peers, \d+\.\d\d s with peers \(medians\)\.$/,
    );
  });

  test("compares any runtimes with any of them, or one with none", async () => {
    using folder = temporaryFolder();
    const output = join(folder.path, "result.json");
    const names = runtimes.map(({ name }) => name);
    const [first = "", last = ""] = [names[0], names.at(-1)];
    const compared = ["--runtimes", `${last},${first},${last}`, "--reference", last, "--output", output];
    const least = ["--tool", "workflow_status", "--rounds", "1", "--iterations", "5"];
    await runScript("p2p_latency", ...least, ...compared);
    const saved = readRows(output).map((row) => [row.runtime, row.improvement_percent !== null]);
    expect(saved).toEqual([
      [last, false],
      [first, true],
      [`${last} (2)`, true],
    ]);
    await runScript("p2p_latency", ...least, "--runtimes", first, "--output", output);
    expect(readRows(output).map((row) => [row.runtime, row.improvement_percent])).toEqual([[first, null]]);
  });

  test("keeps every sample when asked", async () => {
    using folder = temporaryFolder();
    const output = join(folder.path, "result.json");
    const flags = ["--samples", "--rounds", "1", "--iterations", "7", "--output", output];
    await runScript("p2p_latency", ...oneTool, ...flags);
    for (const { samples_ms } of readRows(output)) expect(samples_ms).toBeArrayOfSize(7);
  });

  test("says its verdict and how far it can be relied on, what it was bound to, and what others took", async () => {
    using folder = temporaryFolder();
    const output = join(folder.path, "result.json");
    await runScript("p2p_latency", ...oneTool, "--pin", "none", "--output", output);
    expect(readResult(output).noise).toMatchObject({ pin: "none", refused: 0 });
    if (process.platform !== "linux") return;
    const { stdout } = await runScript("p2p_latency", ...oneTool, "--output", output);
    const lines = stdout.trimEnd().split("\n");
    expect(lines.at(-1)).toMatch(/^The run is (valid|suspect)/);
    expect(lines).toContainEqual(
      expect.stringMatching(
        /^(met|missed|inconclusive) +direct: time that a call saves against http, all tools together: .* %, target at least 50 %$/,
      ),
    );
    const { noise } = readResult(output);
    expect(noise).toMatchObject({ pin: "same", refused: 0 });
    expect(noise?.cores).toBeArrayOfSize(1);
    expect(noise?.waited_percent).toBeWithin(0, 100);
  });

  test.each([
    [
      ["--tool", "workflow_statsu"],
      'Cannot take --tool: there is no "workflow_statsu", the nearest is "workflow_status"',
    ],
    [["--iterations", "0"], "Cannot take --iterations: Too small: expected number to be >=1"],
    [["--rounds", "-2"], "Cannot take --rounds: Too small: expected number to be >=1"],
    [["--targt", "50"], "Cannot take --targt: there is no such flag, the nearest is --target"],
    [["--output", "/dev/null/result.json"], /^Cannot write "\/dev\/null\/result.json": /],
    [["--reference", "tcp"], /^Cannot take --reference: there is no "tcp", the nearest is "\w+"$/],
    [
      ["--runtimes", `${runtimes[0]?.name},${runtimes[0]?.name}`],
      /^Cannot hold anything against "\w+": --runtimes are .*, and --reference is one of them$/,
    ],
  ])("refuses %j in one line, before it starts anything", async (flags, message) => {
    using folder = temporaryFolder();
    const output = join(folder.path, "result.json");
    const own = flags[0] === "--output" ? [] : ["--output", output];
    const { stdout, stderr, code } = await runScript("p2p_latency", ...flags, ...own);
    expect(stderr.trimEnd().split("\n")).toEqual([expect.stringMatching(message)]);
    expect({ stdout, code }).toEqual({ stdout: "", code: 2 });
    expect(existsSync(output)).toBe(false);
  });

  test("exits with 1 under --check when the saving is missed", async () => {
    using folder = temporaryFolder();
    const output = join(folder.path, "result.json");
    const flags = ["--target", "100", "--check", "--output", output];
    const { code } = await runScript("p2p_latency", ...oneTool, ...flags);
    expect(code).toBe(1);
    expect(readResult(output).criteria[0]?.status).not.toBe("met");
  });

  test("ends with 3 and says which tool and runtime when its server is killed", async () => {
    using folder = temporaryFolder();
    const output = join(folder.path, "result.json");
    const { script, server } = await startEndless(output);
    await using running = script;
    process.kill(server, "SIGKILL");
    await readUntil(running.stderr, /Cannot measure "workflow_status" on http: .*unreachable: /);
    expect(await running.exited).toBe(3);
    expect(readResult(output)).toMatchObject({ complete: false, validity: "invalid" });
  });

  test.each(["SIGINT", "SIGTERM"] as const)(
    "leaves no process and no half file behind on %s",
    async (signal) => {
      using folder = temporaryFolder();
      const output = join(folder.path, "result.json");
      const { script, processes } = await startEndless(output);
      await using running = script;
      expect(processes).toBeArrayOfSize(2);
      running.kill(signal);
      expect(await running.exited).toBe(130);
      expect(processes.filter(isAlive)).toEqual([]);
      expect(readResult(output).complete).toBe(false);
      expect(readdirSync(folder.path)).toEqual(["result.json"]);
    },
  );

  test("leaves no process behind when it is killed itself, not even the local peers", async () => {
    using folder = temporaryFolder();
    const { script, processes } = await startEndless(
      join(folder.path, "result.json"),
      ...["--tool", "peer_metrics"],
    );
    await using running = script;
    expect(processes.length).toBeGreaterThan(2);
    running.kill("SIGKILL");
    await Promise.all(processes.map(gone));
  });
});
