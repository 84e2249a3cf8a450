import { describe, expect, test } from "bun:test";
import { readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import type { Figures, Pair } from "../lib/compare/duet.ts";
import { compareFiles } from "../lib/compare/files.ts";
import { changesExitCode, judgePairs } from "../lib/compare/verdict.ts";
import { openWorktree } from "../lib/compare/worktree.ts";
import { UsageError } from "../lib/errors.ts";
import type { Figure } from "../lib/report/figures.ts";
import { anyResult } from "./any_result.ts";
import { readUntil, runScript, startScript, temporaryFolder } from "./run_script.ts";
import { sampleComparison, sampleLatency } from "./sample_results.ts";

const { signal } = new AbortController();

function figures(value: number, given: Partial<Figure> = {}): Figures {
  const figure: Figure = {
    name: "x/p50",
    unit: "ms",
    value,
    low: null,
    high: null,
    better: "lower",
    ...given,
  };
  return new Map([[figure.name, figure]]);
}

/** Eight pairs whose candidate takes these times as long as the base, give or take 1 %. */
function pairs(ratio: number, given: Partial<Figure> = {}): Pair[] {
  return [-4, -3, -2, -1, 1, 2, 3, 4].map((n) => ({
    base: figures(10, given),
    candidate: figures(10 * ratio * (1 + n / 400), given),
  }));
}

describe("a change", () => {
  test.each([
    [1.1, "slower"],
    [1.02, "not slower"],
    [1, "not slower"],
    [0.9, "faster"],
  ])("of %d times the time is %s", (ratio, verdict) => {
    expect(judgePairs(pairs(ratio), 5)).toMatchObject([{ name: "x/p50", verdict }]);
  });

  test("of a rate is worse when it falls", () => {
    const rate = { unit: "per_s", better: "higher" } as const;
    expect(judgePairs(pairs(0.9, rate), 5)).toMatchObject([{ verdict: "slower" }]);
    expect(judgePairs(pairs(1.1, rate), 5)).toMatchObject([{ verdict: "faster" }]);
  });

  test("is inconclusive when the pairs disagree", () => {
    const noisy = pairs(1).map(({ base }, n) => ({ base, candidate: figures(n % 2 === 0 ? 8 : 13) }));
    expect(judgePairs(noisy, 5)).toMatchObject([{ verdict: "inconclusive" }]);
  });

  test("is judged of medians, rates and sizes that both sides have, not of tails", () => {
    expect(judgePairs(pairs(1.1, { name: "x/p99" }), 5)).toEqual([]);
    expect(judgePairs([{ base: figures(1), candidate: new Map() }], 5)).toEqual([]);
    expect(judgePairs(pairs(1.1, { name: "rss", unit: "bytes" }), 5)).toMatchObject([{ verdict: "slower" }]);
  });

  test("that is none is called slower or faster in no more than 1 of 200 comparisons", () => {
    const time = fc.double({ min: 9, max: 11, noNaN: true }).map((value) => figures(value));
    const duet = fc.array(fc.record({ base: time, candidate: time }), { minLength: 12, maxLength: 12 });
    const verdicts = fc.sample(duet, { numRuns: 400, seed: 3 }).flatMap((run) => judgePairs(run, 1));
    expect(verdicts.filter(({ verdict }) => verdict === "slower").length).toBeLessThanOrEqual(2);
    expect(verdicts.filter(({ verdict }) => verdict === "faster").length).toBeLessThanOrEqual(2);
  });

  test.each([
    [["slower", "faster"], false, 1],
    [["inconclusive"], false, 0],
    [["inconclusive"], true, 4],
    [["not slower", "faster"], true, 0],
    [[], true, 4],
  ] as const)("%j with strict %p ends with %d", (verdicts, strict, code) => {
    const percent = { estimate: 0, low: 0, high: 0 };
    const changes = verdicts.map((verdict) => ({ name: "x", percent, smallestEffect: null, verdict }));
    expect(changesExitCode(changes, { strict })).toBe(code);
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
  const times = (factor: number): typeof latency => ({
    ...latency,
    tools: latency.tools.map((tool) => ({
      ...tool,
      per_round: [0.99, 1, 1.01].map((noise) => ({
        p50_ms: { direct: 0.1 * noise * factor, http: 0.5 * noise },
        control: { direct: null, http: null },
      })),
    })),
  });
  const elsewhere = { ...latency.machine, cpu: "Another CPU" };

  /** What is made of files that hold these. */
  function compare(base: object, candidate: object, force = false) {
    using folder = temporaryFolder();
    const paths = ["base.json", "this.json"].map((name) => join(folder.path, name));
    for (const [n, result] of [base, candidate].entries())
      writeFileSync(paths[n] ?? "", JSON.stringify(result));
    return compareFiles(paths, 5, force);
  }

  test("of one machine are compared figure by figure", () => {
    const changes = compare(times(1), times(1.3)).filter(({ name }) => name.includes("task_submit"));
    expect(changes.map(({ name, verdict }) => [name, verdict])).toEqual([
      ["p2p_latency/task_submit/direct/p50", "slower"],
      ["p2p_latency/task_submit/http/p50", "not slower"],
    ]);
  });

  test("of different machines are refused, and with force compared by the ratios between runtimes only", () => {
    const other = { ...latency, machine: elsewhere };
    expect(() => compare(latency, other)).toThrow(/they are from different machines; with --force/);
    const names = compare(latency, other, true).map(({ name }) => name);
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) expect(name).toEndWith("/saving");
  });

  test.each([
    [
      "of different benchmarks",
      latency,
      sampleComparison,
      /one is of p2p_latency and the other of runtime_comparison/,
    ],
    ["one of which is incomplete", latency, { ...latency, complete: false }, /is incomplete$/],
    ["one of which is invalid", { ...latency, validity: "invalid" }, latency, /is invalid$/],
    ["one of which is of a later version", latency, { ...latency, schema_version: 2 }, /schema_version is 2/],
  ])("%s are refused", (_, base, candidate, message) => {
    const comparing = () => compare(base, candidate);
    expect(comparing).toThrow(UsageError);
    expect(comparing).toThrow(message);
  });

  test("with no figure in common are refused", async () => {
    using folder = temporaryFolder();
    const paths = ["base.json", "this.json"].map((name) => join(folder.path, name));
    for (const [n, path] of paths.entries())
      writeFileSync(
        path,
        JSON.stringify({ ...sampleComparison, machine: { ...sampleComparison.machine, cpu: `CPU ${n}` } }),
      );
    expect(await runScript("compare", ...paths, "--force")).toEqual({
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
  test("runs two revisions in turns, says what changed, and leaves no worktree behind", async () => {
    const before = readdirSync(tmpdir()).filter((name) => /^(duet|base-revision)-/.test(name));
    const flags = ["--base", "HEAD", "--pairs", "6", "--json"];
    const { stdout, code } = await runScript(
      "compare",
      ...flags,
      "--",
      "p2p_latency",
      "--tool",
      "queue_stats",
      "--iterations",
      "5",
    );
    expect([0, 1]).toContain(code);
    const names = JSON.parse(stdout).map(({ name }: { name: string }) => name);
    expect(names).toEqual(["p2p_latency/queue_stats/direct/p50", "p2p_latency/queue_stats/http/p50"]);
    expect(readdirSync(tmpdir()).filter((name) => /^(duet|base-revision)-/.test(name))).toEqual(before);
  }, 120_000);

  test("removes its worktree on Ctrl-C", async () => {
    const before = readdirSync(tmpdir()).filter((name) => /^(duet|base-revision)-/.test(name));
    const flags = [
      "--base",
      "HEAD",
      "--verbose",
      "--",
      "p2p_latency",
      "--tool",
      "queue_stats",
      "--iterations",
      "5",
    ];
    await using script = startScript("compare", ...flags);
    await readUntil(script.stderr, /pair 1 of 20 done/);
    script.kill("SIGINT");
    expect(await script.exited).toBe(130);
    expect(readdirSync(tmpdir()).filter((name) => /^(duet|base-revision)-/.test(name))).toEqual(before);
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
    [["--base", "HEAD"], /^Cannot compare revisions: name a benchmark after --/],
    [["one.json"], /^Cannot compare 1 files: name two/],
    [["nowhere.json", "nowhere.json"], /nowhere\.json/],
    [["--pairs", "5"], "Cannot take --pairs: Too small: expected number to be >=6"],
  ])("refuses %j in one line", async (flags, message) => {
    const { stdout, stderr, code } = await runScript("compare", ...flags);
    expect(stderr.trimEnd().split("\n")).toEqual([expect.stringMatching(message)]);
    expect({ stdout, code }).toEqual({ stdout: "", code: 2 });
  });
});
