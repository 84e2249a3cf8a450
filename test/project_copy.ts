import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { temporaryFolder } from "./run_script.ts";

const root = join(import.meta.dir, "..");

/** A copy of the project in which somebody may follow a page, who has `bun`. Closing it removes it. */
export function copyProject() {
  const { path, ...folder } = temporaryFolder();
  const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}`, NO_COLOR: "1" };
  const listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const { stdout } = Bun.spawnSync(listed, { cwd: root });
  for (const name of stdout.toString().split("\0").filter(Boolean)) {
    mkdirSync(join(path, dirname(name)), { recursive: true });
    writeFileSync(join(path, name), readFileSync(join(root, name)));
  }
  symlinkSync(join(root, "node_modules"), join(path, "node_modules"));
  return {
    ...{ path, env },
    ...folder,
    /** Runs a line of shell in it. */
    run(line: string) {
      const { exitCode, stdout, stderr } = Bun.spawnSync(["bash", "-c", line], { cwd: path, env });
      return { code: exitCode, said: `${stdout}\n${stderr}`, stdout: `${stdout}` };
    },
  };
}
