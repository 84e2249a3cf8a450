import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UsageError } from "../errors.ts";

/** A revision of this project, checked out and installed beside the user's own tree, which is not touched. */
export interface Worktree extends AsyncDisposable {
  readonly path: string;
  /** The commit it is at. */
  readonly commit: string;
}

/** Throws a `UsageError` for a revision that is not there, cannot be installed or does not have `script`. */
export async function openWorktree(
  root: string,
  revision: string,
  script: string,
  signal: AbortSignal,
): Promise<Worktree> {
  const git = (...args: string[]) => run(["git", "-C", root, ...args], root, signal);
  const found = await git("rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`);
  if (found.code !== 0)
    throw new UsageError(
      `Cannot compare with "${revision}": git knows no such revision here; fetch it, or name a branch, tag or commit`,
    );
  const commit = found.stdout.trim();

  await using opening = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "base-revision-"));
  opening.defer(() => rm(folder, { recursive: true, force: true }));
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
  const opened = opening.move();
  return { path, commit, [Symbol.asyncDispose]: () => opened.disposeAsync() };
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
