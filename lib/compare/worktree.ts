import { rm } from "node:fs/promises";
import { join } from "node:path";
import { UsageError } from "../errors.ts";
import { isAlive, openTemporaryFolder } from "../temporary_folder.ts";

/** A revision of this project, checked out and installed beside the user's own tree, which is not touched. */
export interface Worktree extends AsyncDisposable {
  readonly path: string;
  /** A folder beside it, for what else is gone with it. */
  readonly folder: string;
  /** The files that differ between it and the user's tree, as paths from the root. */
  readonly changed: readonly string[];
}

/** Throws a `UsageError` for a revision that is not there, cannot be installed or does not have `script`. */
export async function openWorktree(
  root: string,
  revision: string,
  script: string,
  signal: AbortSignal,
): Promise<Worktree> {
  if (Bun.which("git") === null)
    throw new UsageError(`Cannot compare with "${revision}": there is no git here; compare two result files`);
  const git = (...args: string[]) => run(["git", "-C", root, ...args], root, signal);
  if ((await git("rev-parse", "--git-dir")).code !== 0)
    throw new UsageError(
      `Cannot compare with "${revision}": this copy of the project is no git checkout; compare two result files`,
    );
  const found = await git("rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`);
  if (found.code !== 0)
    throw new UsageError(
      `Cannot compare with "${revision}": git knows no such revision here; fetch it, or name a branch, tag or commit`,
    );
  const commit = found.stdout.trim();
  await removeLeftovers(git);

  await using opening = new AsyncDisposableStack();
  const { path: folder } = opening.use(await openTemporaryFolder("base-revision-"));
  const path = join(folder, "tree");
  // Not with the signal: the tree goes away after Ctrl-C too. Twice forced, because it is locked while it is made.
  opening.defer(async () => {
    await run(["git", "-C", root, "worktree", "remove", "--force", "--force", path], root);
  });
  const added = await git("worktree", "add", "--detach", "--quiet", path, commit);
  if (added.code !== 0) throw new Error(`Cannot check out "${revision}": ${added.stderr.trim()}`);
  if (!(await Bun.file(join(path, "scripts", `${script}.ts`)).exists()))
    throw new UsageError(`Cannot compare with "${revision}": it has no scripts/${script}.ts`);
  const installed = await run([process.execPath, "install", "--frozen-lockfile"], path, signal);
  signal.throwIfAborted();
  if (installed.code !== 0)
    throw new UsageError(
      `Cannot compare with "${revision}": it does not install: ${lastLine(installed.stderr)}`,
    );
  const differs = await git("diff", "--name-only", "-z", commit);
  const others = await git("ls-files", "--others", "--exclude-standard", "-z");
  const changed = `${differs.stdout}${others.stdout}`.split("\0").filter((name) => name !== "");
  const opened = opening.move();
  return { path, folder, changed, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

/** Removes what comparisons that were killed have left behind: a worktree names the process that it was made by. */
async function removeLeftovers(git: (...args: string[]) => ReturnType<typeof run>): Promise<void> {
  const { stdout } = await git("worktree", "list", "--porcelain");
  for (const [, path = "", folder = "", pid] of stdout.matchAll(
    /^worktree ((.*\/base-revision-(\d+)-[^/\n]+)\/tree)$/gm,
  )) {
    if (isAlive(Number(pid))) continue;
    await git("worktree", "remove", "--force", "--force", path);
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs a command to its end, or until the signal is aborted, which then throws. */
async function run(command: readonly string[], cwd: string, signal?: AbortSignal) {
  signal?.throwIfAborted();
  await using child = Bun.spawn([...command], {
    cwd,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    ...(signal && { signal }),
  });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  signal?.throwIfAborted();
  return { stdout, stderr, code };
}

/** What a command said last: one line for a person. */
export function lastLine(text: string): string {
  return text.trimEnd().split("\n").at(-1) ?? "";
}
