/** How do all the benchmarks come out, one after another? */
import { z } from "zod";
import { runScript } from "../lib/command.ts";
import { claimFolder } from "../lib/output_file.ts";
import { benchmarks, presetNames, suite } from "../lib/suite/presets.ts";
import { runSuite, worstCode } from "../lib/suite/run_suite.ts";
import { judgeable, shardSchema, takeShard } from "../lib/suite/shards.ts";
import { renderSuite } from "../lib/suite/suite_table.ts";

const name = "run_benchmarks";
const question = "How do all the benchmarks come out, one after another?";
const options = z.strictObject({
  preset: z.enum(presetNames).default("full").describe("how much to measure: quick, ci or full"),
  only: z.array(z.enum(benchmarks)).default([]).describe("run this benchmark only; may be repeated"),
  shard: shardSchema
    .optional()
    .describe("run a share of the tools, workloads, scenarios and tests, as in 2/5"),
  outputDir: z.string().min(1).default("results").describe("where the results go"),
  rounds: z.int().min(1).max(200).optional().describe("fresh sets of processes to measure in"),
  seed: z.int().min(0).max(0xffffffff).optional().describe("seed of every order and every input"),
  check: z.boolean().default(false).describe("exit with 1 unless every criterion is met"),
  strict: z.boolean().default(false).describe("exit with 4 when a criterion is inconclusive"),
  verbose: z.boolean().default(false).describe("say what each round found"),
});

await runScript({ name, question, options }, async (given, signal) => {
  const { preset, only, shard, outputDir, rounds, seed, check, strict, verbose } = given;
  const chosen = suite.filter((benchmark) => only.length === 0 || only.includes(benchmark.name));
  const whole = chosen.map((benchmark) => ({
    benchmark,
    flags: {
      ...{ check, strict, verbose },
      ...benchmark[preset],
      ...(rounds !== undefined && { rounds }),
      ...(seed !== undefined && { seed }),
    },
  }));
  const runs = (shard ? takeShard(whole, shard) : whole).map(judgeable);
  claimFolder(outputDir);
  for (const benchmark of chosen)
    if (!runs.some((run) => run.benchmark === benchmark))
      console.error(`${benchmark.name} has nothing to do in this shard`);

  const outcomes = await runSuite(runs, outputDir, signal);
  console.log(`\n${renderSuite(outcomes)}`);
  return worstCode(outcomes);
});
