/** What did the benchmarks find? One page to look at, and one summary to paste. */
import { z } from "zod";
import { runScript } from "../lib/command.ts";
import { openFile } from "../lib/open_file.ts";
import { claimOutput, writeOutput } from "../lib/output_file.ts";
import { toLine } from "../lib/report/columns.ts";
import { findResults, refuseSame } from "../lib/report/find_results.ts";
import { renderPage } from "../lib/report/html/page.ts";
import { renderMarkdown } from "../lib/report/markdown.ts";
import { type Result, readResult } from "../lib/result/result.ts";
import { benchmarks } from "../lib/suite/presets.ts";

const name = "report";
const question = "What did the benchmarks find? Turns result files into one page and one summary.";
const options = z.strictObject({
  output: z.string().min(1).default("results/report.html").describe("where the page goes, as HTML"),
  markdown: z.string().min(1).default("results/report.md").describe("where the summary goes"),
  open: z.boolean().default(false).describe("open the page in the browser"),
});

await runScript(
  { name, question, options, args: "[...files]" },
  async ({ output, markdown, open }, _, files) => {
    const found = findResults(files, "results");
    refuseSame([output, markdown], found);
    for (const path of [output, markdown]) claimOutput(path);
    // Benchmarks that are not of the suite come behind those that are.
    const order = benchmarks.toReversed();
    const place = ({ result }: { result: Result }) => order.indexOf(result.benchmark);
    const reported = found
      .map((path) => ({ file: path, result: readResult(path) }))
      .sort((a, b) => place(b) - place(a));
    writeOutput(output, renderPage(reported));
    writeOutput(markdown, renderMarkdown(reported.map(({ result }) => result)));
    console.log(toLine(`${reported.map(({ file }) => file).join(", ")}: see ${output} and ${markdown}`));
    if (open) openFile(output);
    return 0;
  },
);
