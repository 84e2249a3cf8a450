import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runtimeComparison } from "../lib/results/runtime_comparison.ts";
import { gone, readUntil, runScript, startScript, temporaryFolder } from "./run_script.ts";

const small = ["--iterations", "2", "--rounds", "1", "--sweep", "none"];
const readResult = (path: string) => runtimeComparison.parse(JSON.parse(readFileSync(path, "utf8")));

describe("runtime_comparison", () => {
  test("runs every workload on every arm, with the same calls on each", async () => {
    using folder = temporaryFolder();
    const output = join(folder.path, "result.json");
    const { stdout, stderr, code } = await runScript(
      "runtime_comparison",
      ...small,
      "--json",
      "--output",
      output,
    );
    expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
    const result = runtimeComparison.parse(JSON.parse(stdout));
    expect(readResult(output)).toEqual(result);
    expect(result).toMatchObject({ complete: true, validity: "valid" });
    expect(result.workloads.map(({ workload }) => workload)).toEqual(["sequential", "concurrent", "mixed"]);
    for (const { arms } of result.workloads) {
      expect(arms.map(({ arm }) => arm)).toEqual(["direct", "http", "dual"]);
      expect(new Set(arms.map(({ issued }) => issued)).size).toBe(1);
      for (const { client, server, errors } of arms) {
        expect(errors).toEqual({});
        expect(Math.min(client.samples, server.samples)).toBeGreaterThan(0);
      }
    }
    expect(result.workloads[0]?.arms[0]?.issued).toBe(2 * 32);
    expect(result.workloads[1]?.arms[0]?.issued).toBe(2 * 26);
  }, 60_000);

  test("sweeps over concurrencies and fits the scalability law to them", async () => {
    using folder = temporaryFolder();
    const output = join(folder.path, "result.json");
    const flags = ["--workload", "mixed", "--iterations", "1", "--rounds", "1", "--sweep", "1,2,4"];
    const { stdout, code } = await runScript("runtime_comparison", ...flags, "--output", output);
    expect(code).toBe(0);
    expect(stdout).toContain("Universal Scalability Law");
    for (const { points, scaling } of readResult(output).sweep) {
      expect(points.map(({ concurrency }) => concurrency)).toEqual([1, 2, 4]);
      expect(scaling?.lambda.estimate).toBeGreaterThan(0);
    }
  }, 60_000);

  test("starts calls on a schedule under --rate, and says whether the answers kept up", async () => {
    using folder = temporaryFolder();
    const output = join(folder.path, "result.json");
    const flags = [
      "--workload",
      "mixed",
      "--mix",
      "0:100",
      "--rate",
      "200",
      "--iterations",
      "5",
      "--rounds",
      "1",
    ];
    const { code } = await runScript("runtime_comparison", ...flags, "--sweep", "none", "--output", output);
    expect(code).toBe(0);
    for (const { open_loop, response_time, service_time } of readResult(output).workloads[0]?.arms ?? []) {
      expect(open_loop).toMatchObject({ unsent: 0, saturated: [] });
      expect(response_time?.general?.n).toBe(service_time.general?.n ?? 0);
    }
  }, 60_000);

  test.each([
    [["--concurrency", "0"], "Cannot take --concurrency: Too small: expected number to be >=1"],
    [
      ["--mix", "30:60"],
      /^Cannot take --mix: must be the shares of P2P and general calls, which add up to 100/,
    ],
    [["--mix", "most"], /^Cannot take --mix: must be the shares/],
    [["--rate", "1e9"], "Cannot take --rate: no clock here can hold more than 100,000 calls per second"],
    [["--rate", "0"], "Cannot take --rate: Too small: expected number to be >0"],
    [["--sweep", "1,x"], /^Cannot take --sweep: must be different concurrencies from 1 to 1024/],
    [["--sweep", "1,1"], /^Cannot take --sweep: must be different concurrencies/],
    [["--margin", "0"], "Cannot take --margin: Too small: expected number to be >0"],
    [["--workload", "mixd"], /^Cannot take --workload: there is no "mixd", the nearest of .* is "mixed"$/],
    [["--timeout", "0"], "Cannot take --timeout: Too small: expected number to be >0"],
  ])("refuses %j in one line", async (flags, message) => {
    const { stdout, stderr, code } = await runScript("runtime_comparison", ...flags);
    expect(stderr.trimEnd().split("\n")).toEqual([expect.stringMatching(message)]);
    expect({ stdout, code }).toEqual({ stdout: "", code: 2 });
  });

  test.each([
    [
      "dies",
      "concurrent",
      "SIGKILL",
      /Cannot (measure "\w+" on http: .*unreachable|watch process \d+: it has ended)/,
    ],
    ["hangs", "concurrent", "SIGSTOP", /Cannot measure "\w+" on http: .*timeout/],
    ["hangs", "sequential", "SIGSTOP", /Cannot measure "\w+" on http: .*timeout/],
  ] as const)(
    "ends with 3 within 2 s when the server %s under %s load, and keeps what was measured",
    async (_, workload, signal, message) => {
      using folder = temporaryFolder();
      const output = join(folder.path, "result.json");
      const flags = [
        "--workload",
        workload,
        "--iterations",
        "3",
        "--timeout",
        "1",
        "--sweep",
        "none",
        "--verbose",
      ];
      await using script = startScript("runtime_comparison", ...flags, "--output", output);
      const [, server] = await readUntil(script.stderr, /http: client in process \d+, server in (\d+)/);
      process.kill(Number(server), signal);
      await readUntil(script.stderr, message);
      const failed = performance.now();
      expect(await script.exited).toBe(3);
      expect(performance.now() - failed).toBeLessThan(2_000);
      await gone(Number(server));
      const result = readResult(output);
      expect(result.complete).toBe(false);
      expect(result.workloads[0]?.arms.map(({ arm }) => arm)).toEqual(["direct"]);
    },
    60_000,
  );
});
