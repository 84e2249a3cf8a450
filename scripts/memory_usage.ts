/** What does each runtime hold, what does a request cost, does anything leak, and what does collecting garbage do? */
import { join } from "node:path";
import { measureBaseline } from "../lib/benchmarks/memory_usage/baseline.ts";
import { measureCollections } from "../lib/benchmarks/memory_usage/collections.ts";
import { judgeMemory } from "../lib/benchmarks/memory_usage/judge.ts";
import { measureLeak } from "../lib/benchmarks/memory_usage/leaks.ts";
import {
  joinsPeers,
  type MemoryJob,
  memoryOptions,
  planTurns,
  quick,
} from "../lib/benchmarks/memory_usage/plan.ts";
import { measureRequests } from "../lib/benchmarks/memory_usage/requests.ts";
import { countSaid, describe, type Said } from "../lib/benchmarks/memory_usage/said.ts";
import { jobProcess, openLogs, openSubject } from "../lib/benchmarks/memory_usage/subject.ts";
import { look } from "../lib/bring/look.ts";
import { refusing } from "../lib/bring/options.ts";
import type { JobTools } from "../lib/experiment.ts";
import { addressesOf, openLocalPeers } from "../lib/p2p/peers/local_peers.ts";
import { experiment } from "../lib/run.ts";
import { checkArms } from "../lib/runtimes/arms.ts";

await experiment(import.meta, {
  question:
    "What does each runtime hold when idle, what does a request cost, does anything leak, and what does collecting do?",
  options: memoryOptions,
  quick,
  refused: refusing("it reads the memory of servers from within, and so of those of this project alone"),
  check: (given) => checkArms(given),
  settle: look,
  async around(given, opened) {
    const peers = planTurns(given).some((turn) => joinsPeers(turn, given))
      ? opened.use(await openLocalPeers())
      : null;
    return { bootstrap: peers ? addressesOf(peers) : [], logs: await openLogs(opened) };
  },
  *jobs(given, { bootstrap, logs }): Iterable<MemoryJob> {
    for (const [n, turn] of planTurns(given).entries())
      yield {
        ...turn,
        given,
        bootstrap: joinsPeers(turn, given) ? bootstrap : [],
        logPath: join(logs, `${n}`),
      };
  },
  steps: (given) => planTurns(given).reduce((steps, turn) => steps + countSaid(turn), 0),
  // A heap does not mind what else runs; times do.
  sideBySide: ({ test }) => (test === "leak_detection" ? 2 : 1),
  process: jobProcess,
  maxMemory: ({ max_memory }) => max_memory,
  // It finds a known leak again itself.
  canaries: [],

  async run(job, tools: JobTools<Said>) {
    if (job.test === "baseline") return measureBaseline(job, tools);
    const { opened, say, guard } = tools;
    const { host, readings } = await openSubject(job, opened);
    guard(host.pid);
    say({ kind: "ready", pid: host.pid });
    if (job.test === "per_request") await measureRequests(job, host, say);
    if (job.test === "leak_detection") await measureLeak(job, host, say);
    if (job.test === "gc_impact") await measureCollections(job, host, say);
    say(readings());
  },

  describe: (found) => describe(found),
  judge: (found, given) => judgeMemory(found, given),
});
