/** How many workflows a second can be submitted and finished, what does HTTP add to each, and does it scale? */
import {
  describeWorkflowEvent,
  type Measured,
  readWorkflowEvent,
  roundModule,
} from "../lib/benchmarks/concurrent_workflows.ts";
import { judgeWorkflows } from "../lib/benchmarks/workflow_judge.ts";
import { countParts, planWorkflowJobs, workflowOptions } from "../lib/benchmarks/workflow_options.ts";
import { exitCode, print, runScript } from "../lib/command.ts";
import { runRounds } from "../lib/measure/rounds.ts";
import { openProgress } from "../lib/report/progress.ts";
import { renderWorkflows } from "../lib/report/workflow_table.ts";
import { writeResult } from "../lib/result.ts";
import { startRun } from "../lib/run.ts";

const name = "concurrent_workflows";
const question =
  "How many workflows a second can be submitted and finished, what does HTTP add to each, and does it scale?";

await runScript({ name, question, ...workflowOptions(name) }, async (given, signal) => {
  const jobs = planWorkflowJobs(given);
  const token = given.broker_token?.reveal();
  if (given.broker !== undefined) {
    const { checkBroker } = await import("../lib/engines/broker/broker.ts");
    await checkBroker(given.broker, given.broker_token);
  }
  const run = await startRun(given);
  const measured: Measured[] = [];
  const planned = countParts(jobs);
  const judge = (complete: boolean) => judgeWorkflows(measured, { ...given, planned }, run, complete);

  using progress = openProgress(planned, given);
  await runRounds({
    module: roundModule,
    jobs,
    ...(token !== undefined && { env: { BROKER_TOKEN: token } }),
    onEvent(job, line) {
      const event = readWorkflowEvent(line);
      const round = jobs[job]?.round ?? 0;
      if (event.event !== "ready") measured.push({ round, event });
      progress.step(describeWorkflowEvent(round, event), event.event !== "ready");
    },
    save: () => writeResult(given.output, judge(false)),
    signal,
  });
  const result = judge(true);
  writeResult(given.output, result);
  print(result, renderWorkflows(result), given);
  return exitCode(result, given);
});
