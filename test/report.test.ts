import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { sealed } from "../lib/result/comparable.ts";
import { writeResult } from "../lib/result/result.ts";
import { temporaryFolder } from "./run_script.ts";
import { sampleComparison, sampleLatency } from "./sample_results.ts";

const folder = temporaryFolder();
const at = (...names: string[]) => join(folder.path, ...names);
afterAll(() => folder[Symbol.dispose]());
beforeAll(() => {
  mkdirSync(at("results"));
  writeResult(at("results", "p2p_latency.json"), sampleLatency);
  writeResult(at("results", "runtime_comparison.json"), sampleComparison);
  writeFileSync(at("results", "schema.json"), "{}");
});

async function report(args: readonly string[], env: Record<string, string> = {}) {
  await using script = Bun.spawn(
    [process.execPath, "run", join(import.meta.dir, "..", "scripts", "report.ts"), ...args],
    { cwd: folder.path, env: { ...process.env, ...env }, stdin: "ignore", stdout: "pipe", stderr: "pipe" },
  );
  const [stdout, stderr, code] = await Promise.all([
    new Response(script.stdout).text(),
    new Response(script.stderr).text(),
    script.exited,
  ]);
  return { stdout, stderr, code };
}

test("reports every result of results/ unless files are named", async () => {
  expect(await report([])).toEqual({
    stdout:
      "results/p2p_latency.json, results/runtime_comparison.json: see results/report.html and results/report.md\n",
    stderr: "",
    code: 0,
  });
  expect(readFileSync(at("results", "report.html"), "utf8")).toContain("results/runtime_comparison.json");
  const named = ["--output", "page.html", "--markdown", "new/summary.md", "results/p2p_latency.json"];
  expect(await report(named)).toMatchObject({ stderr: "", code: 0 });
  expect(readFileSync(at("page.html"), "utf8")).not.toContain("results/runtime_comparison.json");
  expect(readFileSync(at("new", "summary.md"), "utf8")).toStartWith("# Tool runtime benchmarks\n\n## p2p");
});

test("tells of the benchmarks in the order in which they run, and then of those of others", async () => {
  for (const benchmark of ["their_own", "a_second"])
    writeResult(at(`${benchmark}.json`), sealed({ ...sampleLatency, benchmark }));
  const files = "their_own.json results/runtime_comparison.json a_second.json results/p2p_latency.json";
  const { stdout, stderr } = await report(files.split(" "));
  expect(stderr).toBe("");
  expect(stdout).toStartWith(
    "results/p2p_latency.json, results/runtime_comparison.json, their_own.json, a_second.json: ",
  );
});

test("lets nothing be obeyed that a file or a flag is called", async () => {
  const name = "a\u001b]0;title\u0007.json";
  writeResult(at(name), sampleLatency);
  const { stdout, code } = await report([name]);
  expect({ stdout, code }).toEqual({ stdout: expect.stringContaining("a�]0;title�.json: see"), code: 0 });
  const refused = await report(["--no\u001b[31m"]);
  expect(refused).toMatchObject({ stdout: "", code: 2 });
  expect(refused.stderr).not.toContain("\u001b");
});

test.each<[string, string[], string]>([
  ["a file that is not there", ["none.json"], 'Cannot read "none.json": ENOENT'],
  [
    "a file of something else",
    ["results/schema.json"],
    'Cannot read "results/schema.json": it is no result of a benchmark',
  ],
  [
    "a page over a result",
    ["--output", "results/../results/p2p_latency.json"],
    "it is named twice, or is a result",
  ],
  ["a page over the summary", ["--output", "x", "--markdown", "./x"], "it is named twice, or is a result"],
  [
    "a page below a file",
    ["--output", "results/schema.json/x.html"],
    'Cannot write "results/schema.json/x.html"',
  ],
])("refuses %s in one line, and writes nothing", async (_, args, message) => {
  const before = readdirSync(folder.path, { recursive: true });
  const { stdout, stderr, code } = await report(args);
  expect({ stdout, code }).toEqual({ stdout: "", code: 2 });
  expect(stderr).toContain(message);
  expect(stderr.trimEnd()).not.toContain("\n");
  expect(readdirSync(folder.path, { recursive: true })).toEqual(before);
});

test("refuses a folder without results", async () => {
  mkdirSync(at("empty", "results"), { recursive: true });
  await using script = Bun.spawn(
    [process.execPath, "run", join(import.meta.dir, "..", "scripts", "report.ts")],
    { cwd: at("empty"), stderr: "pipe" },
  );
  expect(await new Response(script.stderr).text()).toBe(
    'Cannot find a result in "results": run a benchmark first, or name the files\n',
  );
  expect(await script.exited).toBe(2);
});

test.skipIf(process.platform !== "linux")("opens the page with the platform’s opener", async () => {
  mkdirSync(at("bin"));
  Bun.spawnSync(["mkfifo", at("opened")]);
  writeFileSync(at("bin", "xdg-open"), `#!/bin/sh\necho "$@" > "${at("opened")}"\n`);
  chmodSync(at("bin", "xdg-open"), 0o755);
  const opened = Bun.file(at("opened")).text();
  const args = ["results/p2p_latency.json", "--output", "a page.html", "--open"];
  expect(await report(args, { PATH: `${at("bin")}:/usr/bin:/bin` })).toMatchObject({ stderr: "", code: 0 });
  expect(await opened).toBe(`${pathToFileURL(at("a page.html")).href}\n`);
  const without = await report(args, { PATH: at("results") });
  expect(without).toMatchObject({
    code: 2,
    stderr: 'Cannot open "a page.html": there is no xdg-open here; open the file by hand\n',
  });
});
