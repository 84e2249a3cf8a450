/** Joins the results of shards into one result, as if one run had measured it all. */
import { z } from "zod";
import { runScript } from "../lib/command.ts";
import { claimOutput } from "../lib/output_file.ts";
import { refuseSame } from "../lib/report/find_results.ts";
import { mergeResults } from "../lib/result/merge.ts";
import { readResult, writeResult } from "../lib/result/result.ts";

const name = "merge";
const question = "Joins the results of shards into one result, as if one run had measured it all.";
const options = z.strictObject({
  output: z.string().min(1).describe("where the result goes"),
  force: z
    .boolean()
    .default(false)
    .describe("join what ran on machines of different kinds, and say so in the result"),
});

await runScript(
  { name, question, options, args: "[...files]" },
  async ({ output, force }, _signal, files) => {
    const parts = files.map((file) => ({ name: file, result: readResult(file) }));
    refuseSame([output], files);
    claimOutput(output);
    const merged = mergeResults(parts, output, { force });
    writeResult(output, merged);
    const { benchmark, validity, complete } = merged;
    console.error(`${benchmark} from ${files.length} files: ${validity}${complete ? "" : ", incomplete"}`);
    return 0;
  },
);
