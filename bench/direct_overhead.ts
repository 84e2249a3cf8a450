/** What does the direct runtime add to calling the handler with parsed input? */
import { measure } from "mitata";
import { z } from "zod";
import { percentile } from "../lib/judge/stats.ts";
import { defineTool, ToolRegistry } from "../lib/registry.ts";
import { openInProcess } from "../lib/runtimes/direct.ts";

const repetitions = 5;
const samples = 20_000;

const handler = async ({ task_id }: { task_id: string }) => ({ task_id });
const schema = z.strictObject({ task_id: z.string(), include_logs: z.boolean().default(false) });
const tool = defineTool({
  name: "status",
  category: "bench",
  home: "direct",
  description: "Answers the id",
  input: schema,
  output: z.strictObject({ task_id: z.string() }),
  handler,
});
const runtime = openInProcess(new ToolRegistry([tool]));
const input = { task_id: "a" };

const added: number[] = [];
for (let n = 0; n < repetitions; n++) {
  const bare = await p50(() => handler(input));
  const direct = await p50(() => runtime.call("status", input));
  added.push(direct - bare);
  console.log(`handler ${bare} ns, direct ${direct} ns`);
}
console.log(
  `direct adds ${percentile(
    added.sort((a, b) => a - b),
    0.5,
  )} ns (p50) to the handler (at most 500)`,
);

async function p50(call: () => Promise<unknown>): Promise<number> {
  const { samples: sorted } = await measure(call, {
    min_samples: samples,
    max_samples: samples,
    batch_threshold: -1,
    samples_threshold: Number.POSITIVE_INFINITY,
  });
  return percentile(sorted, 0.5);
}
