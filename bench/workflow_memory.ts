/** What does the workflow engine hold after 10,000 workflows, and after 50,000? */
import prettyBytes from "pretty-bytes";
import { planWorkflows } from "../lib/benchmarks/workflow_scenarios.ts";
import { type MemoryReading, readMemory } from "../lib/measure/memory.ts";
import { openRandom } from "../lib/random.ts";
import { openDirect } from "../lib/runtimes/direct.ts";
import { openToolkit } from "../lib/toolkit.ts";

const workflows = planWorkflows("mixed", 1_000, openRandom(1), { steps: 1, width: 1 });
const show = ({ heap_bytes, rss_bytes }: MemoryReading) =>
  `heap ${prettyBytes(heap_bytes, { binary: true })}, resident ${prettyBytes(rss_bytes, { binary: true })}`;

await using toolkit = await openToolkit();
const runtime = openDirect(toolkit.registry);
console.log(`before: ${show(await readMemory())}`);
const early = await runTo(0, 10_000);
console.log(`after 10,000 mixed workflows: ${show(early)}`);
const late = await runTo(10_000, 50_000);
console.log(`after 50,000: ${show(late)}`);
const ratio = (of: "heap_bytes" | "rss_bytes") => (late[of] / early[of]).toFixed(2);
console.log(`heap ${ratio("heap_bytes")} times as much, resident ${ratio("rss_bytes")} (at most 1.5)`);

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
