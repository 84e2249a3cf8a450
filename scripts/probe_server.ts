/** What does a request to my MCP server cost, and does the server start, answer and end as clients need it? */

import { amountOf, times } from "../lib/benchmarks/probe_server/amounts.ts";
import { measureCalls } from "../lib/benchmarks/probe_server/calls.ts";
import { describe } from "../lib/benchmarks/probe_server/describe.ts";
import { measureGrowth } from "../lib/benchmarks/probe_server/growth.ts";
import { judgeProbe } from "../lib/benchmarks/probe_server/judge.ts";
import { lookAt } from "../lib/benchmarks/probe_server/look.ts";
import { probeOptions, quick, usualBudget } from "../lib/benchmarks/probe_server/options.ts";
import { planRounds } from "../lib/benchmarks/probe_server/plan_rounds.ts";
import { type Job, type Said, select } from "../lib/benchmarks/probe_server/said.ts";
import { showProbe } from "../lib/benchmarks/probe_server/show.ts";
import { measureStarts } from "../lib/benchmarks/probe_server/starts.ts";
import { Command, toTarget } from "../lib/benchmarks/probe_server/target.ts";
import { readAskedCalls } from "../lib/bring/asked_calls.ts";
import { secretsOf } from "../lib/bring/place.ts";
import type { JobTools } from "../lib/experiment.ts";
import { experiment } from "../lib/run.ts";
import { prepareClient } from "../lib/runtimes/mcp/connection.ts";

await experiment(import.meta, {
  question:
    "What does a request to my MCP server cost, and does it start, answer and end as clients need it?",
  options: probeOptions,
  quick,
  args: "[-- ...command]",
  take: (given, words) => ({ ...given, command: new Command(words) }),
  check: (given) => void toTarget(given),
  around: async () => undefined,
  *jobs(given, _, found): Iterable<Job> {
    const { pin, seed, rounds, budget } = given;
    const target = toTarget(given);
    const patienceMs = amountOf(given.max_end, times) + 1_000;
    const common = {
      round: 0,
      target,
      secrets: secretsOf(given),
      asked: readAskedCalls(given),
      pin,
      seed,
      patienceMs,
      share: Math.min(1, budget / usualBudget),
      plan: null,
    };
    const startMs = performance.now();
    yield { ...common, part: "look" };
    const [{ plan } = {}] = select(found, "looked");
    if (!plan) return;
    if (target.command) yield { ...common, plan, part: "starts" };
    yield { ...common, plan, part: "growth" };
    yield* planRounds({ rounds, budget, startMs }, (round) => ({ ...common, plan, part: "calls", round }));
  },
  process: ({ secrets }) => ({ env: secrets }),
  steps: ({ rounds = 4 }) => 25 + 5 * rounds,

  async run({ plan, ...job }: Job, tools: JobTools<Said>) {
    prepareClient();
    if (!plan) return lookAt({ ...job, plan }, tools);
    if (job.part === "starts") await measureStarts({ ...job, plan }, tools);
    if (job.part === "growth") await measureGrowth({ ...job, plan }, tools);
    if (job.part === "calls") await measureCalls({ ...job, plan }, tools);
  },

  describe: ({ said }) => describe(said),
  judge: judgeProbe,
  show: showProbe,
});
