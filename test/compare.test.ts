import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { allCases, toolsOf } from "../lib/cases.ts";
import { keepAlike } from "../lib/compare/alike.ts";
import { renderChanges } from "../lib/compare/changes_table.ts";
import { measureDuet } from "../lib/compare/duet.ts";
import { compareFiles } from "../lib/compare/files.ts";
import { untouchedBy } from "../lib/compare/untouched.ts";
import { changesExitCode, judgeRounds } from "../lib/compare/verdict.ts";
import { openWorktree } from "../lib/compare/worktree.ts";
import { UsageError } from "../lib/errors.ts";
import { figure } from "../lib/judge/scale.ts";
import { sealed } from "../lib/result/comparable.ts";
import type { Figure } from "../lib/result/figures.ts";
import type { Result } from "../lib/result/result.ts";
import { declareTable } from "../lib/result/table.ts";
import { anyResult } from "./any_result.ts";
import { normal } from "./normal.ts";
import { descendants, gone, readUntil, runScript, startScript, temporaryFolder } from "./run_script.ts";
import { incomplete, invalid, sampleComparison, sampleLatency, sampleWorkflows } from "./sample_results.ts";

const { signal } = new AbortController();

/** A result of one figure, of these values round by round. */
function resultOf(perRound: readonly number[], spec: Partial<Column> = {}, tool = "queue_stats"): Result {
  const table = declareTable("tools", "", {
    tool_name: { kind: "label", title: "tool" },
    value: { kind: "estimate", title: "", unit: "ms", scale: "ratio", better: "lower", ...spec },
  });
  const rows = [tool, "general"].map((tool_name) => ({ tool_name, value: figure("ratio", perRound) }));
  return { ...sampleLatency, criteria: [], tables: [table.of(rows.slice(0, 1))] };
}
type Column = Pick<Figure, "unit" | "better">;

/** Twelve rounds of so many times the same, give or take 1 %. */
const around = (factor: number) => Array.from({ length: 12 }, (_, n) => factor * (1 + ((n % 5) - 2) / 200));

const judge = (base: Result, candidate: Result, untouched: readonly string[] = []) =>
  judgeRounds(base, candidate, 2, new Set(untouched));
const verdictOf = (base: Result, candidate: Result) => judge(base, candidate)[0]?.verdict;

