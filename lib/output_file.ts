import { existsSync, lstatSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { UsageError } from "./errors.ts";

/** Makes sure that a file can be written before any work is done for it. Throws a `UsageError`. */
export function claimOutput(path: string): void {
  const probe = temporaryName(path);
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(probe, "");
    rmSync(probe);
    if (existsSync(path) && !lstatSync(path).isFile()) throw new TypeError("it is there and no regular file");
  } catch (error) {
    throw new UsageError(`Cannot write "${path}": ${error instanceof Error ? error.message : error}`);
  }
}

/** Writes a file in one step, so that a reader never sees half of it. */
export function writeOutput(path: string, text: string): void {
  const temporary = temporaryName(path);
  writeFileSync(temporary, text);
  renameSync(temporary, path);
}

function temporaryName(path: string): string {
  return `${path}.${process.pid}.tmp`;
}
