/** How often does compare.ts call a revision slower that is the same, and one that is slower by 10 %? */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { UsageError } from "../lib/errors.ts";
import { median } from "../lib/measure/stats.ts";
import { p2pLatency } from "../lib/results/p2p_latency.ts";

const comparisons = Number(Bun.argv[2] ?? 20);
const slowdown = 0.1;
const tool = "workflow_submit";
const changed = "lib/tools/workflow.ts";
const line = "const { workflow, status } = await engine.submit(request);";

await using opened = new AsyncDisposableStack();
const folder = await mkdtemp(join(tmpdir(), "duet-bench-"));
opened.defer(() => rm(folder, { recursive: true, force: true }));
const project = join(folder, "project");
await run(["git", "clone", "--quiet", join(import.meta.dir, ".."), project], folder);
await run([process.execPath, "install", "--frozen-lockfile"], project);

const spinNs = Math.round((await directP50Ns()) * slowdown);
console.log(
  `a direct ${tool} takes ${(spinNs / slowdown / 1e3).toFixed(0)} µs; 10 % of it are ${(spinNs / 1e3).toFixed(1)} µs`,
);
await report("two copies of one revision");
const path = join(project, changed);
const source = await Bun.file(path).text();
if (source.split(line).length !== 2)
  throw new UsageError(`Cannot slow "${changed}" down: its line is not there once`);
await Bun.write(
  path,
  source.replace(
    line,
    `const until = Bun.nanoseconds() + ${spinNs}; while (Bun.nanoseconds() < until); ${line}`,
  ),
);
await report("a revision whose tool is 10 % slower");

/** Compares the last commit with the files as they are, over and over. */
async function report(what: string): Promise<void> {
  const verdicts: string[] = [];
  const seconds: number[] = [];
  for (let n = 0; n < comparisons; n++) {
    const start = performance.now();
    const flags = [
      "--base",
      "HEAD",
      "--seed",
      `${1000 * n + 1}`,
      "--json",
      "--",
      "p2p_latency",
      "--tool",
      tool,
    ];
    const text = await run([process.execPath, "run", "scripts/compare.ts", ...flags], project, [0, 1]);
    seconds.push((performance.now() - start) / 1e3);
    const changes = z.array(z.object({ name: z.string(), verdict: z.string() })).parse(JSON.parse(text));
    verdicts.push(changes.find(({ name }) => name.endsWith("direct/p50"))?.verdict ?? "none");
    const http = changes.find(({ name }) => name.endsWith("http/p50"))?.verdict;
    console.log(
      ` ${what}, ${n + 1}: direct ${verdicts.at(-1)}, http ${http}, ${seconds.at(-1)?.toFixed(0)} s`,
    );
  }
  const slower = verdicts.filter((verdict) => verdict === "slower").length;
  console.log(
    `${what}: direct called slower in ${slower} of ${comparisons}, ${median(seconds).toFixed(0)} s each (median), ${Math.max(...seconds).toFixed(0)} s at most`,
  );
}

async function directP50Ns(): Promise<number> {
  const output = join(folder, "result.json");
  await run(
    [process.execPath, "run", "scripts/p2p_latency.ts", "--tool", tool, "--rounds", "10", "--output", output],
    project,
  );
  const { tools } = p2pLatency.parse(await Bun.file(output).json());
  return median(tools.flatMap(({ per_round }) => per_round.map(({ p50_ms }) => p50_ms.direct * 1e6)));
}

/** What a command prints. Throws when it ends with another code. */
async function run(command: readonly string[], cwd: string, codes = [0]): Promise<string> {
  await using child = Bun.spawn([...command], { cwd, stdin: "ignore", stdout: "pipe", stderr: "inherit" });
  const [text, code] = await Promise.all([new Response(child.stdout).text(), child.exited]);
  if (!codes.includes(code)) throw new Error(`Cannot run "${command.join(" ")}": it ended with code ${code}`);
  return text;
}
