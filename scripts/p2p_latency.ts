/** What does a call of each P2P tool cost on each runtime, and how much does the direct way save? */
import { askedOf, judgeLatency } from "../lib/benchmarks/p2p_latency/judge.ts";
import { type Given, latencyOptions, samplesOf } from "../lib/benchmarks/p2p_latency/options.ts";
import type { Job, Said } from "../lib/benchmarks/p2p_latency/tools.ts";
import { casesOf, needPeers, openCalled, openPeersFor } from "../lib/bring/called.ts";
import { look } from "../lib/bring/look.ts";
import { secretsOf } from "../lib/bring/place.ts";
import type { Found, JobTools } from "../lib/experiment.ts";
import { openCaller } from "../lib/measure/caller.ts";
import { compareAnswers } from "../lib/measure/compare_answers.ts";
import { checkPin, pinTogether } from "../lib/measure/pin.ts";
import { planVisits } from "../lib/measure/plan_visits.ts";
import { serversOf } from "../lib/measure/servers.ts";
import { visit } from "../lib/measure/visit.ts";
import { openRandom } from "../lib/random.ts";
import { experiment } from "../lib/run.ts";
import { checkArms } from "../lib/runtimes/arms.ts";
import { fewestRounds, untilNarrow } from "../lib/stopping.ts";

const perVisit = 10;
const visitsOf = (tool: string, given: Given) => Math.ceil(samplesOf(tool, given) / perVisit);

await experiment(import.meta, {
  question:
    "What does a call of each P2P tool cost directly and over HTTP, and how much does the direct way save?",
  options: latencyOptions,
  quick: { rounds: 3, iterations: 5 },
  check(given) {
    checkArms(given);
    checkPin(given);
  },
  settle: look,
  process: ({ given }) => ({ env: secretsOf(given) }),
  around: (given, opened) => openPeersFor(given, given.tool, opened),
  *jobs(given, peers, found: readonly Found<Job, Said>[]): Iterable<Job> {
    // Opening libp2p takes longer than all else, so that tools which need no peers are measured without.
    const [peerless, peered] = [false, true].map((needed) =>
      given.tool.filter((one) => needPeers(given, [one]) === needed),
    );
    yield* untilNarrow(given, {
      asked: () => askedOf(found, given),
      *jobs(round, open) {
        const wanted = (all: readonly string[] = []) => all.filter((one) => !open || open.has(one));
        const [without, withPeers] = [wanted(peerless), wanted(peered)];
        if (without.length > 0) yield { round, tools: without, bootstrap: undefined, given };
        if (withPeers.length > 0) yield { round, tools: withPeers, bootstrap: peers, given };
      },
    });
  },
  steps: (given) =>
    given.tool.reduce((sum, tool) => sum + visitsOf(tool, given), 0) * (given.rounds ?? fewestRounds),

  async run({ tools, bootstrap, round, given }: Job, { opened, say, turn, watch }: JobTools<Said>) {
    const startMs = performance.now();
    const hosts = await openCalled(given, { bootstrap }, opened);
    say({ kind: "opened", ms: performance.now() - startMs, job: bootstrap ? "with peers" : "without peers" });
    const pids = serversOf(hosts);
    watch([process.pid, ...pids], pinTogether(given.pin, pids));
    const timeoutMs = given.timeout * 1e3;
    const callers = hosts.map((host) => opened.use(openCaller(host, { timeoutMs })));
    const cases = await casesOf(given, tools);
    const random = openRandom(given.seed, round);
    await compareAnswers(callers, cases);
    const all = cases.map((testCase) => ({ testCase, samples: samplesOf(testCase.tool, given) }));
    for (const { of, ...how } of planVisits(all, { arms: callers.length, perVisit, random })) {
      await turn();
      const { tool, branch } = of.testCase;
      say({ kind: "visited", tool, branch, blocks: await visit(callers, of.testCase, how) });
    }
    for (const caller of callers) caller.conclude();
  },

  describe: ({ job, said }) =>
    `round ${job.round + 1}: ${said.kind === "visited" ? said.tool : `opened in ${said.ms.toFixed(0)} ms`}`,
  judge: (found, given) => judgeLatency(found, given),
});
