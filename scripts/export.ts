/** Writes the figures of results in a format that other tools read. */
import { z } from "zod";
import { runScript } from "../lib/command.ts";
import { UsageError } from "../lib/errors.ts";
import { claimOutput, writeOutput } from "../lib/output_file.ts";
import { refuseSame } from "../lib/report/find_results.ts";
import { exporters, formats } from "../lib/result/export.ts";
import { readResult } from "../lib/result/result.ts";

const name = "export";
const question = "Writes the figures of results in a format that other tools read.";
const options = z.strictObject({
  export: z.enum(formats).describe("github-action-benchmark, bencher, csv or prometheus"),
  output: z.string().min(1).optional().describe("where it goes (default: stdout)"),
});

await runScript({ name, question, options, args: "[...files]" }, async (given, _signal, files) => {
  if (files.length === 0) throw new UsageError("Cannot export nothing: name the result files");
  const results = files.map(readResult);
  for (const [n, { complete, validity }] of results.entries())
    if (!complete || validity === "invalid")
      throw new UsageError(`Cannot export "${files[n]}": it is ${complete ? "invalid" : "incomplete"}`);
  const twice = results.find(
    ({ benchmark }, n) => results.findIndex((one) => one.benchmark === benchmark) < n,
  );
  if (twice)
    throw new UsageError(
      `Cannot export two results of ${twice.benchmark} at once: merge them, or export each`,
    );
  const text = exporters[given.export](results);
  if (given.output === undefined) await Bun.write(Bun.stdout, text);
  else {
    refuseSame([given.output], files);
    claimOutput(given.output);
    writeOutput(given.output, text);
  }
  return 0;
});
