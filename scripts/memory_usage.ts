/** What does each runtime hold, what does a request cost, does anything leak, and what does collecting garbage do? */
import type { Measured } from "../lib/benchmarks/memory_figures.ts";
import { judgeMemory } from "../lib/benchmarks/memory_judge.ts";
import { memoryOptions, needsPeers, planJobs } from "../lib/benchmarks/memory_options.ts";
import { runMemoryJobs } from "../lib/benchmarks/memory_run.ts";
import { describeMemoryEvent, type MemoryJob } from "../lib/benchmarks/memory_usage.ts";
import { chooseTools, p2pCases } from "../lib/cases.ts";
import { exitCode, print, runScript } from "../lib/command.ts";
import { openLocalPeers } from "../lib/engines/peers/local_peers.ts";
import { renderMemory } from "../lib/report/memory_table.ts";
import { openProgress } from "../lib/report/progress.ts";
import { writeResult } from "../lib/result.ts";
import { startRun } from "../lib/run.ts";

const name = "memory_usage";
const question =
  "What does each runtime hold when idle, what does a request cost, does anything leak, and what does collecting do?";

await runScript({ name, question, ...memoryOptions(name) }, async (given, signal) => {
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
  using progress = openProgress(jobs.length, given);
  await runMemoryJobs({
    jobs,
    maxMemory: given.max_memory,
    onEvent(job, event) {
      if (event.event !== "ready")
        measured.set(job, [...(measured.get(job) ?? []), { round: job.round, event }]);
      progress.step(describeMemoryEvent(job.round, event), event.event === "ready");
    },
    save,
    signal,
  });
  const result = judge(true);
  writeResult(given.output, result);
  print(result, renderMemory(result), given);
  return exitCode(result, given);
});
