import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { openChild } from "../lib/child.ts";
import { MeasurementError } from "../lib/errors.ts";
import { type JobSays, jobArgument } from "../lib/job.ts";
import { doJobs } from "../lib/jobs.ts";
import { readResult, resultSchema, writeResult } from "../lib/result/result.ts";
import {
  gone,
  isAlive,
  readUntil,
  runScript,
  startGroup,
  startScript,
  temporaryFolder,
} from "./run_script.ts";
import { sampleLatency } from "./sample_results.ts";

const script = join(import.meta.dir, "fixtures", "small_experiment.ts");
const acts = (...names: string[]) => names.flatMap((name) => ["--act", name]);
const sayings = z.array(
  z.object({ job: z.string(), act: z.string(), said: z.array(z.string()), found_before: z.int() }),
);

/** What jobs said, as the result has it. */
function readSayings(path: string) {
  const { tables, ...result } = readResult(path);
  return { ...result, rows: sayings.parse(tables[0]?.rows) };
}

describe("an experiment", () => {
  test("does each job in a process of its own, and keeps what they say in order", async () => {
    using folder = temporaryFolder();
    const output = join(folder.path, "result.json");
    const flags = [...acts("say", "say", "say"), "--seed", "5", "--output", output];
    const { stderr, code } = await runScript(script, ...flags);
    expect(code).toBe(0);
    const { rows, ...result } = readSayings(output);
    const said = ["one", "two", "opened before", "as say"];
    expect(rows).toEqual(
      [0, 1, 2].map((n) => ({ job: `${n}`, act: "say", said, found_before: n * said.length })),
    );
    expect(result).toMatchObject({ benchmark: "small_experiment", complete: true, seed: 5 });
    expect(result.options).toMatchObject({ act: ["say", "say", "say"], seed: 5 });
    expect(stderr.trim().split("\n")).toEqual(["closed 0", "closed 1", "closed 2", "closed what is around"]);
    expect(readdirSync(folder.path)).toEqual(["result.json"]);
  });

  test("looks for a known delay after each job, and has no verdict where a clock shows none", async () => {
    using folder = temporaryFolder();
    const output = join(folder.path, "result.json");
    const run = async (act: string) => {
      await runScript(script, ...acts("say", act), "--judged", "--output", output);
      const { tables, criteria } = readResult(output);
      const canaries = tables.find(({ name }) => name === "canaries")?.rows;
      return {
        statuses: criteria.map(({ status }) => status),
        doubts: criteria.map(({ doubt }) => doubt),
        canaries,
      };
    };
    // A machine may be too busy to see it, and then it must say so too.
    const { statuses, canaries: [canary] = [] } = await run("say");
    expect(canary).toMatchObject({ canary: "a delay", known_percent: 10, calls: expect.any(Number) });
    expect(statuses).toEqual([canary?.status === "found" ? "met" : "inconclusive"]);
    const unseen = await run("break the clock");
    expect(unseen).toMatchObject({
      statuses: ["inconclusive"],
      doubts: ["this machine cannot see it now: of a delay of 10 % it shows nothing"],
      canaries: [{ canary: "a delay", known_percent: 10, found_percent: null, status: "not found" }],
    });
  });

  test("leaves only JSON on standard output when that is asked for, whatever a job prints", async () => {
    using folder = temporaryFolder();
    const output = join(folder.path, "result.json");
    const { stdout, stderr, code } = await runScript(script, ...acts("print"), "--json", "--output", output);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual(readResult(output));
    expect(readSayings(output).rows[0]?.said).toEqual(["said by a job"]);
    expect(stderr.split("\n")).toContain("printed by a job");
  });

  test("prints what it found when its file cannot be written any more, and says so", async () => {
    using folder = temporaryFolder();
    const gone = join(folder.path, "gone");
    const output = join(gone, "result.json");
    const flags = [...acts("say", "lose the folder", "say"), "--folder", gone, "--output", output];
    const { stdout, stderr, code } = await runScript(script, ...flags, "--json");
    expect(code).toBe(3);
    expect(resultSchema.parse(JSON.parse(stdout))).toMatchObject({ complete: true });
    expect(stderr).toContain(`Cannot write "${output}": ENOENT; the result stands above`);
    expect(readdirSync(folder.path)).toEqual([]);
  });

  test("says that its file is not there when a job fails after that", async () => {
    using folder = temporaryFolder();
    const gone = join(folder.path, "gone");
    const output = join(gone, "result.json");
    const flags = [...acts("lose the folder", "fail"), "--folder", gone, "--output", output];
    const { stderr, code } = await runScript(script, ...flags);
    expect(code).toBe(3);
    const lines = stderr.split("\n").filter((line) => line.startsWith("Cannot "));
    expect(lines).toEqual([`Cannot write "${output}": ENOENT`, "Cannot measure it: it broke"]);
  });

  test("whose reader reads no further ends as if it had", async () => {
    using folder = temporaryFolder();
    const flags = [...acts("say"), "--output", join(folder.path, "result.json"), "--json"];
    const command = `"${process.execPath}" "${script}" ${flags.join(" ")} 2> "${folder.path}/errors" | true; echo \${PIPESTATUS[0]}`;
    const { stdout } = Bun.spawnSync(["bash", "-c", command]);
    expect(stdout.toString()).toBe("0\n");
    expect(readFileSync(join(folder.path, "errors"), "utf8")).not.toContain("Cannot print");
  });

  test("ends a job that gives no sign of life, and tells what it told last", async () => {
    const said: string[] = [];
    const deaf = { act: "be deaf", n: 0, around: "", foundBefore: 0, folder: "" };
    const running = doJobs<typeof deaf, string>(
      [deaf],
      {},
      {
        ...{ module: script, signal: new AbortController().signal, silenceMs: 1_000 },
        onFound: ({ said: one }) => {
          said.push(one);
          return "that it is deaf from now on";
        },
        ...{
          guard() {},
          turn: () => Promise.resolve(),
          onWitnessed() {},
          onSighted() {},
          onStray() {},
          save() {},
        },
      },
    );
    await expect(running).rejects.toBeInstanceOf(MeasurementError);
    await expect(running).rejects.toThrow(
      /^Cannot go on: process \d+ has given no sign of life for 1 s; the last it told: that it is deaf from now on$/,
    );
    const [, pid = ""] = /^processes (\d+) /.exec(said[0] ?? "") ?? [];
    expect(isAlive(Number(pid))).toBe(false);
  });

  test("says that what it prints goes nowhere", async () => {
    using folder = temporaryFolder();
    const flags = [...acts("say"), "--output", join(folder.path, "result.json"), "--json"];
    const full = Bun.file("/dev/full");
    const child = Bun.spawn([process.execPath, script, ...flags], { stdout: full, stderr: "pipe" });
    expect(await child.stderr.text()).toContain("Cannot print the result: ENOSPC");
    expect(await child.exited).toBe(3);
  });

  test("says what was found as it goes, when that is asked for", async () => {
    using folder = temporaryFolder();
    const flags = [...acts("print", "print"), "--verbose", "--output", join(folder.path, "result.json")];
    const { stderr } = await runScript(script, ...flags);
    const lines = stderr.split("\n").filter((line) => line.includes(" said "));
    expect(lines).toEqual(["0 said said by a job", "1 said said by a job"]);
  });

  test("refuses flags that do not go together before it opens anything", async () => {
    using folder = temporaryFolder();
    const output = join(folder.path, "result.json");
    const { stdout, stderr, code } = await runScript(script, ...acts("nonsense"), "--output", output);
    expect({ stdout, stderr, code }).toEqual({
      stdout: "",
      stderr: 'Cannot do "nonsense": there is no such act\n',
      code: 2,
    });
    expect(readdirSync(folder.path)).toEqual([]);
  });

  test.each([
    ["fails", "fail", 3, /^Cannot measure it: it broke$/m, ["before"]],
    ["cannot close what it opened", "jam", 3, /^Cannot close it: it is jammed$/m, ["before"]],
    ["is refused by a tool", "be refused", 3, /^Cannot find anybody: nobody answers$/m, undefined],
    ["meets a fault of its user", "misuse", 2, /^Cannot use it: it is not there$/m, undefined],
    [
      "dies",
      "die",
      3,
      /^Cannot finish: process \d+ ended with code 7 in the middle of its job$/m,
      ["before"],
    ],
    [
      "exits as if it were done",
      "exit",
      3,
      /^Cannot finish: process \d+ ended with code 0 in the middle/m,
      undefined,
    ],
    [
      "meets a fault of ours",
      "err",
      3,
      /TypeError: a fault of ours\n +at [\s\S]*\nCannot finish: process \d+ ended with code 1 /,
      ["before"],
    ],
    ["says what cannot be judged", "poison", 3, /TypeError: Cannot judge poison\n +at /, undefined],
  ])("ends with the first job that %s, and keeps what was said", async (_, act, due, message, said) => {
    using folder = temporaryFolder();
    const output = join(folder.path, "result.json");
    const { stdout, stderr, code } = await runScript(script, ...acts("say", act, "say"), "--output", output);
    expect({ stdout, code }).toEqual({ stdout: "", code: due });
    expect(stderr).toMatch(message);
    const { complete, rows } = readSayings(output);
    expect(complete).toBe(false);
    expect(rows.map((row) => row.said)).toEqual([
      ["one", "two", "opened before", "as say"],
      ...(said ? [said] : []),
    ]);
    const closed = stderr.match(/^closed .*/gm);
    expect(closed).toEqual([
      "closed 0",
      ...(act === "die" || act === "exit" ? [] : ["closed 1"]),
      "closed what is around",
    ]);
  });

  test("leaves no earlier result where it ends before it has judged anything", async () => {
    using folder = temporaryFolder();
    const output = join(folder.path, "result.json");
    writeResult(output, sampleLatency);
    const { code } = await runScript(script, ...acts("poison"), "--output", output);
    expect([code, readSayings(output)]).toMatchObject([3, { complete: false, rows: [] }]);
  });

  test.each([
    ["a job", "throw outside", 1, "RangeError: it came too late"],
    [
      "a process that a job started",
      "serve who throws outside",
      2,
      "RangeError: throw_outside came too late",
    ],
  ])("is suspect when %s throws where nobody waits for it, and goes on", async (_, act, times, first) => {
    using folder = temporaryFolder();
    const output = join(folder.path, "result.json");
    const { stderr, code } = await runScript(script, ...acts(act, "print"), "--output", output);
    expect(code).toBe(0);
    const { rows, validity, audit } = readSayings(output);
    expect(rows.map(({ said }) => said)).toEqual([["went on"], ["said by a job"]]);
    const detail = `${times} times, the first was ${first}`;
    expect({ validity, audit }).toEqual({
      validity: "suspect",
      audit: [{ check: "nothing was thrown outside of calls", status: "suspect", detail }],
    });
    expect(stderr.match(/^RangeError: .*\n +at /gm)).toHaveLength(1);
  });

  test("ends with the code of a fault of ours when it throws where nobody waits for it", async () => {
    using folder = temporaryFolder();
    const flags = [...acts("upset", "say"), "--output", join(folder.path, "result.json")];
    const { stderr, code } = await runScript(script, ...flags);
    expect(code).toBe(3);
    expect(stderr).toMatch(/^TypeError: nobody waits for this\n +at /m);
  });

  test("has one line for what failed", async () => {
    using folder = temporaryFolder();
    const flags = [...acts("fail"), "--output", join(folder.path, "result.json")];
    const { stderr } = await runScript(script, ...flags);
    expect(stderr).toBe("closed 0\nclosed what is around\nCannot measure it: it broke\n");
  });

  test("lets jobs run side by side as far as each of them allows", async () => {
    using folder = temporaryFolder();
    const output = join(folder.path, "result.json");
    const flags = [...acts("meet", "meet", "be alone", "join"), "--folder", folder.path, "--output", output];
    const { code } = await runScript(script, ...flags);
    expect(code).toBe(0);
    expect(
      readSayings(output)
        .rows.map(({ job, said }) => [job, ...said])
        .sort(),
    ).toEqual([
      ["0", "met"],
      ["1", "met"],
      ["2", "1 under way"],
      ["3", "1 under way"],
    ]);
  });

  test.each([
    ["SIGINT", "the run"],
    ["SIGTERM", "the run"],
    ["SIGINT", "the run and all its processes"],
  ] as const)(
    "leaves its result, shows it and leaves no process behind when %s reaches %s",
    async (signal, whom) => {
      using folder = temporaryFolder();
      const output = join(folder.path, "result.json");
      await using run = startGroup(script, ...acts("say", "hang"), "--verbose", "--output", output);
      const [, job, program] = await readUntil(run.stderr, /processes (\d+) (\d+) /);
      process.kill(whom === "the run" ? run.pid : -run.pid, signal);
      expect(await run.exited).toBe(130);
      expect([job, program].map(Number).filter(isAlive)).toEqual([]);
      const { complete, rows } = readSayings(output);
      expect(complete).toBe(false);
      expect(rows.map(({ act }) => act)).toEqual(["say", "hang"]);
      expect(readdirSync(folder.path)).toEqual(["result.json"]);
      const { input } = await readUntil(run.stderr, /Interrupted\n/);
      expect(input).toBe("closed 1\nclosed what is around\nInterrupted\n");
      // What was found by then is shown, with what it is worth.
      const shown = await run.stdout.text();
      expect(shown).toContain("hang");
      expect(shown).toContain("It was interrupted or failed before its end, so that parts are missing.");
    },
  );

  test("kills a job that does not hear that the run was interrupted", async () => {
    using folder = temporaryFolder();
    const flags = [...acts("be deaf"), "--verbose", "--output", join(folder.path, "result.json")];
    await using run = startScript(script, ...flags);
    const [, job] = await readUntil(run.stderr, /processes (\d+) /);
    run.kill("SIGINT");
    expect(await run.exited).toBe(130);
    expect(isAlive(Number(job))).toBe(false);
  });

  test("takes for no fault what Ctrl-C does to the programs of a job", async () => {
    using folder = temporaryFolder();
    const stderrPath = join(folder.path, "stderr");
    const task = { act: "hang", n: 0, around: "", foundBefore: 0, folder: "" };
    {
      await using job = await openChild<JobSays<string>>(script, task, { args: [jobArgument], stderrPath });
      const told = await job.says.next();
      const [, program] = /processes \d+ (\d+)/.exec(JSON.stringify(told.value)) ?? [];
      process.kill(job.pid, "SIGINT");
      process.kill(Number(program), "SIGINT");
      await gone(Number(program));
    }
    expect(readFileSync(stderrPath, "utf8")).toBe("closed 0\n");
  });

  test("leaves no process behind when it is killed itself", async () => {
    using folder = temporaryFolder();
    const flags = [...acts("hang"), "--verbose", "--output", join(folder.path, "result.json")];
    await using run = startScript(script, ...flags);
    const [, job, program] = await readUntil(run.stderr, /processes (\d+) (\d+) /);
    expect([job, program].map(Number).filter((pid) => !isAlive(pid))).toEqual([]);
    run.kill("SIGKILL");
    await Promise.all([job, program].map(Number).map(gone));
  });
});
