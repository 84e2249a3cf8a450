import { describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { measureDuet } from "../lib/compare/duet.ts";
import { openPair, openRevisions as openSides, readPair } from "../lib/compare/sides.ts";
import { MeasurementError, UsageError } from "../lib/errors.ts";
import { sealed } from "../lib/result/comparable.ts";
import type { Result } from "../lib/result/result.ts";
import { temporaryFolder } from "./run_script.ts";
import { sampleLatency } from "./sample_results.ts";

const root = join(import.meta.dir, "..");
const { signal } = new AbortController();

/**
 * Two revisions whose script notes each of its turns, two of which are a job, and has a result of the side that it is
 * told to be, which has a seed of its own; after so many jobs it ends with this code.
 */
function openRevisions(path: string, { jobs = [9, 9], code = 0, refused = false } = {}) {
  const log = join(path, "turns");
  writeFileSync(log, "");
  const sides = ["base", "candidate"].map((name, n) => {
    const own = join(path, name);
    for (const folder of ["lib", "scripts"]) mkdirSync(join(own, folder), { recursive: true });
    writeFileSync(join(own, "lib", "beside.ts"), "");
    writeFileSync(join(own, "result.json"), JSON.stringify(sealed({ ...sampleLatency, seed: n + 1 })));
    writeFileSync(
      join(own, "scripts", "fake.ts"),
      `import { appendFileSync, copyFileSync } from "node:fs";
      import { joinParent } from "${root}/lib/child.ts";
      const [, side, , output] = process.argv.slice(2);
      if (${refused}) {
        console.error("Cannot take --side: it is none");
        process.exit(2);
      }
      copyFileSync(\`${path}/\${side}/result.json\`, output);
      const parent = joinParent();
      await parent.say(0);
      for (let turns = 1; !(await parent.tells.next()).done; turns++) {
        appendFileSync("${log}", "${name[0]}");
        if (turns === ${2 * (jobs[n] ?? 0)}) {
          console.error("Cannot go on: it broke");
          process.exit(${n === 0 ? 0 : code});
        }
        await parent.say(Math.floor(turns / 2));
      }
      process.exit();`,
    );
    return { root: own, cwd: own, flags: ["--side", name] };
  });
  const [base, candidate] = sides;
  if (!base || !candidate) throw new Error("there are two");
  const duet = { base, candidate, folder: path, script: "fake", flags: [], signal };
  return { duet, turns: () => readFileSync(log, "utf8") };
}

describe("two revisions", () => {
  test("take turns in the order ABBA, until what both have done is enough", async () => {
    using folder = temporaryFolder();
    const { duet, turns } = openRevisions(folder.path);
    const seen: number[][] = [];
    const isEnough = (base: Result, candidate: Result) => {
      seen.push([base.seed, candidate.seed]);
      return seen.length === 3;
    };
    await measureDuet({ ...duet, isEnough });
    expect(turns()).toBe("bccbbccbbccb");
    // After each job of both, from what each of them wrote itself.
    expect(seen).toEqual([
      [1, 2],
      [1, 2],
      [1, 2],
    ]);
  });

  test("go on until both have ended, and are judged by what both have done", async () => {
    using folder = temporaryFolder();
    const { duet, turns } = openRevisions(folder.path, { jobs: [1, 3] });
    let judged = 0;
    const isEnough = () => {
      judged += 1;
      return false;
    };
    await measureDuet({ ...duet, isEnough });
    expect(turns()).toBe("bccbcccc");
    expect(judged).toBe(3);
  });

  test("of which one fails give no comparison", async () => {
    using folder = temporaryFolder();
    const { duet } = openRevisions(folder.path, { jobs: [9, 1], code: 3 });
    const comparing = measureDuet({ ...duet, isEnough: () => false });
    await expect(comparing).rejects.toThrow(
      new MeasurementError(`Cannot measure ${duet.candidate.root}: exit code 3: Cannot go on: it broke`),
    );
  });

  test("of which one refuses its flags are the user's fault", async () => {
    using folder = temporaryFolder();
    const { duet } = openRevisions(folder.path, { refused: true });
    const comparing = measureDuet({ ...duet, isEnough: () => false });
    await expect(comparing).rejects.toThrow(new UsageError("Cannot take --side: it is none"));
  });
});

const isCheckout = Bun.spawnSync(["git", "rev-parse", "HEAD"], { cwd: root }).success;

test.skipIf(!isCheckout)(
  "a revision is measured in a checkout of its own, against this one",
  async () => {
    await using opened = new AsyncDisposableStack();
    const sides = await openSides("HEAD", ["p2p_latency", "--tool", "queue_stats"], signal, opened);
    const { base, candidate, script, flags } = sides;
    expect([candidate.root, script, flags]).toEqual([root, "p2p_latency", ["--tool", "queue_stats"]]);
    expect(base.root).not.toBe(root);
    const head = (cwd: string) => Bun.spawnSync(["git", "rev-parse", "HEAD"], { cwd }).stdout.toString();
    expect(head(base.root)).toBe(head(root));
    expect([base.flags, candidate.flags, base.cwd, candidate.cwd]).toEqual([[], [], base.root, root]);
  },
  60_000,
);

describe("two servers", () => {
  test("are the base and the candidate in the order given, with the flags of both behind their own", async () => {
    await using opened = new AsyncDisposableStack();
    const pair = readPair({ url: ["http://one", "http://other"] });
    if (!pair) throw new Error("there is none");
    const { base, candidate, script, flags, untouched } = await openPair(pair, [], opened);
    expect([base.flags, candidate.flags]).toEqual([
      ["--url", "http://one"],
      ["--url", "http://other"],
    ]);
    expect([script, flags, untouched.size]).toEqual(["p2p_latency", [], 0]);
  });

  test.each([
    [{ url: ["http://one"] }, "--url"],
    [{ url: ["http://one"], mcp_url: ["http://other"] }, "--mcp-url"],
    [{ tools: ["a", "b", "c"] }, "--tools"],
  ])("named by %j are not two of a kind", (given, flag) => {
    expect(() => readPair(given)).toThrow(
      new UsageError(`Cannot compare: give ${flag} twice, and no other of its kind`),
    );
  });
});
