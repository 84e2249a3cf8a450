import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UsageError } from "./errors.ts";

/**
 * A folder that is gone once it is closed. Removes those that processes which were killed have left: each has the name
 * of its process in its own. Throws a `UsageError` where the system lets none be made.
 */
export async function openTemporaryFolder(
  prefix: string,
): Promise<AsyncDisposable & { readonly path: string }> {
  const remove = (path: string) => rm(path, { recursive: true, force: true });
  try {
    for (const name of await readdir(tmpdir())) {
      const [, pid] = name.startsWith(prefix) ? (/^(\d+)-/.exec(name.slice(prefix.length)) ?? []) : [];
      // Another user's stays.
      if (pid !== undefined && !isAlive(Number(pid))) await remove(join(tmpdir(), name)).catch(() => {});
    }
    const path = await mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`));
    return { path, [Symbol.asyncDispose]: () => remove(path) };
  } catch (error) {
    throw new UsageError(
      `Cannot make a folder in "${tmpdir()}": ${Object(error).code}; set TMPDIR to another`,
    );
  }
}

/** Whether there is a process of that number. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is one that is there.
    return Object(error).code !== "ESRCH";
  }
}
