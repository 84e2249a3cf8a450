/** What does each layer between a caller and a tool add to a call: JSON, a socket, HTTP, MCP? */

import { askedOf } from "../lib/benchmarks/path_ladder/asked.ts";
import { countBytes } from "../lib/benchmarks/path_ladder/bytes.ts";
import { climb } from "../lib/benchmarks/path_ladder/climb.ts";
import { startCold } from "../lib/benchmarks/path_ladder/cold.ts";
import { jobsOf, openAround, stepsOf } from "../lib/benchmarks/path_ladder/jobs.ts";
import { judgeLadder } from "../lib/benchmarks/path_ladder/judge.ts";
import { checkLadder, ladderOptions } from "../lib/benchmarks/path_ladder/options.ts";
import { openRung, planOf } from "../lib/benchmarks/path_ladder/plan.ts";
import { describe, type Job, type Said } from "../lib/benchmarks/path_ladder/said.ts";
import { look } from "../lib/bring/look.ts";
import { secretsOf } from "../lib/bring/place.ts";
import type { Found, JobTools } from "../lib/experiment.ts";
import { experiment } from "../lib/run.ts";
import { untilNarrow } from "../lib/stopping.ts";

await experiment(import.meta, {
  question: "What does each layer between a caller and a tool add to a call: JSON, a socket, HTTP, MCP?",
  options: ladderOptions,
  quick: { rounds: 3, warmup: 800, iterations: 20, cold: 0 },
  check: checkLadder,
  settle: look,
  process: ({ given }) => ({ env: secretsOf(given) }),
  around: openAround,
  *jobs(given, around, found: readonly Found<Job, Said>[]): Iterable<Job> {
    yield* untilNarrow(given, {
      asked: () => askedOf(found, given),
      jobs: (round, open) => jobsOf(round, open, given, around),
    });
  },
  steps: stepsOf,

  async run(job: Job, tools: JobTools<Said>) {
    if (job.kind === "cold") return startCold(job, tools);
    const { opened, say } = tools;
    const plan = await planOf(job);
    const startMs = performance.now();
    const hosts = await Promise.all(plan.rungs.map(async (rung) => opened.use(await openRung(rung))));
    say({ kind: "opened", ms: performance.now() - startMs, job: `with ${job.kind}` });
    await climb(hosts, plan, job, tools);
    if (job.round === 0 && job.kind !== "registered") await countBytes(plan, job.given, tools);
  },

  describe,
  judge: (found, given) => judgeLadder(found, given),
});