describe("a change", () => {
  test.each([
    [1.1, "slower"],
    [1.005, "not slower"],
    [1, "not slower"],
    [0.9, "faster"],
  ] as const)("of %d times the time is %s", (ratio, verdict) => {
    const steady = new Array<number>(12).fill(10);
    expect(verdictOf(resultOf(steady), resultOf(around(10 * ratio)))).toBe(verdict);
  });

  test("of a rate is worse when it falls", () => {
    const rate = { unit: "per_s", better: "higher" } as const;
    const verdict = (ratio: number) =>
      verdictOf(resultOf(around(10), rate), resultOf(around(10 * ratio), rate));
    expect([verdict(0.9), verdict(1.1)]).toEqual(["slower", "faster"]);
  });

  test("is judged round by round: what both revisions met in the same round is no change", () => {
    const weather = Array.from({ length: 12 }, (_, n) => 10 * 1.5 ** (n % 3));
    const slower = weather.map((value, n) => value * 1.1 * (1 + (n % 5) / 500));
    expect(verdictOf(resultOf(weather), resultOf(slower))).toBe("slower");
    expect(verdictOf(resultOf(weather), resultOf(slower.toReversed()))).toBe("inconclusive");
  });

  test("is inconclusive when rounds disagree, and while there are few", () => {
    const noisy = Array.from({ length: 12 }, (_, n) => (n % 2 === 0 ? 8 : 13));
    expect(verdictOf(resultOf(around(10)), resultOf(noisy))).toBe("inconclusive");
    expect(judge(resultOf([10]), resultOf([20]))).toMatchObject([
      { verdict: "inconclusive", smallestEffect: null, percent: { low: null } },
    ]);
  });

  test("is judged of rounds that both have done", () => {
    const [longer, shorter] = [resultOf(around(10)), resultOf(around(11).slice(0, 10))];
    expect(judge(longer, shorter)).toEqual(judge(resultOf(around(10).slice(0, 10)), shorter));
    expect(judge(longer, { ...shorter, tables: [] })).toEqual([]);
  });

  test("is judged of times, rates and sizes, and not of shares", () => {
    const [before, after] = [around(10), around(12)];
    for (const unit of ["bytes", "bytes_per_call", "ms"] as const)
      expect(verdictOf(resultOf(before, { unit }), resultOf(after, { unit }))).toBe("slower");
    const percent = { unit: "percent" } as const;
    expect(judge(resultOf(before, percent), resultOf(after, percent))).toEqual([]);
  });

  test("is believed unless what it does not touch has moved too", () => {
    const both = (task: number, workflow: number): Result => {
      const parts = [
        resultOf(around(task), {}, "task_list"),
        resultOf(around(workflow), {}, "workflow_list"),
      ];
      const [table] = parts.flatMap(({ tables }) => tables);
      if (!table) throw new Error("there is a table");
      return {
        ...sampleLatency,
        tables: [{ ...table, rows: parts.flatMap(({ tables }) => tables[0]?.rows ?? []) }],
      };
    };
    const verdicts = (candidate: Result) =>
      judge(both(10, 10), candidate, ["workflow_list"]).map(({ verdict, control }) => [verdict, control]);
    expect(verdicts(both(12, 10.01))).toEqual([
      ["slower", false],
      ["not slower", true],
    ]);
    expect(verdicts(both(12, 11))).toEqual([
      ["inconclusive", false],
      ["inconclusive", true],
    ]);
    // Where everything is untouched, that is what is asked about.
    expect(judge(both(10, 10), both(12, 10), ["workflow_list", "task_list"])).toMatchObject([
      { verdict: "slower", control: false },
      { verdict: "not slower", control: false },
    ]);
  });

  test("that is none is called slower or faster in no more than 2 % of runs, however often they look", () => {
    const drawn = fc.sample(normal, { numRuns: 200 * 30 * 2, seed: 7 }).values();
    const next = () => 10 * (1 + (drawn.next().value ?? Number.NaN) / 20);
    let alarms = 0;
    for (let run = 0; run < 200; run++) {
      const [before, after]: [number[], number[]] = [[], []];
      let alarm = false;
      for (let round = 0; round < 30 && !alarm; round++) {
        before.push(next());
        after.push(next());
        const verdict = judgeRounds(resultOf(before), resultOf(after), 0.01, new Set())[0]?.verdict;
        alarm = verdict === "slower" || verdict === "faster";
      }
      if (alarm) alarms++;
    }
    expect(alarms).toBeLessThanOrEqual(7);
  });

  test.each([
    [["slower", "faster"], false, 1],
    [["inconclusive"], false, 0],
    [["inconclusive"], true, 4],
    [["not slower", "faster"], true, 0],
    [[], true, 4],
  ] as const)("%j with strict %p ends with %d", (verdicts, strict, code) => {
    const percent = { estimate: 0, low: 0, high: 0 };
    const known = { name: "x", percent, smallestEffect: null, control: false };
    const changes = verdicts.map((verdict) => ({ ...known, verdict }));
    expect(changesExitCode(changes, { strict })).toBe(code);
  });
});

test("two servers are compared by the tools that both call alike", () => {
  const called = (tool: string, input: Readonly<Record<string, number>>) => ({
    tool,
    input: { ...input },
    branch: "b",
  });
  const both = (inputs: readonly Readonly<Record<string, number>>[], tools: readonly string[]): Result => ({
    ...resultOf(around(10), {}, tools[0]),
    options: { called: inputs.map((input, n) => called(tools[n] ?? "", input)) },
  });
  const base = both([{ a: 1 }, { b: 1 }], ["echo", "gone"]);
  const alike = keepAlike(base, both([{ a: 1 }], ["echo"]));
  expect({ unlike: alike.unlike, rows: alike.base.tables[0]?.rows.length }).toEqual({
    unlike: ["gone"],
    rows: 1,
  });
  const other = keepAlike(base, both([{ a: 2 }], ["echo"]));
  expect({ unlike: other.unlike, rows: other.base.tables[0]?.rows }).toEqual({
    unlike: ["echo", "gone"],
    rows: [],
  });
  expect(keepAlike(sampleLatency, sampleLatency)).toEqual({
    base: sampleLatency,
    candidate: sampleLatency,
    unlike: [],
  });
});

