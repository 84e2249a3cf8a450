import { existsSync, lstatSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { UsageError } from "./errors.ts";

/** Makes sure that a file can be written before any work is done for it. Throws a `UsageError`. */
export function claimOutput(path: string): void {
  tryToWrite(path, () => {
    probe(dirname(path));
    if (existsSync(path) && !lstatSync(path).isFile()) throw new TypeError("it is there and no regular file");
  });
}

/** Makes sure that files can be written into a folder. Throws a `UsageError`. */
export function claimFolder(path: string): void {
  tryToWrite(path, () => probe(path));
}

/** Writes a file in one step, so that a reader never sees half of it. */
export function writeOutput(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, text);
  renameSync(temporary, path);
}

function probe(folder: string): void {
  const file = join(folder, `.${process.pid}.tmp`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, "");
  rmSync(file);
}

function tryToWrite(path: string, attempt: () => void): void {
  try {
    attempt();
  } catch (error) {
    throw new UsageError(`Cannot write "${path}": ${error instanceof Error ? error.message : error}`);
  }
}
