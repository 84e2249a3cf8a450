import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { type Result, readResult, resultSchema } from "../lib/result/result.ts";
import { gone, readUntil, runScript, startScript, temporaryFolder } from "./run_script.ts";

function rowsOf({ tables }: Result, name: string) {
  return tables.find((table) => table.name === name)?.rows ?? [];
}

describe("memory_usage", () => {
  const stages = ["bun", "libraries", "tools", "network", "runtime", "served"];
  const small = ["--tool", "queue_stats", "--iterations", "200", "--rounds", "1"];

  test("runs every test on trio, which is direct", async () => {
    using folder = temporaryFolder();
    const output = join(folder.path, "result.json");
    const flags = ["--runtimes", "trio", ...small, "--json", "--output", output];
    const { stdout, stderr, code } = await runScript("memory_usage", ...flags);
    expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
    const result = resultSchema.parse(JSON.parse(stdout));
    expect(readResult(output)).toEqual(result);
    expect(result.complete).toBe(true);
    for (const row of result.tables.flatMap(({ rows }) => rows)) expect(row.runtime).toBe("direct");

    const baseline = rowsOf(result, "baseline");
    expect(baseline.map(({ stage }) => stage)).toEqual(stages);
    for (const { heap_bytes: heap, rss_bytes: rss } of baseline)
      expect(Object(rss).estimate).toBeGreaterThan(Object(heap).estimate);
    expect(rowsOf(result, "idle")).toBeArrayOfSize(1);

    const [request, ...others] = rowsOf(result, "per_request");
    expect([request?.tool_name, others]).toEqual(["queue_stats", []]);
    expect(Object(request?.allocated_bytes_per_call).estimate).toBeGreaterThan(500);
    expect(rowsOf(result, "retained")).toBeArrayOfSize(1);

    const leaks = rowsOf(result, "leak_detection");
    expect(leaks.map(({ tool_name }) => tool_name)).toEqual(["queue_stats", "known_leak"]);
    // So few calls need not be enough for a verdict, but the objects are there.
    const known = leaks.find(({ subject }) => subject === "canary");
    expect(Object(known?.objects_per_call).estimate).toBeGreaterThan(1);

    const collections = rowsOf(result, "gc_impact");
    expect(collections.map(({ mode }) => mode)).toEqual(["natural", "forced", "growing"]);
    for (const { calls, latency } of collections) expect([calls, Object(latency).n]).toEqual([400, 400]);
    expect(collections[1]?.full_collections).toBeGreaterThanOrEqual(4);
    expect(collections[1]?.pauses_max_ms).toBeGreaterThan(0);
  }, 120_000);

  test("reads the process that serves on fastapi, which is http, and what clients leave that are gone", async () => {
    using folder = temporaryFolder();
    const output = join(folder.path, "result.json");
    const flags = ["--runtimes", "fastapi", ...small, "--output", output];
    const tests = ["baseline", "per_request", "leak_detection"].flatMap((name) => ["--test", name]);
    expect(await runScript("memory_usage", ...flags, ...tests)).toMatchObject({ stderr: "", code: 0 });
    const result = readResult(output);
    for (const row of result.tables.flatMap(({ rows }) => rows)) expect(row.runtime).toBe("http");
    expect(rowsOf(result, "baseline").map(({ stage }) => stage)).toEqual(stages);
    const [request] = rowsOf(result, "per_request");
    expect(Object(request?.allocated_bytes_per_call).estimate).toBeGreaterThan(500);
    expect(rowsOf(result, "leak_detection").map(({ tool_name }) => tool_name)).toEqual([
      ...["queue_stats", "known_leak", "vanished_connection", "half_sent_body"],
    ]);
  }, 120_000);

  test("says that there is too little data, how much would do, and never that it passed", async () => {
    using folder = temporaryFolder();
    const output = join(folder.path, "result.json");
    const flags = ["--test", "leak_detection", "--runtimes", "direct", "--tool", "queue_stats"];
    const { code } = await runScript(
      "memory_usage",
      ...flags,
      ...["--iterations", "2", "--strict", "--output", output],
    );
    expect(code).toBe(4);
    const result = readResult(output);
    const [leak] = rowsOf(result, "leak_detection");
    expect(leak).toMatchObject({ tool_name: "queue_stats", verdict: "insufficient data", iterations: 2 });
    expect(leak?.needed_calls).toBeGreaterThan(2);
    expect(result.criteria.map(({ status }) => status)).toEqual(["inconclusive"]);
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
    ["direct", "gc_impact", /^Cannot finish: process \d+ ended with code 137 in the middle of its job/m],
  ])(
    "ends with 3 when the process that serves %s dies in %s",
    async (runtime, name, message) => {
      using folder = temporaryFolder();
      const output = join(folder.path, "result.json");
      const flags = ["--test", name, "--runtimes", runtime, "--tool", "workflow_status", "--verbose"];
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
    [
      ["--test", "leak_detektion"],
      'Cannot take --test: there is no "leak_detektion", the nearest is "leak_detection"',
    ],
    [["--runtimes", "direct,htp"], 'Cannot take --runtimes: there is no "htp", the nearest is "http"'],
    [["--runtimes", "direct", "--runtimes", "http"], "Cannot take --runtimes: it is given twice"],
    [
      ["--runtimes", "http,direct", "--reference", "http (2)"],
      'Cannot take --reference: there is no "http (2)", the nearest is "http"',
    ],
    [["--runtime", "http"], "Cannot take --runtime: there is no such flag, the nearest is --runtimes"],
    [["--tool", "queue_stat"], 'Cannot take --tool: there is no "queue_stat", the nearest is "queue_stats"'],
    [["--threshold", "0"], "Cannot take --threshold: Too small: expected number to be >0"],
    [["--iterations", "0"], "Cannot take --iterations: Too small: expected number to be >=1"],
    [
      ["--max-memory", "2XB"],
      "Cannot take --max-memory: must be a number of bytes, or one with kB, MiB or the like behind it",
    ],
  ])("refuses %j in one line", async (flags, message) => {
    const { stdout, stderr, code } = await runScript("memory_usage", ...flags);
    expect(stderr).toBe(`${message}\n`);
    expect({ stdout, code }).toEqual({ stdout: "", code: 2 });
  });
});
