/** How many workflows a second can be submitted and finished, what does HTTP add to each, and does it scale? */
import { askedOf, judgeWorkflows } from "../lib/benchmarks/concurrent_workflows/judge.ts";
import { describeLoad, type Said } from "../lib/benchmarks/concurrent_workflows/loads.ts";
import { checkWorkflows, loadsIn, workflowOptions } from "../lib/benchmarks/concurrent_workflows/options.ts";
import { type Job, runRound } from "../lib/benchmarks/concurrent_workflows/round.ts";
import { refusing } from "../lib/bring/options.ts";
import type { Found } from "../lib/experiment.ts";
import { experiment } from "../lib/run.ts";
import { fewestRounds, untilNarrow } from "../lib/stopping.ts";

await experiment(import.meta, {
  question:
    "How many workflows a second can be submitted and finished, what does HTTP add to each, and does it scale?",
  options: workflowOptions,
  quick: { rounds: 3, workflows: 30 },
  refused: refusing("it submits workflows, which are tools of this project", "all"),
  check: checkWorkflows,
  around: async () => undefined,
  *jobs(given, _, found: readonly Found<Job, Said>[]): Iterable<Job> {
    yield* untilNarrow(given, {
      asked: () => askedOf(found, given),
      *jobs(round, open) {
        const scenario = given.scenario.filter((one) => !open || open.has(one));
        yield { ...given, round, scenario, sweep: !open || open.has("sweep") ? given.sweep : [] };
      },
    });
  },
  // Not among its arguments, which ps shows; its hosts inherit it.
  process: ({ broker_token: token }) => (token ? { env: { BROKER_TOKEN: token.reveal() } } : {}),
  steps: (given) => (given.rounds ?? fewestRounds) * loadsIn(given),
  canaries: ["delay", "errors"],

  run: runRound,

  describe: ({ job, said }) => `round ${job.round + 1}: ${describeLoad(said, job.runtimes)}`,
  judge: (found, given) => judgeWorkflows(found, given),
});
