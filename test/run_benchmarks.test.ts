import { describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { p2pCases } from "../lib/cases.ts";
import { readResult } from "../lib/result/result.ts";
import { presetNames, suite, toWords } from "../lib/suite/presets.ts";
import { worstCode } from "../lib/suite/run_suite.ts";
import { takeShard } from "../lib/suite/shards.ts";
import { gone, readUntil, runScript, startScript, temporaryFolder } from "./run_script.ts";

/** Two benchmarks as short as they can be. */
const small = ["--preset", "ci", "--rounds", "1", "--only", "p2p_latency", "--only", "concurrent_workflows"];
/** They have these and one scenario between them. */
const oneTool = ["--shard", `1/${p2pCases.length + 1}`];

/** The one process that this one has started with such a command line. */
function childOf(pid: number, commandLine: string): number {
  const { stdout } = Bun.spawnSync(["pgrep", "-P", String(pid), "-f", commandLine]);
  const [child] = stdout.toString().match(/^\d+$/m) ?? [];
  // The process 0 would be all of us.
  if (child === undefined) throw new RangeError(`Cannot find a child of ${pid}: none is a "${commandLine}"`);
  return Number(child);
}

/** Waits until a benchmark measures, and answers its processes: its script, that of a round, and that of a host. */
async function measuring(suite: ReturnType<typeof startScript>) {
  await readUntil(suite.stderr, /round 1: /);
  const script = childOf(suite.pid, "p2p_latency.ts");
  const job = childOf(script, "p2p_latency.ts job");
  return { script, job, host: childOf(job, "host_process.ts") };
}

describe("run_benchmarks", () => {
  test.each(presetNames)(
    "gives each script flags that it takes: %s, whole and in a shard",
    async (preset) => {
      const runs = suite.map((benchmark) => ({ benchmark, flags: benchmark[preset] }));
      const shard = takeShard(runs, { index: 1, count: 3 });
      // A script looks at its flags before it looks for a place to write.
      const refusals = [...runs, ...shard].map(async ({ benchmark, flags }) => {
        const words = [...toWords(flags), "--output=/dev/null/result.json"];
        return (await runScript(benchmark.name, ...words)).stderr;
      });
      for (const said of await Promise.all(refusals))
        expect(said).toStartWith('Cannot write "/dev/null/result.json": ');
    },
    30_000,
  );

  test("runs what the shard has into a new folder, and says how it came out", async () => {
    using folder = temporaryFolder();
    const output = join(folder.path, "new");
    const flags = [...small, ...oneTool, "--seed", "7", "--output-dir", output];
    const { stdout, stderr, code } = await runScript("run_benchmarks", ...flags);
    expect(code).toBe(0);
    const tools = [...stderr.matchAll(/--tool=(\w+)/g)].map(([, tool]) => tool ?? "");
    expect(readdirSync(output)).toEqual(["p2p_latency.json"]);
    const result = readResult(join(output, "p2p_latency.json"));
    expect(result).toMatchObject({ complete: true, seed: 7, options: { rounds: 1 } });
    const measured = new Set(result.tables[0]?.rows.map(({ tool_name }) => tool_name));
    expect([...measured]).toEqual(tools);
    expect(stdout).toMatch(/p2p_latency +0 +0 +1 +(valid|suspect) .* 0 +.*p2p_latency\.json/);
  }, 60_000);

  test("runs the rest when one cannot be measured, and says so with its exit code", async () => {
    using folder = temporaryFolder();
    const flags = [...small, "--verbose", "--output-dir", folder.path];
    await using script = startScript("run_benchmarks", ...flags);
    const stdout = new Response(script.stdout).text();
    process.kill((await measuring(script)).host, "SIGKILL");
    expect(await script.exited).toBe(3);
    expect(await stdout).toMatch(/p2p_latency .* invalid, incomplete .* 3 /);
    expect(readResult(join(folder.path, "p2p_latency.json")).complete).toBe(false);
    expect(readResult(join(folder.path, "concurrent_workflows.json")).complete).toBe(true);
  }, 60_000);

  test("runs the rest when one refuses", async () => {
    using folder = temporaryFolder();
    mkdirSync(join(folder.path, "p2p_latency.json"));
    const { stdout, stderr, code } = await runScript("run_benchmarks", ...small, "--output-dir", folder.path);
    expect(stderr).toContain('p2p_latency.json": it is there and no regular file');
    expect(code).toBe(2);
    expect(stdout).toMatch(/p2p_latency +– +– +– +– .* 2 +–/);
    expect(stdout).toMatch(/concurrent_workflows +0 +0 +1 +valid .* 0 /);
  }, 60_000);

  test.each([
    ["the last", ["--preset", "ci", "--only", "p2p_latency"]],
    ["the first of two", small],
  ])(
    "ends what runs and starts nothing more on Ctrl-C in %s",
    async (_, flags) => {
      using folder = temporaryFolder();
      await using script = startScript("run_benchmarks", ...flags, "--verbose", "--output-dir", folder.path);
      const { job, host } = await measuring(script);
      script.kill("SIGINT");
      expect(await script.exited).toBe(130);
      await Promise.all([job, host].map(gone));
      expect(readdirSync(folder.path)).toEqual(["p2p_latency.json"]);
      expect(readResult(join(folder.path, "p2p_latency.json")).complete).toBe(false);
    },
    60_000,
  );

  test("takes all that it started with it when it is killed itself", async () => {
    using folder = temporaryFolder();
    const flags = ["--preset", "ci", "--only", "p2p_latency", "--verbose", "--output-dir", folder.path];
    await using suite = startScript("run_benchmarks", ...flags);
    const { script, job, host } = await measuring(suite);
    suite.kill("SIGKILL");
    await Promise.all([script, job, host].map(gone));
    // A benchmark that does not notice runs on for half a minute.
  }, 15_000);

  test("takes a script that is killed for one that failed", async () => {
    using folder = temporaryFolder();
    const flags = ["--preset", "ci", "--only", "p2p_latency", "--verbose", "--output-dir", folder.path];
    await using script = startScript("run_benchmarks", ...flags);
    const running = await measuring(script);
    process.kill(running.script, "SIGKILL");
    expect(await script.exited).toBe(3);
    await Promise.all([running.job, running.host].map(gone));
  }, 60_000);

  test("says which benchmark has nothing to do in a shard", async () => {
    using folder = temporaryFolder();
    const flags = ["--preset", "ci", "--only", "runtime_comparison", "--shard", "2/2"];
    const { stderr, code } = await runScript("run_benchmarks", ...flags, "--output-dir", folder.path);
    expect({ stderr, code }).toEqual({
      stderr: "runtime_comparison has nothing to do in this shard\n",
      code: 0,
    });
  });

  test.each([
    [["--output-dir", "/dev/null/results"], /^Cannot write "\/dev\/null\/results": /],
    [["--preset", "quik"], /^Cannot take --preset: there is no "quik", the nearest of .* is "quick"$/],
    [["--only", "p2p_latencies"], /^Cannot take --only: there is no "p2p_latencies", .* is "p2p_latency"$/],
    [["--shard", "0/3"], "Cannot take --shard: must be one of up to 100 shares, as in 2/5"],
    [["--shard", "4/3"], "Cannot take --shard: must be one of up to 100 shares, as in 2/5"],
    [["--shard", "1/101"], "Cannot take --shard: must be one of up to 100 shares, as in 2/5"],
    [["--shard", "half"], "Cannot take --shard: must be one of up to 100 shares, as in 2/5"],
    [["--rounds", "0"], "Cannot take --rounds: Too small: expected number to be >=1"],
  ])("refuses %j in one line, before anything runs", async (flags, message) => {
    const { stdout, stderr, code } = await runScript("run_benchmarks", ...flags);
    expect(stderr.trimEnd().split("\n")).toEqual([expect.stringMatching(message)]);
    expect({ stdout, code }).toEqual({ stdout: "", code: 2 });
  });
});

test.each([
  [[0, 4, 1, 2, 3], 3],
  [[0, 4, 1, 2], 2],
  [[0, 4, 1], 1],
  [[0, 4], 4],
  [[0], 0],
  [[], 0],
])("the worst of the exit codes %j is %d", (codes, worst) => {
  expect(worstCode(codes.map((code) => ({ code })))).toBe(worst);
});
