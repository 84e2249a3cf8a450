import { join } from "node:path";
import { UsageError } from "../errors.ts";
import { type Result, readResult } from "../result.ts";
import { type Benchmark, type Flags, toWords } from "./presets.ts";

/** How a benchmark ended. */
export interface Outcome {
  readonly benchmark: Benchmark;
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
  suite: ReadonlyMap<Benchmark, Flags>,
  folder: string,
  signal: AbortSignal,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const [benchmark, flags] of suite) {
    signal.throwIfAborted();
    const file = join(folder, `${benchmark}.json`);
    const started = new Date();
    const code = await runBenchmark(benchmark, [...toWords(flags), `--output=${file}`], signal);
    signal.throwIfAborted();
    const seconds = (Date.now() - started.getTime()) / 1000;
    const result = code === refused ? null : readOwn(file, started);
    outcomes.push({ benchmark, code: code === refused || result ? code : 3, seconds, file, result });
  }
  return outcomes;
}

async function runBenchmark(benchmark: Benchmark, words: readonly string[], signal: AbortSignal) {
  const script = new URL(`../../scripts/${benchmark}.ts`, import.meta.url).pathname;
  console.error(`${benchmark} ${words.join(" ")}`);
  const child = Bun.spawn([process.execPath, "run", script, ...words], {
    stdin: "ignore",
    stdout: "inherit",
    stderr: "inherit",
  });
  const stop = () => child.kill("SIGINT");
  signal.addEventListener("abort", stop, { once: true });
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
    console.error(error.message);
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