test("changes are shown with what their intervals are, and without one that there is none of", () => {
  const [change] = judge(resultOf([10, 11]), resultOf([12, 12]));
  if (!change) throw new Error("there is a change");
  const shown = renderChanges([change, { ...change, control: true }], 2, { inTurns: true });
  expect(shown).toContain("(too few rounds)");
  expect(shown).toContain("control: not touched");
  expect(shown).toContain("in 98 % of comparisons");
  expect(shown).toEndWith("Of 1 figures: 1 inconclusive.");
  expect(renderChanges([change], 2, { inTurns: false })).toContain("Intervals are of 95 %");
});

test("a revision from before revisions took turns is refused", async () => {
  using folder = temporaryFolder();
  const root = join(import.meta.dir, "..");
  const flags = { script: "p2p_latency", flags: [], signal, isEnough: () => true };
  const [base, candidate] = [folder.path, root].map((path) => ({ root: path, cwd: path, flags: [] }));
  if (!base || !candidate) throw new Error("there are two");
  const comparing = measureDuet({ ...flags, base, candidate, folder: folder.path });
  await expect(comparing).rejects.toBeInstanceOf(UsageError);
  await expect(comparing).rejects.toThrow("it is from before revisions took turns; compare two result files");
});

describe("a change of files", () => {
  const root = join(import.meta.dir, "..");

  test("leaves the tools of other folders as they were, unless those import it", async () => {
    const untouched = await untouchedBy(root, ["lib/p2p/tasks/tools.ts", "README.md", "test/queue.test.ts"]);
    expect(untouched.has("content_id")).toBe(true);
    expect(untouched.has("workflow_list")).toBe(true);
    expect(untouched.has("task_list")).toBe(false);
  });

  test.each([
    [["lib/registry.ts"]],
    [["lib/p2p/kept_json.ts"]],
    [["bun.lock"]],
    [["scripts/p2p_latency.ts", "lib/p2p/tasks/tools.ts"]],
  ])("%j may touch all", async (changed) => {
    expect(await untouchedBy(root, changed)).toBeEmpty();
  });

  test("that are not measured touches nothing", async () => {
    expect((await untouchedBy(root, ["docs/ci.md", "CHANGELOG.md"])).size).toBe(toolsOf(allCases).length);
  });
});

describe("a worktree", () => {
  /** A repository with one commit of these files. */
  function repository(root: string, files: Readonly<Record<string, string>>) {
    const git = (...args: string[]) => {
      const identity = ["-c", "user.name=test", "-c", "user.email=test@example.org"];
      const { exitCode, stdout } = Bun.spawnSync(["git", "-C", root, ...identity, ...args]);
      if (exitCode !== 0) throw new Error(`Cannot run git ${args.join(" ")}`);
      return stdout.toString().trim();
    };
    git("init", "--quiet");
    for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text);
    git("add", ".");
    git("commit", "--quiet", "--message", "first");
    return git;
  }
  const left = () => readdirSync(tmpdir()).filter((name) => name.startsWith("base-revision-"));

  test.each([
    ["is not there", "nowhere", { "package.json": "{}" }, "git knows no such revision here"],
    ["is a flag", "--all", { "package.json": "{}" }, "git knows no such revision here"],
    ["lacks the script", "HEAD", { "package.json": "{}" }, "it has no scripts/p2p_latency.ts"],
  ])("of a revision that %s is refused, and nothing is left of it", async (_, revision, files, message) => {
    using folder = temporaryFolder();
    const git = repository(folder.path, files);
    const before = left();
    const opening = openWorktree(folder.path, revision, "p2p_latency", signal);
    await expect(opening).rejects.toBeInstanceOf(UsageError);
    await expect(opening).rejects.toThrow(message);
    expect(git("worktree", "list").split("\n")).toHaveLength(1);
    expect(left()).toEqual(before);
  });

  test("takes a git checkout", async () => {
    using folder = temporaryFolder();
    await expect(openWorktree(folder.path, "HEAD", "p2p_latency", signal)).rejects.toThrow(
      'Cannot compare with "HEAD": this copy of the project is no git checkout; compare two result files',
    );
  });

  test("that a killed comparison left behind is removed by the next", async () => {
    using folder = temporaryFolder();
    const git = repository(folder.path, { "package.json": "{}" });
    const dead = Bun.spawnSync(["true"]).pid;
    const [stale, ours] = [dead, process.pid].map((pid) =>
      join(folder.path, `base-revision-${pid}-x`, "tree"),
    );
    for (const path of [stale, ours]) git("worktree", "add", "--detach", path ?? "");
    await expect(openWorktree(folder.path, "HEAD", "p2p_latency", signal)).rejects.toThrow(
      "it has no scripts",
    );
    const there = git("worktree", "list");
    expect([there.includes(stale ?? "?"), there.includes(ours ?? "?")]).toEqual([false, true]);
    expect(existsSync(join(folder.path, `base-revision-${dead}-x`))).toBe(false);
  });

  test("of a revision that does not install is refused", async () => {
    using folder = temporaryFolder();
    Bun.spawnSync(["mkdir", join(folder.path, "scripts")]);
    const dependencies = { missing: "file:./not-there" };
    const git = repository(folder.path, {
      "package.json": JSON.stringify({ dependencies }),
      "scripts/p2p_latency.ts": "",
    });
    const opening = openWorktree(folder.path, "HEAD", "p2p_latency", signal);
    await expect(opening).rejects.toThrow(/^Cannot compare with "HEAD": it does not install: /);
    expect(git("worktree", "list").split("\n")).toHaveLength(1);
  });
});

