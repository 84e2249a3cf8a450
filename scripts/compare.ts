/** Is this revision slower than another one, or one result than another? */
import { join } from "node:path";
import { z } from "zod";
import { runScript } from "../lib/command.ts";
import { compareFiles } from "../lib/compare/files.ts";
import { compareRevisions } from "../lib/compare/revisions.ts";
import { changesExitCode } from "../lib/compare/verdict.ts";
import { openWorktree } from "../lib/compare/worktree.ts";
import { UsageError } from "../lib/errors.ts";
import { commonOptions } from "../lib/options.ts";
import { renderChanges } from "../lib/report/compare_table.ts";
import { openProgress } from "../lib/report/progress.ts";

const name = "compare";
const question =
  "Is this revision slower than another one (--base REVISION -- BENCHMARK FLAGS), or one result than another (BASE.json THIS.json)?";
const { seed, json, strict, verbose } = commonOptions(name);
const options = {
  base: z.string().min(1).optional().describe("the revision to compare with, such as origin/main"),
  pairs: z
    .int()
    .min(6)
    .max(1_000)
    .default(20)
    .describe("runs of each revision, in turns, and as many again when a figure looks slower"),
  margin: z.number().positive().max(100).default(5).describe("slowdown that is no alarm, in percent"),
  force: z.boolean().default(false).describe("compare ratios between runtimes of different machines"),
  ...{ seed, json, strict, verbose },
};

await runScript({ name, question, options, args: "[...args]" }, async (given, signal, args) => {
  const { base, pairs, margin, seed } = given;
  const duet = async (revision: string) => {
    const [script, ...flags] = args;
    if (script === undefined)
      throw new UsageError("Cannot compare revisions: name a benchmark after --, as in -- p2p_latency");
    const root = join(import.meta.dir, "..");
    await using tree = await openWorktree(root, revision, script, signal);
    using progress = openProgress(2 * pairs, given);
    const onPair = (pair: number) => progress.step(`pair ${pair + 1} of ${pairs} done`, true);
    const trees = { base: tree.path, candidate: root };
    return await compareRevisions({ ...trees, script, flags, pairs, seed, onPair, signal }, margin);
  };
  const changes = base === undefined ? compareFiles(args, margin, given.force) : await duet(base);
  if (changes.length === 0)
    throw new UsageError("Cannot compare: both have no median, rate or size in common");
  console.log(given.json ? JSON.stringify(changes, null, 2) : renderChanges(changes, margin));
  return changesExitCode(changes, given);
});
