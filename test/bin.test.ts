import { describe, expect, test } from "bun:test";
import { mkdirSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import packageJson from "../package.json";
import { temporaryFolder } from "./run_script.ts";

const project = join(import.meta.dir, "..");
const bun = /const bun = "(bun@.*)"/.exec(await Bun.file(join(project, "bin.js")).text())?.[1] ?? "";
const has = (...words: readonly string[]) => words.every((word) => Bun.which(word) !== null);
const isCached =
  has("node", "npm", "npx", "tar") &&
  Bun.spawnSync(["npx", "--offline", "--yes", bun, "--version"], { stderr: "ignore" }).exitCode === 0;

/** Where nothing but Node and the package is installed; its dependencies are those of this checkout. */
function installed() {
  const folder = temporaryFolder();
  const place = join(folder.path, "node_modules", packageJson.name);
  mkdirSync(place, { recursive: true });
  const pack = ["npm", "pack", "--silent", "--pack-destination", folder.path];
  const { stdout } = Bun.spawnSync(pack, { cwd: project });
  const tarball = join(folder.path, stdout.toString().trim());
  Bun.spawnSync(["tar", "xzf", tarball, "-C", place, "--strip-components", "1"]);
  symlinkSync(join(project, "node_modules"), join(place, "node_modules"));
  const path = join(folder.path, "bin");
  mkdirSync(path);
  for (const word of ["node", "npx", "sh"]) symlinkSync(Bun.which(word) ?? "", join(path, word));
  const run = (...args: readonly string[]) => {
    const env = { ...process.env, PATH: path, npm_config_offline: "true" };
    const { stdout, stderr, exitCode } = Bun.spawnSync(["node", join(place, "bin.js"), ...args], {
      env,
      cwd: folder.path,
    });
    return { stdout: stdout.toString(), stderr: stderr.toString(), code: exitCode };
  };
  return { tarball, folder, run, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}

describe.skipIf(!isCached)(`the packed tarball, installed beside Node alone (${bun} by npx)`, () => {
  test("has at most 1 MB, and runs a script by its name, which measures", async () => {
    using here = installed();
    expect(statSync(here.tarball).size).toBeLessThanOrEqual(2 ** 20);
    const { stdout, stderr, code } = here.run("p2p", "--tool", "queue_stats", "--rounds", "3", "--brief");
    expect([stderr, code]).toEqual(["", 0]);
    expect(stdout).toContain("One by one, 1 of 1 show a saving");
    expect(await Bun.file(join(here.folder.path, "results", "p2p_latency.json")).exists()).toBeTrue();
  }, 60_000);

  test("ends with the code of the script, and names the nearest of one that is not there", () => {
    using here = installed();
    expect(here.run("verify", "nowhere.json")).toMatchObject({
      stderr: expect.stringContaining('Cannot read "nowhere.json"'),
      code: 2,
    });
    expect(here.run("merg")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("Cannot take --output: it is missing"),
    });
    expect(here.run("reprot")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('there is no "reprot", the nearest is report'),
    });
  }, 60_000);
});