describe("two results", () => {
  const latency = sampleLatency;
  /** Where direct calls take these times as long, and others as long as they do. */
  const times = (factor: number): Result => ({
    ...latency,
    criteria: [],
    tables: latency.tables.map((table) => ({
      ...table,
      rows: table.rows.map((row) => {
        const p50 = 0.1 * (row.runtime === "direct" ? factor : 1);
        return { ...row, p50_ms: figure("ratio", [0.99 * p50, p50, 1.01 * p50]) };
      }),
    })),
  });
  const elsewhere = { ...latency.machine, cpu: "Another CPU" };

  /** What is made of files that hold these. */
  function compare(base: object, candidate: object, force = false, warn?: (line: string) => void) {
    using folder = temporaryFolder();
    const paths = ["base.json", "this.json"].map((name) => join(folder.path, name));
    for (const [n, result] of [base, candidate].entries())
      writeFileSync(paths[n] ?? "", JSON.stringify(result));
    return compareFiles(paths, 5, force, warn);
  }

  test("of one machine are compared figure by figure", () => {
    const changes = compare(times(1), times(1.3)).filter(({ name }) => name.includes("task_submit"));
    expect(changes.map(({ name, verdict }) => [name, verdict])).toEqual([
      ["p2p_latency/tools/task_submit/direct/p50_ms", "slower"],
      ["p2p_latency/tools/task_submit/http/p50_ms", "not slower"],
      ["p2p_latency/tools/task_submit/mcp/p50_ms", "not slower"],
    ]);
  });

  test("are refused where a flag or the seed differs, but not what says how sure they are to be", () => {
    const asked = (options: object, seed = 1) =>
      sealed({ ...latency, seed, options: { target: 50, ...options } });
    expect(() => compare(asked({ iterations: 40 }), asked({ iterations: 300 }))).toThrow(
      /: options\.iterations is 40 in the one and 300 in the other; --force does it all the same$/,
    );
    expect(() => compare(asked({}, 1), asked({}, 2))).toThrow(/: seed is 1 in the one and 2 in the other/);
    expect(compare(asked({ iterations: 40 }), asked({ iterations: 300 }), true)).not.toBeEmpty();
    expect(compare(asked({ rounds: 3, output: "a" }), asked({ rounds: 8, output: "b" }))).not.toBeEmpty();
  });

  test("of different versions are compared, with a word on each", () => {
    const newer = sealed({ ...latency, versions: { ...latency.versions, bun: "1.4.6", commit: "f00" } });
    const warnings: string[] = [];
    expect(compare(latency, newer, false, (line) => warnings.push(line))).not.toBeEmpty();
    expect(warnings).toEqual([
      'Another version: versions.bun is "1.4.5" in the one and "1.4.6" in the other',
      'Another version: versions.commit is "0123456789abcdef" in the one and "f00" in the other',
    ]);
  });

  test("of different machines are refused, and with force compared by the ratios between runtimes only", () => {
    const other = sealed({ ...latency, machine: elsewhere });
    expect(() => compare(latency, other)).toThrow(/they are from different machines; with --force/);
    const changes = compare(latency, other, true);
    expect(changes).toHaveLength(6);
    for (const { name } of changes) expect(name).toEndWith("/improvement_percent");
    // 60 % saved are 40 % of the time, and 20 % are twice that.
    const halved = structuredClone({ ...other, criteria: [] });
    for (const row of halved.tables[0]?.rows ?? [])
      if (row.runtime === "direct")
        Object.assign(row, { improvement_percent: figure("saving", [20, 20, 20]), status: "missed" });
    const [first] = compare(latency, halved, true);
    expect(first?.percent.estimate).toBeCloseTo(100, 0);
    expect(first?.verdict).toBe("slower");
  });

  test.each([
    [
      "of different benchmarks",
      latency,
      sampleComparison,
      /one is of p2p_latency and the other of runtime_comparison/,
    ],
    ["one of which is incomplete", latency, incomplete, /is incomplete$/],
    ["one of which is invalid", invalid, latency, /is invalid$/],
    [
      "one of which is of an earlier version",
      latency,
      { ...latency, schema_version: 1 },
      /schema_version is 1/,
    ],
  ])("%s are refused", (_, base, candidate, message) => {
    const comparing = () => compare(base, candidate);
    expect(comparing).toThrow(UsageError);
    expect(comparing).toThrow(message);
  });

  test("with no figure in common are refused", async () => {
    using folder = temporaryFolder();
    const paths = ["base.json", "this.json"].map((name) => join(folder.path, name));
    for (const path of paths) writeFileSync(path, JSON.stringify(sampleWorkflows));
    expect(await runScript("compare", ...paths)).toEqual({
      stdout: "",
      stderr: "Cannot compare: both have no median, rate or size in common\n",
      code: 2,
    });
  });

  test("of whatever the schema allows are compared without a number that is none", () => {
    fc.assert(
      fc.property(anyResult(), anyResult(), (one, other) => {
        try {
          for (const { percent } of compare(one, other, true)) expect(percent.estimate).not.toBeNaN();
        } catch (error) {
          if (!(error instanceof UsageError)) throw error;
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe("compare", () => {
  // Others may compare on this machine.
  const ours = temporaryFolder();
  const { TMPDIR } = process.env;
  beforeAll(() => void Object.assign(process.env, { TMPDIR: ours.path }));
  afterAll(() => {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
    ours[Symbol.dispose]();
  });
  const leftovers = () => readdirSync(ours.path);
  const small = ["--", "p2p_latency", "--tool", "queue_stats", "--iterations", "5"];

  test("measures two revisions in turns, says what changed, and leaves nothing behind", async () => {
    const flags = ["--base", "HEAD", "--budget", "3", "--json"];
    const { stdout, stderr, code } = await runScript("compare", ...flags, ...small);
    expect(stderr).toBe("");
    expect([0, 1]).toContain(code);
    const names = JSON.parse(stdout).map(({ name }: { name: string }) => name);
    expect(names).toEqual(
      ["direct", "http"].map((runtime) => `p2p_latency/tools/queue_stats/${runtime}/p50_ms`),
    );
    expect(leftovers()).toEqual([]);
  }, 120_000);

  test("measures two servers in turns, and says which tools it could not", async () => {
    const wayward = join(import.meta.dir, "fixtures", "wayward_server.ts");
    const [before, after] = ["well", "more"].map((way) => `${process.execPath} ${wayward} ${way}`);
    const flags = ["--mcp-command", before ?? "", "--mcp-command", after ?? "", "--budget", "3", "--json"];
    const { stdout, stderr, code } = await runScript(
      "compare",
      ...flags,
      "--",
      "p2p_latency",
      "--iterations",
      "5",
    );
    expect(stderr).toBe("Not compared, because both do not call it alike: wait, twin\n");
    expect([0, 1]).toContain(code);
    const names = JSON.parse(stdout).map(({ name }: { name: string }) => name);
    expect(names).toEqual(["p2p_latency/tools/echo/mcp-stdio/p50_ms"]);
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith("compared-"))).toEqual([]);
  }, 120_000);

  test("ends both revisions and removes its worktree on Ctrl-C", async () => {
    await using script = startScript("compare", "--base", "HEAD", "--verbose", ...small);
    await readUntil(script.stderr, /figures decided after/);
    script.kill("SIGINT");
    expect(await script.exited).toBe(130);
    expect(leftovers()).toEqual([]);
  }, 120_000);

  test("takes all that it started with it when it is killed itself, and the next removes its folders", async () => {
    await using script = startScript("compare", "--base", "HEAD", "--verbose", ...small);
    await readUntil(script.stderr, /figures decided after/);
    const below = descendants(script.pid);
    // Two scripts, and a job of that whose turn it is.
    expect(below.length).toBeGreaterThanOrEqual(3);
    script.kill("SIGKILL");
    const killed = performance.now();
    await Promise.all(below.map(gone));
    // A revision that does not notice runs on for as many rounds as there are.
    expect(performance.now() - killed).toBeLessThan(10_000);
    expect(leftovers()).toEqual([expect.stringContaining(`base-revision-${script.pid}-`)]);
    await runScript("compare", "--base", "HEAD", "--", "no_such_script");
    expect(leftovers()).toEqual([]);
  }, 120_000);

  test.each([
    [
      ["--base", "nowhere", "--", "p2p_latency"],
      /^Cannot compare with "nowhere": git knows no such revision here/,
    ],
    [
      ["--base", "HEAD", "--", "p2p_latenci"],
      /^Cannot compare with "HEAD": it has no scripts\/p2p_latenci.ts$/,
    ],
    [["--base", "HEAD", "--", "p2p_latency", "--tol", "x"], /^Cannot take --tol: there is no such flag/],
    [
      ["--base", "HEAD", "--", "memory_usage"],
      /^Cannot compare by "memory_usage": it takes no turns; .* run it twice and compare the two result files$/,
    ],
    [
      ["--base", "HEAD", "--", "p2p_latency", "--rounds", "3"],
      /^Cannot take --rounds behind --: rounds are taken until --budget is spent$/,
    ],
    [
      ["--tools", "a", "--tools", "b", "--", "p2p_latency", "--strict"],
      /^Cannot take --strict behind --: it goes before the --$/,
    ],
    [["--base", "HEAD"], /^Cannot compare revisions: name a benchmark after --/],
    [["one.json"], /^Cannot compare 1 files: name two/],
    [["--mcp-command", "a"], /^Cannot compare: give --mcp-command twice, and no other of its kind$/],
    [["--url", "http://a", "--tools", "b"], /^Cannot compare: give --tools twice, and no other of its kind$/],
    [["--tools", "a", "--tools", "b", "--base", "HEAD"], /^Cannot compare revisions and servers at once$/],
    [
      ["--tools", "a", "--tools", "b", "--", "p2p_latenci"],
      /^Cannot compare by "p2p_latenci": there is no scripts\/p2p_latenci\.ts$/,
    ],
    [
      ["--tools", "nowhere.ts", "--tools", "b"],
      /^Cannot take tools from "nowhere\.ts": there is no such file$/,
    ],
    [
      ["--mcp-command", "nonesuch", "--mcp-command", "b"],
      /^Cannot start "nonesuch": there is no such command$/,
    ],
    [["nowhere.json", "nowhere.json"], /nowhere\.json/],
    [["--budget", "0"], "Cannot take --budget: Too small: expected number to be >0"],
  ])(
    "refuses %j in one line",
    async (flags, message) => {
      const { stdout, stderr, code } = await runScript("compare", ...flags);
      expect(stderr.trimEnd().split("\n")).toEqual([expect.stringMatching(message)]);
      expect({ stdout, code }).toEqual({ stdout: "", code: 2 });
    },
    60_000,
  );
});
