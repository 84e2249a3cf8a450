import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { formats } from "../lib/result/export.ts";
import { readResult } from "../lib/result/result.ts";
import { copyProject } from "./project_copy.ts";
import { readSteps } from "./steps.ts";

const steps = readSteps("contributing.md");
/** A copy of the project in which the steps are taken. */
const copy = copyProject();
const { run } = copy;

/** What a line of the page that begins like this says; it must be there, and succeed. */
function follow(beginning: string): string {
  const line = steps.find(({ kind, text }) => kind === "command" && text.startsWith(beginning))?.text;
  if (line === undefined) throw new RangeError(`Cannot follow the page: it has no line "${beginning}"`);
  const { code, said } = run(line);
  expect({ line, code, said: code === 0 ? "" : said }).toEqual({ line, code: 0, said: "" });
  return said;
}

function apply(patch: string): void {
  const command = ["git", "apply", "-"];
  const { exitCode, stderr } = Bun.spawnSync(command, {
    ...{ cwd: copy.path, env: copy.env, stdin: Buffer.from(patch) },
  });
  if (exitCode !== 0) throw new Error(`Cannot apply a step of the page: ${stderr}\n${patch}`);
}

beforeAll(() => {
  // The linter reads what git ignores, and `git apply` passes over paths of another repository.
  expect(run("git init --quiet").code).toBe(0);
  for (const { kind, path, text } of steps) {
    if (kind === "diff") apply(text);
    if (kind !== "file") continue;
    mkdirSync(join(copy.path, dirname(path)), { recursive: true });
    writeFileSync(join(copy.path, path), text);
  }
}, 60_000);

afterAll(() => copy[Symbol.dispose]());

describe("who follows the page on contributing", () => {
  /** Files that a section makes, and changes with the lines that go in. */
  const touched = (section: string) => {
    const own = steps.filter((step) => step.section === section);
    const patches = own.flatMap(({ kind, text }) => (kind === "diff" ? text.split(/^(?=--- )/m) : []));
    return {
      made: own.flatMap(({ kind, path }) => (kind === "file" ? [path] : [])),
      changed: Object.fromEntries(
        patches.map((patch) => [
          /^\+\+\+ b\/(.*)$/m.exec(patch)?.[1],
          patch.match(/^\+(?!\+\+|import )/gm)?.length ?? 0,
        ]),
      ),
    };
  };

  test("adds a runtime by a file and a line of the list", () => {
    expect(touched("A runtime")).toEqual({
      made: [expect.stringMatching(/^lib\/runtimes\/\w+\.ts$/)],
      changed: { "lib/runtimes/runtimes.ts": 1 },
    });
  });

  test("adds a figure in the file of its table", () => {
    const { made, changed } = touched("A figure");
    expect({ made, changed: Object.keys(changed) }).toEqual({
      made: [],
      changed: [expect.stringMatching(/^lib\/benchmarks\//)],
    });
  });

  test("adds a benchmark by a script, a file for its judge, an entry of the presets and a row of the README", () => {
    const { made, changed } = touched("A benchmark");
    expect(made.sort()).toEqual([
      expect.stringMatching(/^lib\/benchmarks\/\w+\.ts$/),
      expect.stringMatching(/^scripts\/\w+\.ts$/),
    ]);
    expect(Object.keys(changed)).toEqual(["lib/suite/presets.ts", "README.md"]);
    expect(changed["README.md"]).toBe(1);
  });

  test("has nothing to mend: types, lint, format, and the tests that walk the project are content", () => {
    for (const check of ["bunx tsc", "bunx biome ci --colors=off"]) {
      const { code, said } = run(check);
      expect({ check, code, said: code === 0 ? "" : said }).toEqual({ check, code: 0, said: "" });
    }
    const walking = ["imports", "shards", "workloads", "judge_latency"].map((name) => `test/${name}.test.ts`);
    expect(run(`bun test ${walking.join(" ")}`)).toMatchObject({ code: 0 });
    expect(run("bun test test/readme.test.ts -t 'names every script'")).toMatchObject({ code: 0 });
  }, 120_000);

  test("sees the new tool answer alike on every runtime, the new one too, as is due, and refuse what is hostile", () => {
    const said = follow("bun test test/contract.test.ts");
    expect(said).toContain(" 0 fail");
    expect(said.match(/> note_replace/g)).toBeArrayOfSize(3);
  }, 120_000);

  test("measures on the new runtime", () => {
    expect(follow("bun run scripts/p2p_latency.ts --quick --tool queue_stats")).toMatch(/^ +copied +\d/m);
  }, 60_000);

  test("sees the new figure of the new tool", () => {
    const said = follow("bun run scripts/p2p_latency.ts --quick --tool note_replace");
    expect(said).toMatch(/^tool .*p75 over rounds/m);
    expect(said).toMatch(/^note_replace +direct +\d/m);
    const { tables } = readResult(join(copy.path, "results", "p2p_latency.json"));
    expect(tables[0]?.rows.map(({ runtime, p75_ms }) => [runtime, p75_ms])).toEqual([
      [
        "direct",
        {
          estimate: expect.any(Number),
          low: expect.any(Number),
          high: expect.any(Number),
          per_round: expect.any(Array),
        },
      ],
      ["copied", expect.objectContaining({ estimate: expect.any(Number) })],
    ]);
  }, 60_000);

  test("has a benchmark with a table, alone and among the others, in shards that are merged and shown", () => {
    expect(follow("bun run scripts/payload_size.ts --quick")).toMatch(/^512 KiB +direct +\d/m);
    for (const shard of ["1/2", "2/2"])
      expect(
        follow(`bun run scripts/run_benchmarks.ts --preset quick --only payload_size --shard ${shard}`),
      ).toMatch(/^payload_size +\d/m);
    follow("bun run scripts/merge.ts");
    const { complete, tables } = readResult(join(copy.path, "merged.json"));
    const payloads = tables[0]?.rows.map(({ payload }) => payload);
    expect({ complete, payloads }).toEqual({
      complete: true,
      payloads: ["1 KiB", "1 KiB", "32 KiB", "32 KiB", "512 KiB", "512 KiB"],
    });
    follow("bun run scripts/report.ts");
    for (const page of ["report.html", "report.md"])
      expect(readFileSync(join(copy.path, "results", page), "utf8")).toContain("512 KiB");
    follow("bun run scripts/export.ts");
    for (const format of formats) {
      const { code, stdout } = run(`bun run scripts/export.ts merged.json --export ${format}`);
      expect({ format, code }).toEqual({ format, code: 0 });
      expect(stdout).toMatch(/512/);
    }
  }, 120_000);
});
