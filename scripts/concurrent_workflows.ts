/** How many workflows a second can be submitted and finished, what does HTTP add to each, and does it scale? */
import { askedOf, judgeWorkflows } from "../lib/benchmarks/concurrent_workflows/judge.ts";
import {
  type Batch,
  batchOf,
  describeLoad,
  type Measured,
  refuseFailures,
  type Said,
  submitAlone,
  submitTogether,
} from "../lib/benchmarks/concurrent_workflows/loads.ts";
import {
  checkWorkflows,
  type Given,
  loadsIn,
  sweepWorkflows,
  workflowOptions,
} from "../lib/benchmarks/concurrent_workflows/options.ts";
import { refusing } from "../lib/bring/options.ts";
import type { Found, JobTools } from "../lib/experiment.ts";
import { openCaller } from "../lib/measure/caller.ts";
import { openRandom } from "../lib/random.ts";
import { experiment } from "../lib/run.ts";
import { openArms } from "../lib/runtimes/arms.ts";
import { fewestRounds, untilNarrow } from "../lib/stopping.ts";
import { toolkit } from "../lib/toolkit.ts";

/** More, one at a time, would take seconds. */
const mostAlone = 100;

type Job = Given & { readonly round: number };

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

  async run(job: Job, { opened, say, turn }: JobTools<Said>) {
    const { scenario, runtimes, seed, round, workflows, keep, broker } = job;
    const startMs = performance.now();
    const hosts = await openArms(runtimes, toolkit({ keep, broker }), opened);
    say({ kind: "opened", ms: performance.now() - startMs, job: "with workflows" });
    const callers = hosts.map((host) => opened.use(openCaller(host, { timeoutMs: job.timeout * 1000 })));
    const random = openRandom(seed, round);
    const tell = (measured: Measured) => {
      say(measured);
      refuseFailures(measured, runtimes);
    };
    const order = random.shuffle(scenario);
    for (const name of order) {
      await turn();
      for (const alone of await submitAlone(
        callers,
        batchOf(name, Math.min(workflows, mostAlone), job),
        random,
      ))
        tell(alone);
    }
    const many = async (kind: "together" | "sweep", load: Batch, inFlight: number) => {
      for (const [arm, caller] of random.shuffle([...callers.entries()])) {
        await turn();
        tell({ kind, arm, ...(await submitTogether(caller, load, inFlight)) });
      }
    };
    for (const name of order) await many("together", batchOf(name, workflows, job), job.concurrency);
    for (const inFlight of random.shuffle(job.sweep))
      await many("sweep", batchOf("mixed", sweepWorkflows, job), inFlight);
    for (const caller of callers) caller.conclude();
  },

  describe: ({ job, said }) => `round ${job.round + 1}: ${describeLoad(said, job.runtimes)}`,
  judge: (found, given) => judgeWorkflows(found, given),
});
