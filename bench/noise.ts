/**
 * How far does a run go astray whose cores others take too? Measures three tools beside processes that take no, 10, 20, 40
 * and 80 % of every core, and prints what a run says and how wide its intervals are. `bun bench/noise.ts [repetitions]`
 */
import { join } from "node:path";
import { openChild } from "../lib/child.ts";
import { mean } from "../lib/judge/stats.ts";
import { allowedCores, bind } from "../lib/measure/cores.ts";
import { cells } from "../lib/result/cell.ts";
import { readResult } from "../lib/result/result.ts";
import { openTemporaryFolder } from "../lib/temporary_folder.ts";

const repetitions = Number(Bun.argv[2] ?? 3);
const tools = ["queue_stats", "task_submit", "workflow_status"];
const script = join(import.meta.dir, "..", "scripts", "p2p_latency.ts");
const module = join(import.meta.dir, "busy.ts");

await using folder = await openTemporaryFolder("noise-");
const output = join(folder.path, "result.json");

for (const percent of [0, 10, 20, 40, 80]) {
  await using opened = new AsyncDisposableStack();
  for (const core of percent > 0 ? allowedCores() : []) {
    const { pid } = opened.use(await openChild(module, percent));
    // Left to themselves they make room for the run.
    bind(pid, [core]);
  }
  for (let n = 0; n < repetitions; n++) {
    const flags = [
      ...tools.flatMap((tool) => ["--tool", tool]),
      "--rounds",
      "8",
      "--brief",
      "--output",
      output,
    ];
    await using run = Bun.spawn([process.execPath, script, ...flags], {
      stdout: "ignore",
      stderr: "inherit",
    });
    if ((await run.exited) !== 0) throw new Error(`Cannot measure beside ${percent} %: p2p_latency failed`);
    const { tables, noise } = readResult(output);
    const saved = tables
      .flatMap(({ rows }) => rows)
      .flatMap((row) => cells.estimate.nullable().parse(row.improvement_percent ?? null) ?? []);
    const half = mean(saved.map(({ low, high }) => ((high ?? 0) - (low ?? 0)) / 2));
    const shown = saved.map(({ estimate }) => estimate.toFixed(1)).join(", ");
    console.log(
      `others ask for ${percent} %, took ${noise?.others_percent?.toFixed(0)} %: saves ${shown} %, each ± ${half.toFixed(1)}`,
    );
  }
}
