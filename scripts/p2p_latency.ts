/** What does a call of each P2P tool cost directly and over HTTP, and how much does the direct way save? */
import { z } from "zod";
import {
  describeEvent,
  judgeLatency,
  type Measured,
  readEvent,
  roundModule,
} from "../lib/benchmarks/p2p_latency.ts";
import { chooseTools, p2pCases } from "../lib/cases.ts";
import { exitCode, print, runScript } from "../lib/command.ts";
import { runRounds } from "../lib/measure/rounds.ts";
import { commonOptions } from "../lib/options.ts";
import { renderLatency } from "../lib/report/latency_table.ts";
import { openProgress } from "../lib/report/progress.ts";
import { writeResult } from "../lib/result.ts";
import { startRun } from "../lib/run.ts";

const name = "p2p_latency";
const question =
  "What does a call of each P2P tool cost directly and over HTTP, and how much does the direct way save?";
const options = {
  tool: z.array(z.string()).default([]).describe("measure this tool only; may be repeated"),
  iterations: z
    .int()
    .min(1)
    .max(100_000)
    .default(100)
    .describe("samples of each tool, on each runtime, in a round"),
  target: z.number().min(0).max(100).default(50).describe("the saving to reach, in percent"),
  samples: z.boolean().default(false).describe("keep every sample in the result"),
  ...commonOptions(name),
};

await runScript({ name, question, options, quick: { iterations: 5 } }, async (given, signal) => {
  const plan = { ...given, tools: chooseTools(given.tool, p2pCases) };
  const run = await startRun(given);
  const rounds: Measured[][] = Array.from({ length: plan.rounds }, () => []);
  const judge = (complete: boolean) => judgeLatency(rounds, plan, run, complete);

  using progress = openProgress(plan.rounds * plan.tools.length, given);
  await runRounds({
    module: roundModule,
    jobs: rounds.map((_, round) => ({
      tools: plan.tools,
      iterations: plan.iterations,
      seed: plan.seed,
      round,
    })),
    onEvent(round, line) {
      const event = readEvent(line);
      if (event.event === "measured") rounds[round]?.push(event);
      progress.step(describeEvent(round, event), event.event === "measured");
    },
    save: () => writeResult(given.output, judge(false)),
    signal,
  });
  const result = judge(true);
  writeResult(given.output, result);
  print(result, renderLatency(result), given);
  return exitCode(result, given);
});
