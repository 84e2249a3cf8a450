import { existsSync, lstatSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { UsageError } from "./errors.ts";
import { validity } from "./measure/audit.ts";
import { timerFloorMs } from "./measure/latency.ts";
import { load, provenance } from "./provenance.ts";
import type { Check, Result } from "./result.ts";

/** The fields that the results of all benchmarks share. */
export type RunFields = Pick<
  Result,
  | "schema_version"
  | "complete"
  | "started_at"
  | "ended_at"
  | "seed"
  | "options"
  | "machine"
  | "versions"
  | "validity"
  | "audit"
>;

/** A run that has begun: says, whenever it is asked, what its result has to tell of it. */
export interface Run {
  fields(audit: readonly Check[], complete: boolean): RunFields;
}

/** Begins a run. Throws a `UsageError` when its result could not be written to `options.output`. */
export async function startRun(options: {
  output: string;
  seed: number;
  [name: string]: unknown;
}): Promise<Run> {
  claim(options.output);
  const started_at = new Date().toISOString();
  const loadBefore = load();
  const floor = await timerFloorMs();
  return {
    fields: (audit, complete) => ({
      schema_version: 1,
      complete,
      started_at,
      ended_at: new Date().toISOString(),
      seed: options.seed,
      options: JSON.parse(JSON.stringify(options)),
      ...provenance(floor, loadBefore),
      validity: validity(audit),
      audit: [...audit],
    }),
  };
}

/** Makes sure that a file can be written there. Throws a `UsageError`. */
export function claim(path: string): void {
  tryToWrite(path, () => {
    probe(dirname(path));
    if (existsSync(path) && !lstatSync(path).isFile()) throw new TypeError("it is there and no regular file");
  });
}

/** Makes sure that files can be written into a folder. Throws a `UsageError`. */
export function claimFolder(path: string): void {
  tryToWrite(path, () => probe(path));
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
