import { describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } from "@actions/workflow-parser";
import { z } from "zod";
import { sealed } from "../lib/result/comparable.ts";
import { readResult } from "../lib/result/result.ts";
import { runScript, temporaryFolder } from "./run_script.ts";
import { sampleLatency, sampleWorkflows } from "./sample_results.ts";

const root = join(import.meta.dir, "..");
const folder = join(root, ".github", "workflows");
const workflows = readdirSync(folder).map((name) => ({
  name,
  text: readFileSync(join(folder, name), "utf8"),
}));

const step = z.object({
  name: z.string().optional(),
  uses: z.string().optional(),
  with: z.record(z.string(), z.unknown()).default({}),
  run: z.string().optional(),
});
const workflow = z.object({
  permissions: z.record(z.string(), z.string()),
  concurrency: z.object({ group: z.string(), "cancel-in-progress": z.boolean() }),
  jobs: z.record(
    z.string(),
    z.object({
      permissions: z.never().optional(),
      "timeout-minutes": z.number(),
      strategy: z.object({ matrix: z.object({ shard: z.array(z.string()).default([]) }) }).optional(),
      steps: z.array(step),
    }),
  ),
});
const read = (text: string) => workflow.parse(Bun.YAML.parse(text));
const stepsOf = (text: string) => Object.values(read(text).jobs).flatMap(({ steps }) => steps);
const benchmarksFile = workflows.find(({ name }) => name === "benchmarks.yml")?.text ?? "";

/** What GitHub's own parser says of a workflow. */
async function faultsOf(name: string, content: string): Promise<string[]> {
  const { context, value } = parseWorkflow({ name, content }, new NoOperationTraceWriter());
  const template = value && (await convertWorkflowTemplate(context, value));
  return [...context.errors.getErrors(), ...(template?.errors ?? [])].map(
    (error) => `${"rawMessage" in error ? error.rawMessage : error.Message}`,
  );
}

