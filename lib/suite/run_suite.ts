import { existsSync } from "node:fs";
import { join } from "node:path";
import { hear } from "../child.ts";
import { UsageError } from "../errors.ts";
import { openMailbox } from "../mailbox.ts";
import { toLine } from "../report/columns.ts";
import { type Result, readResult } from "../result/result.ts";
import { toWords } from "./presets.ts";
import type { Run } from "./shards.ts";

/** How a benchmark ended. */
export interface Outcome {
  readonly benchmark: string;
  /** Its exit code; 3 when it died without one. */
  readonly code: number;
  readonly seconds: number;
  readonly file: string;
  /** What it wrote; `null` when it refused to start. */
  readonly result: Result | null;
}

/**
 * Runs each benchmark as a process of its script, one after another, its output and progress on ours, and its result in
 * `folder`. One that fails does not keep the rest from running; an aborted signal does, once the process has ended.
 */
export async function runSuite(
  runs: readonly Run[],
  folder: string,
  signal: AbortSignal,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const { benchmark, flags } of runs) {
    const { name } = benchmark;
    signal.throwIfAborted();
    const file = join(folder, `${name}.json`);
    const started = new Date();
    const code = await runBenchmark(name, [...toWords(flags), `--output=${file}`], signal);
    signal.throwIfAborted();
    const seconds = (Date.now() - started.getTime()) / 1000;
    const result = code === refused || !existsSync(file) ? null : readOwn(file, started);
    outcomes.push({ benchmark: name, code: code === refused || result ? code : 3, seconds, file, result });
  }
  return outcomes;
}

/** A benchmark says every 5 s that it is there. */
const silenceMs = 30_000;

async function runBenchmark(name: string, words: readonly string[], signal: AbortSignal) {
  const script = new URL(`../../scripts/${name}.ts`, import.meta.url).pathname;
  console.error(toLine(`${name} ${words.join(" ")}`));
  const said = openMailbox<"alive">();
  const child = Bun.spawn([process.execPath, "run", script, ...words], {
    stdin: "ignore",
    stdout: "inherit",
    stderr: "inherit",
    // Its end tells the benchmark that this process has ended.
    ipc: said.put,
    onDisconnect: said.end,
  });
  const stop = () => child.kill("SIGINT");
  signal.addEventListener("abort", stop, { once: true });
  for (let next = await hear(silenceMs, said); !next?.done; next = await hear(silenceMs, said)) {
    if (next) continue;
    console.error(`Cannot go on: ${name} has given no sign of life for ${silenceMs / 1e3} s`);
    child.kill("SIGKILL");
  }
  await child.exited;
  signal.removeEventListener("abort", stop);
  return child.exitCode !== null && fromTheWorst.includes(child.exitCode) ? child.exitCode : 3;
}

/** What lies there may be of an earlier run. */
function readOwn(file: string, started: Date): Result | null {
  try {
    const result = readResult(file);
    return new Date(result.started_at) < started ? null : result;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(toLine(error.message));
    return null;
  }
}

/** Its command line was wrong, or its output cannot be written. */
const refused = 2;

/** Exit codes from the worst: not measured, refused, missed, inconclusive, fine. */
const fromTheWorst = [3, refused, 1, 4, 0];

/** The worst exit code among the outcomes. */
export function worstCode(outcomes: readonly Pick<Outcome, "code">[]): number {
  return fromTheWorst.find((code) => outcomes.some((outcome) => outcome.code === code)) ?? 0;
}
