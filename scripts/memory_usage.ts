/** What does each runtime hold, what does a request cost, does anything leak, and what does collecting garbage do? */
import type { Measured } from "../lib/benchmarks/memory_figures.ts";
import { judgeMemory } from "../lib/benchmarks/memory_judge.ts";
import { memoryOptions, needsPeers, planJobs } from "../lib/benchmarks/memory_options.ts";
import {
  describeMemoryEvent,
  type MemoryJob,
  readMemoryEvent,
  roundModule,
} from "../lib/benchmarks/memory_usage.ts";
import { chooseTools, p2pCases } from "../lib/cases.ts";
import { exitCode, print, runScript } from "../lib/command.ts";
import { openLocalPeers } from "../lib/engines/peers/local_peers.ts";
import { openMemoryLimit } from "../lib/measure/memory_limit.ts";
import { runRounds } from "../lib/measure/rounds.ts";
import { renderMemory } from "../lib/report/memory_table.ts";
import { openProgress } from "../lib/report/progress.ts";
import { writeResult } from "../lib/result.ts";
import { startRun } from "../lib/run.ts";

const name = "memory_usage";
const question =
  "What does each runtime hold when idle, what does a request cost, does anything leak, and what does collecting do?";

await runScript({ name, question, ...memoryOptions(name) }, async (given, interrupt) => {
  const tools = chooseTools(given.tool, p2pCases);
  const run = await startRun(given);
  const measured = new Map<MemoryJob, Measured[]>();
  let jobs = planJobs(given, tools, []);
  const peered = given.test.includes("baseline") || needsPeers(tools);
  const inOrder = () => jobs.flatMap((job) => measured.get(job) ?? []);
  const judge = (complete: boolean) => judgeMemory(inOrder(), { ...given, jobs }, run, complete);
  const save = () => writeResult(given.output, judge(false));

  save();
  await using network = peered ? await openLocalPeers() : null;
  jobs = planJobs(given, tools, network?.peers.flatMap(({ multiaddrs }) => multiaddrs) ?? []);
  using limit = openMemoryLimit(given.max_memory);
  using progress = openProgress(jobs.length, given);
  const runAll = (jobs: readonly MemoryJob[], sideBySide: number) =>
    runRounds({
      module: roundModule,
      jobs,
      sideBySide,
      onEvent(index, line) {
        const event = readMemoryEvent(line);
        const job = jobs[index];
        const round = job?.round ?? 0;
        if (event.event === "ready") limit.watch(event.pid);
        else if (job) measured.set(job, [...(measured.get(job) ?? []), { round, event }]);
        progress.step(describeMemoryEvent(round, event), event.event === "ready");
      },
      save,
      signal: AbortSignal.any([interrupt, limit.signal]),
    });
  try {
    // A heap does not mind what else runs; times do.
    await runAll(
      jobs.filter(({ test }) => test !== "leak_detection"),
      1,
    );
    await runAll(
      jobs.filter(({ test }) => test === "leak_detection"),
      2,
    );
  } catch (error) {
    // What was killed at the limit may tell of its end before the limit does.
    throw limit.signal.aborted ? limit.signal.reason : error;
  }
  const result = judge(true);
  writeResult(given.output, result);
  print(result, renderMemory(result), given);
  return exitCode(result, given);
});