describe.each(workflows)("the workflow $name", ({ name, text }) => {
  test("is one to GitHub's own parser, which finds a fault that is put in", async () => {
    expect(await faultsOf(name, text)).toEqual([]);
    expect(await faultsOf(name, text.replace("runs-on:", "runs-upon:"))).not.toEqual([]);
    expect(await faultsOf(name, text.replace("github.ref }}", "github.ref( }}"))).not.toEqual([]);
  });

  test("may read the code and nothing else, and keeps no token", () => {
    const { permissions, jobs } = read(text);
    expect(permissions).toEqual({ contents: "read" });
    expect(text).not.toMatch(/secrets|GITHUB_TOKEN|github\.token|pull_request_target/);
    for (const { steps } of Object.values(jobs)) {
      expect(steps[0]?.uses).toStartWith("actions/checkout@");
      expect(steps[0]?.with["persist-credentials"]).toBe(false);
    }
  });

  test("pins every action by its full commit hash, beside the version that it is", () => {
    const uses = [...text.matchAll(/uses: (.*)/g)].map(([, action = ""]) => action);
    expect(uses).toHaveLength(stepsOf(text).filter((one) => one.uses).length);
    // This project's own action is of the same commit.
    for (const action of uses.filter((one) => one !== "./"))
      expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  test("lets no expression into a shell, where it would be code", () => {
    for (const { run = "" } of stepsOf(text)) expect(run).not.toContain("${{");
    expect(text).not.toContain("github.event.");
  });

  test("ends at some time, and when a newer one comes", () => {
    const { concurrency, jobs } = read(text);
    expect(concurrency["cancel-in-progress"]).toBe(true);
    for (const job of Object.values(jobs)) expect(job["timeout-minutes"]).toBeLessThanOrEqual(30);
  });

  test("has shell that bash can read, and the Bun that the README names", async () => {
    for (const { run = "" } of stepsOf(text)) {
      const { exitCode, stderr } = Bun.spawnSync(["bash", "-n", "-c", run]);
      expect({ exitCode, stderr: stderr.toString() }).toEqual({ exitCode: 0, stderr: "" });
    }
    const bun = text.match(/BUN: (bun@[\d.]+)$/m)?.[1] ?? "";
    expect(readFileSync(join(root, "README.md"), "utf8")).toContain(`npx -y ${bun}\``);
  });
});

describe("the action", () => {
  const { inputs, runs } = z
    .object({
      inputs: z.record(z.string(), z.unknown()),
      runs: z.object({ using: z.string(), steps: z.array(step) }),
    })
    .parse(Bun.YAML.parse(readFileSync(join(root, "action.yml"), "utf8")));

  test("takes what the workflow gives it, and lets no input into a shell", () => {
    const given = stepsOf(benchmarksFile).find(({ uses }) => uses === "./")?.with ?? {};
    expect(Object.keys(given)).toEqual(["benchmark", "base", "args"]);
    expect(Object.keys(inputs)).toEqual(Object.keys(given));
    for (const { run = "" } of runs.steps) expect(run).not.toContain("${{");
  });

  test.each([
    [
      { BASE: "", BENCHMARK: "p2p_latency", ARGS: "--tool nothing" },
      'Cannot take --tool: there is no "nothing"',
    ],
    [{ BASE: "nowhere", BENCHMARK: "p2p_latency", ARGS: "" }, 'Cannot compare with "nowhere"'],
    [{ BASE: "", BENCHMARK: "$(touch here)", ARGS: "" }, 'there is no "$(touch here)"'],
    [{ BASE: "", BENCHMARK: "p2p_latency", ARGS: "--tools mine.ts" }, '"mine.ts": it exports no tools'],
  ])("runs what %j asks for, in the folder of who asks", (given, says) => {
    using folder = temporaryFolder();
    writeFileSync(join(folder.path, "mine.ts"), "");
    const PATH = `${join(process.execPath, "..")}:${process.env.PATH}`;
    const env = { ...process.env, ...given, PATH, GITHUB_ACTION_PATH: root };
    const command = ["bash", "-eo", "pipefail", "-c", runs.steps.at(-1)?.run ?? ""];
    const { exitCode, stderr } = Bun.spawnSync(command, { cwd: folder.path, env });
    expect(stderr.toString()).toContain(says);
    expect(exitCode).toBe(2);
  });
});

describe("benchmarks.yml", () => {
  test("gives scripts that there are flags that they know", async () => {
    const calls = stepsOf(benchmarksFile).flatMap(({ run = "" }) => [
      ...run.matchAll(/bun run scripts\/(\w+)\.ts (.*?)(?: -- .*)?(?:\n|$)/g),
    ]);
    expect(calls.map(([, script]) => script)).toEqual(["run_benchmarks", "merge", "report"]);
    for (const [, script = "", flags = ""] of calls) {
      const { stdout } = await runScript(script, "--help");
      for (const [flag] of flags.matchAll(/--[\w-]+/g)) expect(stdout).toContain(flag);
    }
  });

  test("measures every benchmark, in all of its shards", () => {
    const { matrix } = read(benchmarksFile).jobs.measure?.strategy ?? {};
    const { shard: shards = [] } = matrix ?? {};
    expect(shards).toEqual(shards.map((_, n) => `${n + 1}/${shards.length}`));
    expect(shards).not.toEqual([]);
    expect(benchmarksFile).not.toContain("--only");
  });

  test("merges the shards of each benchmark that there are, and reports", async () => {
    using temporary = temporaryFolder();
    for (const part of ["scripts", "lib", "node_modules", "package.json"])
      symlinkSync(join(root, part), join(temporary.path, part));
    const tables = sampleLatency.tables.map((table) => ({ ...table, rows: [] }));
    const other = sealed({
      ...sampleLatency,
      tables,
      criteria: [],
      machine: { ...sampleLatency.machine, cpu: "Other" },
    });
    for (const [n, result] of [sampleLatency, other, sampleWorkflows].entries()) {
      mkdirSync(join(temporary.path, "shards", `shard-${n}`), { recursive: true });
      writeFileSync(
        join(temporary.path, "shards", `shard-${n}`, `${result.benchmark}.json`),
        JSON.stringify(result),
      );
    }
    const summary = join(temporary.path, "summary.md");
    const PATH = `${join(process.execPath, "..")}:${process.env.PATH}`;
    const runStep = (name: string) => {
      const run = stepsOf(benchmarksFile).find((one) => one.name === name)?.run ?? "";
      const env = { ...process.env, PATH, GITHUB_STEP_SUMMARY: summary };
      return Bun.spawnSync(["bash", "-eo", "pipefail", "-c", run], { cwd: temporary.path, env });
    };
    expect(runStep("Merge").exitCode).toBe(0);
    const merged = readdirSync(join(temporary.path, "merged"));
    expect(merged.sort()).toEqual(["concurrent_workflows.json", "p2p_latency.json"]);
    expect(readResult(join(temporary.path, "merged", "p2p_latency.json")).validity).toBe("suspect");
    expect(runStep("Report").exitCode).toBe(0);
    expect(readFileSync(summary, "utf8")).toContain("## p2p\\_latency");
    expect(readFileSync(join(temporary.path, "merged", "report.html"), "utf8")).toStartWith(
      "<!doctype html>",
    );
  });
});
