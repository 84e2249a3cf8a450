/** How many jobs a second does the workflow engine run beside bunqueue alone, and how soon does a step follow another? */
import { QueueManager } from "bunqueue/queue";
import { z } from "zod";
import { OutcomeBook } from "../lib/benchmarks/concurrent_workflows/outcomes.ts";
import { planWorkflows } from "../lib/benchmarks/concurrent_workflows/scenarios.ts";
import { submissions } from "../lib/benchmarks/concurrent_workflows/submissions.ts";
import { Histogram } from "../lib/judge/histogram.ts";
import { figure } from "../lib/judge/scale.ts";
import { openCaller } from "../lib/measure/caller.ts";
import { sample } from "../lib/measure/sample.ts";
import { actions, type Output } from "../lib/p2p/workflows/actions.ts";
import { jobId } from "../lib/p2p/workflows/queue.ts";
import { ResultStore } from "../lib/p2p/workflows/store.ts";
import { openRandom } from "../lib/random.ts";
import { showEstimate, showTime } from "../lib/report/format.ts";
import { openInProcess } from "../lib/runtimes/direct.ts";
import { openTools } from "../lib/toolkit.ts";

const rounds = 8;
const inputs = z.record(z.string(), z.unknown());
const submitters = 10;
const workflows = planWorkflows("mixed", 1_000, openRandom(1));
const jobs = workflows.flat().length;

console.log(
  `${workflows.length} mixed workflows, ${jobs} jobs, ${submitters} submissions in flight, ${rounds} rounds:`,
);
await runEngine();
const ratios = new Map<number, number[]>([1, 4, 16].map((pullers) => [pullers, []]));
for (let round = 0; round < rounds; round++)
  for (const [pullers, percents] of ratios) {
    const [engineMs, aloneMs] =
      round % 2 === 0 ? [await runEngine(), await runBunqueue(pullers)] : await bothReversed(pullers);
    percents.push((100 * aloneMs) / engineMs);
    if (round === 0)
      console.log(
        ` engine ${perSecond(engineMs)}, bunqueue alone with ${pullers} pulling ${perSecond(aloneMs)}`,
      );
  }
for (const [pullers, percents] of ratios)
  console.log(
    ` ${showEstimate(figure("ratio", percents))} % of the jobs/s of bunqueue alone with ${pullers} pulling (at least 60)`,
  );
console.log(`idle hand-over: median ${showTime((await handOverNs()) / 1e6)} (at most 5 ms)`);

async function bothReversed(pullers: number): Promise<[number, number]> {
  const aloneMs = await runBunqueue(pullers);
  return [await runEngine(), aloneMs];
}

/** Every workflow submitted through the direct runtime and run to its end, in ms. */
async function runEngine(): Promise<number> {
  await using toolkit = await openTools();
  const runtime = openInProcess(toolkit.registry);
  const start = performance.now();
  await submitAll(async (steps, n) => {
    await runtime.call("workflow_submit", { workflow_id: `w${n}`, name: "bench", steps });
  });
  for (const n of workflows.keys()) {
    const waiting = { workflow_id: `w${n}`, include_steps: false, wait_ms: 20_000 };
    const { output } = await runtime.call("workflow_status", waiting);
    if (Object(output).status !== "completed")
      throw new Error(`Cannot count workflow ${n}: it is not completed`);
  }
  return performance.now() - start;
}

/** The same jobs with the same edges, pushed and pulled as the engine does it, with the work of their actions, in ms. */
async function runBunqueue(pullers: number): Promise<number> {
  const manager = new QueueManager();
  const closing = new AbortController();
  const done = Promise.withResolvers<void>();
  const outputs = new Map<string, Output>();
  const context = { signal: closing.signal, store: new ResultStore(1e9) };
  let left = jobs;
  const pull = async () => {
    while (!closing.signal.aborted) {
      const pulled = await manager.pullBatchWithLock("steps", 64, "bench", 60_000, 60_000, closing.signal);
      for (const { id, name, data, dependsOn } of pulled.jobs) {
        const upstream = new Map(dependsOn.flatMap((parent) => one(parent, outputs.get(parent))));
        const output = await actions.get(name)?.(inputs.parse(data), upstream, context);
        if (!output) throw new Error(`Cannot run "${name}": it is no action`);
        outputs.set(id, output);
      }
      await manager.ackBatch(
        pulled.jobs.map(({ id }) => id),
        pulled.tokens,
      );
      left -= pulled.jobs.length;
      if (left === 0) done.resolve();
    }
  };
  const start = performance.now();
  const pulling = Array.from({ length: pullers }, pull);
  await submitAll(async (steps, n) => {
    const name = (step_id: string) => jobId(`${n}-${step_id}`);
    await manager.pushFlow({
      jobs: steps.map(({ step_id, action, inputs, depends_on }) => ({
        id: name(step_id),
        queue: "steps",
        input: { name: action, data: inputs, removeOnComplete: true, dependsOn: depends_on.map(name) },
      })),
    });
  });
  await done.promise;
  const ms = performance.now() - start;
  closing.abort();
  await Promise.all(pulling);
  manager.shutdown();
  return ms;
}

function one(parent: string, output: Output | undefined): [string, Output][] {
  return output ? [[parent, output]] : [];
}

async function submitAll(
  submit: (steps: (typeof workflows)[number], n: number) => Promise<void>,
): Promise<void> {
  const left = workflows.entries();
  const submitter = async () => {
    for (const [n, steps] of left) await submit(steps, n);
  };
  await Promise.all(Array.from({ length: submitters }, submitter));
}

function perSecond(ms: number): string {
  return `${((jobs * 1e3) / ms).toFixed(0)} jobs/s`;
}

/** The median over the edges of 200 workflows, one at a time. */
async function handOverNs(): Promise<number> {
  await using toolkit = await openTools();
  const book = new OutcomeBook(0);
  using caller = openCaller(openInProcess(toolkit.registry));
  const series = await caller.open(submissions({ workflows, timeoutMs: 30_000, alone: true, book }));
  await sample(new Array(200).fill(series));
  return Histogram.parse(book.close().spans.get("hand_over")).percentile(0.5);
}
