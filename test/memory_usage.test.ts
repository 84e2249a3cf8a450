import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { memoryUsage } from "../lib/results/memory_usage.ts";
import { gone, readUntil, runScript, startScript, temporaryFolder } from "./run_script.ts";

const readResult = (path: string) => memoryUsage.parse(JSON.parse(readFileSync(path, "utf8")));

describe("memory_usage", () => {
  test.each([
    ["trio", "direct", ["bun", "libraries", "tools", "network", "served"]],
    ["fastapi", "http", ["bun", "libraries", "tools", "network", "server", "served"]],
  ])(
    "runs every test on %s, which is %s",
    async (given, runtime, stages) => {
      using folder = temporaryFolder();
      const output = join(folder.path, "result.json");
      const flags = ["--runtime", given, "--tool", "queue_stats", "--iterations", "200", "--rounds", "1"];
      const { stdout, stderr, code } = await runScript(
        "memory_usage",
        ...flags,
        "--json",
        "--output",
        output,
      );
      expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
      const result = memoryUsage.parse(JSON.parse(stdout));
      expect(readResult(output)).toEqual(result);
      expect(result.complete).toBe(true);
      const { baseline, per_request, leak_detection, gc_impact } = result;

      expect(baseline.map((one) => one.runtime)).toEqual([runtime]);
      expect(baseline[0]?.stages.map(({ stage }) => stage)).toEqual(stages);
      for (const { heap_bytes, rss_bytes } of baseline[0]?.stages ?? [])
        expect(rss_bytes.estimate).toBeGreaterThan(heap_bytes.estimate);

      expect(per_request).toMatchObject([{ runtime, tools: [{ tool_name: "queue_stats" }] }]);
      expect(per_request[0]?.tools[0]?.allocated_bytes_per_call?.estimate).toBeGreaterThan(500);

      const connections = runtime === "http" ? ["vanished_connection", "half_sent_body"] : [];
      expect(leak_detection.map(({ tool_name }) => tool_name)).toEqual([
        "queue_stats",
        "known_leak",
        ...connections,
      ]);
      // So few calls need not be enough for a verdict, but the objects are there.
      const known = leak_detection.find(({ subject }) => subject === "canary");
      expect(known?.objects_per_call?.estimate).toBeGreaterThan(1);

      expect(gc_impact.map(({ mode }) => mode)).toEqual(["natural", "forced", "growing"]);
      for (const { calls, latency } of gc_impact) expect([calls, latency.n]).toEqual([400, 400]);
      expect(gc_impact[1]?.full_collections).toBeGreaterThanOrEqual(4);
      expect(gc_impact[1]?.pauses?.max_ms).toBeGreaterThan(0);
    },
    60_000,
  );

  test("says that there is too little data, how much would do, and never that it passed", async () => {
    using folder = temporaryFolder();
    const output = join(folder.path, "result.json");
    const flags = ["--test", "leak_detection", "--runtime", "direct", "--tool", "queue_stats"];
    const { stdout, code } = await runScript(
      "memory_usage",
      ...flags,
      ...["--iterations", "2", "--strict", "--output", output],
    );
    expect(code).toBe(4);
    expect(stdout).toMatch(/queue_stats +direct +2 .*insufficient data, try \d+ calls/);
    const [leak] = readResult(output).leak_detection;
    expect(leak?.needed_calls).toBeGreaterThan(2);
    expect(readResult(output).criteria.map(({ status }) => status)).toEqual(["inconclusive"]);
  }, 60_000);

  test("ends with 3 when a process outgrows --max-memory, and keeps what was measured", async () => {
    using folder = temporaryFolder();
    const output = join(folder.path, "result.json");
    const flags = ["--test", "gc_impact", "--tool", "queue_stats", "--max-memory", "40MiB"];
    const { stdout, stderr, code } = await runScript("memory_usage", ...flags, "--output", output);
    expect({ stdout, code }).toEqual({ stdout: "", code: 3 });
    expect(stderr).toMatch(/^Cannot go on: process \d+ holds [\d.]+ MiB, and --max-memory allows 40 MiB\n$/);
    expect(readResult(output).complete).toBe(false);
  }, 60_000);

  test.each([
    ["http", "per_request", /^Cannot (read|measure) .*(unreachable|ended)/m],
    ["direct", "gc_impact", /^Cannot measure direct: process \d+ ended with code 137/m],
  ])(
    "ends with 3 when the process that serves %s dies in %s",
    async (runtime, name, message) => {
      using folder = temporaryFolder();
      const output = join(folder.path, "result.json");
      const flags = ["--test", name, "--runtime", runtime, "--tool", "workflow_status", "--verbose"];
      await using script = startScript("memory_usage", ...flags, "--output", output);
      const [, pid] = await readUntil(script.stderr, /of process (\d+)/);
      process.kill(Number(pid), "SIGKILL");
      await readUntil(script.stderr, message);
      expect(await script.exited).toBe(3);
      await gone(Number(pid));
      expect(readResult(output)).toMatchObject({ complete: false, validity: "invalid" });
    },
    60_000,
  );

  test.each([
    [["--test", "leaks"], /^Cannot take --test: there is no "leaks", there are baseline, /],
    [
      ["--test", "leak_detektion"],
      'Cannot take --test: there is no "leak_detektion", the nearest is "leak_detection"',
    ],
    [["--runtime", "htp"], 'Cannot take --runtime: there is no "htp", the nearest is "http"'],
    [["--tool", "queue_stat"], 'Cannot measure "queue_stat": the nearest tool is "queue_stats"'],
    [["--threshold", "0"], "Cannot take --threshold: Too small: expected number to be >0"],
    [["--iterations", "0"], "Cannot take --iterations: Too small: expected number to be >=1"],
    [
      ["--max-memory", "2GB"],
      "Cannot take --max-memory: must be a number of bytes, or one with KiB, MiB or GiB behind it",
    ],
  ])("refuses %j in one line", async (flags, message) => {
    const { stdout, stderr, code } = await runScript("memory_usage", ...flags);
    expect(stderr.trimEnd().split("\n")).toEqual([expect.stringMatching(message)]);
    expect({ stdout, code }).toEqual({ stdout: "", code: 2 });
  });
});
