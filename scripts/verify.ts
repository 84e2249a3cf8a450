/** Do the headlines of a result follow from what is in it? */
import { existsSync } from "node:fs";
import { z } from "zod";
import { runScript } from "../lib/command.ts";
import { UsageError } from "../lib/errors.ts";
import { toLine } from "../lib/report/columns.ts";
import { recompute } from "../lib/result/recompute.ts";
import { readResult } from "../lib/result/result.ts";

const name = "verify";
const question = "Do the figures and verdicts of results follow from the samples and rounds in them?";

/** What does not follow in a file, a sentence for each. Throws a `UsageError` where there is none. */
function faultsIn(file: string): string[] {
  try {
    return recompute(readResult(file)).map((fault) => `${file}: ${fault}`);
  } catch (error) {
    if (error instanceof UsageError && existsSync(file)) return [error.message];
    throw error;
  }
}

await runScript(
  { name, question, options: z.strictObject({}), args: "[...files]" },
  async (_given, _signal, files) => {
    if (files.length === 0) throw new UsageError("Cannot verify nothing: name the result files");
    const checked = files.map((file) => ({ file, faults: faultsIn(file) }));
    for (const { file, faults } of checked)
      for (const line of faults.length === 0 ? [`${file}: all of it follows`] : faults)
        console.log(toLine(line));
    return checked.some(({ faults }) => faults.length > 0) ? 1 : 0;
  },
);
