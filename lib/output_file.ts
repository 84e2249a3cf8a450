import { existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { UsageError } from "./errors.ts";
import { isAlive } from "./temporary_folder.ts";

/** Makes sure that a file can be written before any work is done for it. Throws a `UsageError`. */
export function claimOutput(path: string): void {
  tryToWrite(path, () => {
    probe(dirname(path), basename(path));
    if (existsSync(path) && !lstatSync(path).isFile()) throw new TypeError("it is there and no regular file");
  });
}

/** Makes sure that files can be written into a folder. Throws a `UsageError`. */
export function claimFolder(path: string): void {
  tryToWrite(path, () => probe(path));
}

/**
 * Writes a file in one step, so that a reader never sees half of it. Throws a `UsageError` when the disk is full or the
 * folder is gone, and leaves nothing then.
 */
export function writeOutput(path: string, text: string): void {
  const temporary = `${path}${ending(process.pid)}`;
  try {
    writeFileSync(temporary, text);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new UsageError(`Cannot write "${path}": ${Object(error).code}`);
  }
}

/** A process that is killed leaves such a file, which the next one removes that writes the same. */
function ending(pid: number | string): string {
  return `.${pid}.tmp`;
}

function probe(folder: string, name = ""): void {
  const file = join(folder, ending(process.pid));
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, "");
  rmSync(file);
  for (const left of readdirSync(folder)) {
    const [, of = "", pid = ""] = /^(.*)\.(\d+)\.tmp$/.exec(left) ?? [];
    if (pid !== "" && ["", name].includes(of) && !isAlive(Number(pid))) rmSync(join(folder, left));
  }
}

function tryToWrite(path: string, attempt: () => void): void {
  try {
    attempt();
  } catch (error) {
    throw new UsageError(`Cannot write "${path}": ${error instanceof Error ? error.message : error}`);
  }
}
