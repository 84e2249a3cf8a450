/** If P2P tools run by direct call and general tools stay on HTTP, what does that do to latency, throughput and load? */
import { judgeComparison, type Measured } from "../lib/benchmarks/comparison_judge.ts";
import { comparisonOptions, planJobs } from "../lib/benchmarks/comparison_options.ts";
import { toLoad } from "../lib/benchmarks/load_event.ts";
import { arms, describeArmEvent, readArmEvent, roundModule } from "../lib/benchmarks/runtime_comparison.ts";
import type { SweepPoint } from "../lib/benchmarks/sweep_judge.ts";
import { exitCode, print, runScript } from "../lib/command.ts";
import { openLocalPeers } from "../lib/engines/peers/local_peers.ts";
import { runRounds } from "../lib/measure/rounds.ts";
import { renderComparison } from "../lib/report/comparison_table.ts";
import { openProgress } from "../lib/report/progress.ts";
import { writeResult } from "../lib/result.ts";
import { startRun } from "../lib/run.ts";

const name = "runtime_comparison";
const question =
  "If P2P tools run by direct call and general tools stay on HTTP, what happens to latency, throughput, CPU and memory?";

await runScript({ name, question, ...comparisonOptions(name) }, async (given, signal) => {
  const run = await startRun(given);
  const measured: Measured[] = [];
  const points: SweepPoint[] = [];
  const planned = given.rounds * arms.length * (given.workload.length + given.sweep.length);
  const judge = (complete: boolean) =>
    judgeComparison(measured, points, { ...given, planned }, run, complete);
  const save = () => writeResult(given.output, judge(false));

  save();
  await using peers = await openLocalPeers();
  const jobs = planJobs(
    given,
    peers.peers.flatMap(({ multiaddrs }) => multiaddrs),
  );
  using progress = openProgress(planned, given);
  await runRounds({
    module: roundModule,
    jobs,
    onEvent(job, line) {
      const event = readArmEvent(line);
      const round = jobs[job]?.round ?? 0;
      if (event.event === "load") measured.push({ round, event, load: toLoad(event) });
      if (event.event === "point") points.push({ ...event, round, load: toLoad(event) });
      progress.step(describeArmEvent(round, event), event.event !== "ready");
    },
    save,
    signal,
  });
  const result = judge(true);
  writeResult(given.output, result);
  print(result, renderComparison(result), given);
  return exitCode(result, given);
});
