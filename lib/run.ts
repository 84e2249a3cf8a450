import { validity } from "./measure/audit.ts";
import { timerFloorMs } from "./measure/latency.ts";
import { claimOutput } from "./output_file.ts";
import { openProvenance } from "./provenance.ts";
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
  claimOutput(options.output);
  const started_at = new Date().toISOString();
  const provenance = openProvenance(await timerFloorMs());
  return {
    fields: (audit, complete) => ({
      schema_version: 1,
      complete,
      started_at,
      ended_at: new Date().toISOString(),
      seed: options.seed,
      options: JSON.parse(JSON.stringify(options)),
      ...provenance(),
      validity: validity(audit),
      audit: [...audit],
    }),
  };
}
