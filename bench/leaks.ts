/**
 * Are known leaks found, at their true size, and clean tools that look leaky left alone? Every run is a process of its
 * own. `bun bench/leaks.ts [runs] [tool…]`, by default 30 runs for each leak and 20 for each clean tool; the whole
 * table takes 10 minutes.
 */
import { join } from "node:path";
import { z } from "zod";
import { openChild } from "../lib/child.ts";
import { median } from "../lib/measure/stats.ts";
import { renderColumns } from "../lib/report/table.ts";
import { cleanHabits, leaks } from "../test/leaky_tools.ts";

const calls = 1000;
const [, , given, ...only] = Bun.argv;
const chosen = (tools: object) =>
  Object.keys(tools).filter((name) => only.length === 0 || only.includes(name));
const finding = z.object({
  verdict: z.enum(["leak", "no leak", "insufficient data"]),
  bytes: z.object({ estimate: z.number() }),
  ms: z.number(),
});

const rows = [
  ["tool", "true bytes", "runtime", "leak", "no leak", "too few", "bytes per call", "within 15 %", "ms"],
];
for (const name of chosen(leaks))
  await measure(name, z.number().parse(await run("truth", name)), Number(given ?? 30));
for (const name of chosen(cleanHabits)) await measure(name, 0, Number(given ?? 20));
console.log(renderColumns(rows));

async function measure(name: string, truth: number, runs: number) {
  for (const runtime of ["direct", "http"]) {
    const findings: z.infer<typeof finding>[] = [];
    while (findings.length < runs) findings.push(finding.parse(await run(runtime, name)));
    const sizes = findings.map(({ bytes }) => bytes.estimate).sort((a, b) => a - b);
    const said = (what: string) => `${findings.filter(({ verdict }) => verdict === what).length}`;
    rows.push([
      name,
      truth.toFixed(1),
      runtime,
      `${said("leak")}/${runs}`,
      said("no leak"),
      said("insufficient data"),
      `${median(sizes).toFixed(1)} (${sizes[0]?.toFixed(1)} to ${sizes.at(-1)?.toFixed(1)})`,
      truth === 0 ? "–" : `${sizes.filter((size) => Math.abs(size / truth - 1) <= 0.15).length}/${runs}`,
      median(findings.map(({ ms }) => ms)).toFixed(0),
    ]);
    console.error(rows.at(-1)?.join("  "));
  }
}

/** Its first line is all that a run says. */
async function run(work: string, name: string): Promise<unknown> {
  await using child = await openChild(join(import.meta.dir, "leak_run.ts"), [work, name, `${calls}`]);
  return JSON.parse(child.ready);
}
