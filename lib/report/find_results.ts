import { readdirSync, realpathSync } from "node:fs";
import { join, resolve } from "node:path";
import { UsageError } from "../errors.ts";

/** The named result files, or all of a folder where none is named. Throws a `UsageError` when there is none. */
export function findResults(named: readonly string[], folder: string): readonly string[] {
  if (named.length > 0) return named;
  const found = readNames(folder).filter((name) => name.endsWith(".json") && name !== "schema.json");
  if (found.length === 0)
    throw new UsageError(`Cannot find a result in "${folder}": run a benchmark first, or name the files`);
  return found.sort().map((name) => join(folder, name));
}

/** Throws a `UsageError` when two of these files are one, so that nothing is written over what was read. */
export function refuseSame(outputs: readonly string[], inputs: readonly string[]): void {
  const taken = new Set(inputs.map(realPath));
  for (const output of outputs) {
    if (taken.has(realPath(output)))
      throw new UsageError(`Cannot write "${output}": it is named twice, or is a result to be read`);
    taken.add(realPath(output));
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}

function readNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    throw new UsageError(`Cannot read "${folder}": ${error instanceof Error ? error.message : error}`);
  }
}
