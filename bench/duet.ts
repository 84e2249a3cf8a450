/**
 * How often does compare.ts call a revision slower that is the same, and one that is slower by 10 % or by 5 %? Takes the
 * number of comparisons of two equal revisions, 40 by default, and of each slower one, 20.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { UsageError } from "../lib/errors.ts";
import { median } from "../lib/judge/stats.ts";
import { figuresOf } from "../lib/result/figures.ts";
import { readResult } from "../lib/result/result.ts";

const [, , equal = "40", slower = "20"] = Bun.argv;
const tool = "workflow_submit";
const changed = "lib/p2p/workflows/tools.ts";
const line = "const { workflow, status } = await engine.submit(request);";
const flags = ["p2p_latency", "--tool", tool, "--runtimes", "direct"];

await using opened = new AsyncDisposableStack();
const folder = await mkdtemp(join(tmpdir(), "duet-bench-"));
opened.defer(() => rm(folder, { recursive: true, force: true }));
const project = join(folder, "project");
await run(["git", "clone", "--quiet", join(import.meta.dir, ".."), project], folder);
await run([process.execPath, "install", "--frozen-lockfile"], project);

const path = join(project, changed);
const source = await Bun.file(path).text();
if (source.split(line).length !== 2)
  throw new UsageError(`Cannot slow "${changed}" down: its line is not there once`);
const callNs = await directP50Ns();
console.log(`a direct ${tool} takes ${(callNs / 1e3).toFixed(0)} µs`);
await report("two copies of one revision", Number(equal));
for (const percent of [10, 5]) {
  const spin = `const until = Bun.nanoseconds() + ${Math.round((callNs * percent) / 100)}; while (Bun.nanoseconds() < until);`;
  await Bun.write(path, source.replace(line, `${spin} ${line}`));
  await report(`a revision whose tool is ${percent} % slower`, Number(slower));
}

/** Compares the last commit with the files as they are, over and over. */
async function report(what: string, comparisons: number): Promise<void> {
  const verdicts: string[] = [];
  const seconds: number[] = [];
  for (let n = 0; n < comparisons; n++) {
    const start = performance.now();
    const own = ["--base", "HEAD", "--seed", `${1000 * n + 1}`, "--json", "--", ...flags];
    const text = await run([process.execPath, "run", "scripts/compare.ts", ...own], project, [0, 1]);
    seconds.push((performance.now() - start) / 1e3);
    const [change] = z
      .array(z.object({ verdict: z.string(), percent: z.object({ estimate: z.number() }) }))
      .parse(JSON.parse(text));
    verdicts.push(change?.verdict ?? "none");
    console.log(
      ` ${what}, ${n + 1}: ${verdicts.at(-1)}, ${change?.percent.estimate.toFixed(1)} %, ${seconds.at(-1)?.toFixed(0)} s`,
    );
  }
  const count = (verdict: string) => verdicts.filter((one) => one === verdict).length;
  console.log(
    `${what}: slower ${count("slower")}, faster ${count("faster")}, not slower ${count("not slower")}, inconclusive ` +
      `${count("inconclusive")} of ${comparisons}; ${median(seconds).toFixed(0)} s each (median), ${Math.max(...seconds).toFixed(0)} s at most`,
  );
}

async function directP50Ns(): Promise<number> {
  const output = join(folder, "result.json");
  const script = [process.execPath, "run", "scripts/p2p_latency.ts"];
  await run([...script, ...flags.slice(1), "--rounds", "10", "--output", output], project);
  const figure = figuresOf(readResult(output)).find(({ name }) => name.endsWith(`/${tool}/direct/p50_ms`));
  if (!figure) throw new RangeError(`Cannot find the median of "${tool}": the result has none`);
  return figure.value * 1e6;
}

/** What a command prints. Throws when it ends with another code. */
async function run(command: readonly string[], cwd: string, codes = [0]): Promise<string> {
  await using child = Bun.spawn([...command], { cwd, stdin: "ignore", stdout: "pipe", stderr: "inherit" });
  const [text, code] = await Promise.all([new Response(child.stdout).text(), child.exited]);
  if (!codes.includes(code)) throw new Error(`Cannot run "${command.join(" ")}": it ended with code ${code}`);
  return text;
}
