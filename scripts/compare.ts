/** Is this revision slower than another one, or one result than another? */
import { z } from "zod";
import { runScript } from "../lib/command.ts";
import { keepAlike } from "../lib/compare/alike.ts";
import { renderChanges } from "../lib/compare/changes_table.ts";
import { measureDuet } from "../lib/compare/duet.ts";
import { compareFiles } from "../lib/compare/files.ts";
import { openPair, openRevisions, pairOptions, readPair, type Sides } from "../lib/compare/sides.ts";
import { type Change, changesExitCode, isDecided, judgeRounds } from "../lib/compare/verdict.ts";
import { UsageError } from "../lib/errors.ts";
import { commonOptions } from "../lib/options.ts";
import { toLine } from "../lib/report/columns.ts";
import { openProgress } from "../lib/report/progress.ts";

const name = "compare";
const question =
  "Is this revision slower than another one (--base REVISION -- BENCHMARK FLAGS), or one result than another (BASE.json THIS.json)?";
const { seed, json, strict, verbose } = commonOptions(name);
const options = z.strictObject({
  base: z.string().min(1).optional().describe("the revision to compare with, such as origin/main"),
  margin: z.number().positive().max(100).default(2).describe("change that is none, in percent"),
  budget: z
    .number()
    .positive()
    .max(86_400)
    .default(60)
    .describe("seconds after which nothing more is measured"),
  force: z.boolean().default(false).describe("compare ratios between runtimes of different machines"),
  ...pairOptions,
  ...{ seed, json, strict, verbose },
});

/** As many as a benchmark takes; the comparison ends it before. */
const mostRounds = 200;

await runScript({ name, question, options, args: "[...args]" }, async (given, signal, args) => {
  const { base, margin, seed, budget } = given;
  await using opened = new AsyncDisposableStack();
  const inTurns = async ({ untouched, ...sides }: Sides): Promise<Change[]> => {
    using progress = openProgress(budget, given);
    const startMs = performance.now();
    let changes: Change[] = [];
    let unlike: string[] = [];
    await measureDuet({
      ...{ ...sides, signal },
      flags: [...sides.flags, "--rounds", `${mostRounds}`, "--seed", `${seed}`],
      isEnough(before, after) {
        const alike = keepAlike(before, after);
        unlike = alike.unlike;
        changes = judgeRounds(alike.base, alike.candidate, margin, untouched);
        const seconds = (performance.now() - startMs) / 1e3;
        progress.step(
          `${changes.filter(isDecided).length} of ${changes.length} figures decided after ${seconds.toFixed(0)} s`,
        );
        return seconds > budget || changes.every(isDecided);
      },
    });
    if (unlike.length > 0)
      console.error(toLine(`Not compared, because both do not call it alike: ${unlike.join(", ")}`));
    return changes;
  };
  const pair = readPair(given);
  if (pair && base !== undefined) throw new UsageError("Cannot compare revisions and servers at once");
  const sides = pair
    ? await openPair(pair, args, opened)
    : base !== undefined && (await openRevisions(base, args, signal, opened));
  const changes = sides
    ? await inTurns(sides)
    : compareFiles(args, margin, given.force, (line) => console.error(toLine(line)));
  if (changes.length === 0)
    throw new UsageError("Cannot compare: both have no median, rate or size in common");
  console.log(
    given.json
      ? JSON.stringify(changes, null, 2)
      : renderChanges(changes, margin, { inTurns: Boolean(sides) }),
  );
  return changesExitCode(changes, given);
});
