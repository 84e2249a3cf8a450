/** What does the workflow engine, which remembers 10,000 ended workflows, hold after 50,000? */
import prettyBytes from "pretty-bytes";
import { planWorkflows } from "../lib/benchmarks/concurrent_workflows/scenarios.ts";
import { openRandom } from "../lib/random.ts";
import { openInProcess } from "../lib/runtimes/direct.ts";
import { type MemoryReading, readMemory } from "../lib/runtimes/probe.ts";
import { openTools } from "../lib/toolkit.ts";

const workflows = planWorkflows("mixed", 1_000, openRandom(1));
const show = ({ heap_bytes, rss_bytes }: MemoryReading) =>
  `heap ${prettyBytes(heap_bytes, { binary: true })}, resident ${prettyBytes(rss_bytes, { binary: true })}`;

await using toolkit = await openTools();
const runtime = openInProcess(toolkit.registry);
console.log(`before: ${show(await readMemory())}`);
const readings: MemoryReading[] = [];
for (const done of [10_000, 20_000, 30_000, 40_000, 50_000]) {
  const reading = await runTo(done - 10_000, done);
  readings.push(reading);
  console.log(`after ${done} mixed workflows: ${show(reading)}`);
}
const ratio = (of: "heap_bytes" | "rss_bytes") =>
  ((readings.at(-1)?.[of] ?? 0) / (readings[0]?.[of] ?? 0)).toFixed(2);
console.log(
  `after 50,000 against 10,000: heap ${ratio("heap_bytes")} times, resident ${ratio("rss_bytes")} (at most 1.5)`,
);

async function runTo(first: number, end: number): Promise<MemoryReading> {
  for (let n = first; n < end; n++) {
    const workflow_id = `w${n}`;
    await runtime.call("workflow_submit", {
      workflow_id,
      name: "bench",
      steps: workflows[n % workflows.length],
    });
    const waiting = { workflow_id, include_steps: false, wait_ms: 20_000 };
    const { output } = await runtime.call("workflow_status", waiting);
    if (Object(output).status !== "completed")
      throw new Error(`Cannot count "${workflow_id}": it is not completed`);
  }
  return await readMemory();
}
