import { basename } from "node:path";
import type { Experiment } from "./experiment.ts";
import { doJob, isForJob } from "./job.ts";
import type { CommonOptions } from "./options.ts";

/**
 * Runs the script of `meta` as an experiment: reads the command line, starts the script again as a fresh process for
 * each job, shows how far it is, keeps the result after each job, judges, prints, and ends with the right exit code.
 */
export async function experiment<Given extends CommonOptions, Around, Job, Said>(
  meta: ImportMeta,
  spec: Experiment<Given, Around, Job, Said>,
): Promise<void> {
  if (isForJob()) return doJob(spec.run, spec.canaries ?? ["delay"]);
  // The process of a job does without what only the run needs, which takes 200 ms to load.
  const { conduct } = await import("./conduct.ts");
  await conduct(basename(meta.path, ".ts"), meta.path, spec);
}
