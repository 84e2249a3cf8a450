import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MeasurementError, UsageError } from "../errors.ts";
import { type Figure, figuresOf } from "../report/figures.ts";
import { readResult } from "../result.ts";
import { lastLine } from "./worktree.ts";

/** The figures of one run, by name. */
export type Figures = ReadonlyMap<string, Figure>;

/** What a base and a candidate gave, run one after the other. */
export interface Pair {
  readonly base: Figures;
  readonly candidate: Figures;
}

export interface Duet {
  /** The roots of two checkouts. */
  readonly base: string;
  readonly candidate: string;
  /** The benchmark to run, without folder and ending, and its flags. */
  readonly script: string;
  readonly flags: readonly string[];
  readonly pairs: number;
  readonly seed: number;
  onPair(pair: number): void;
  readonly signal: AbortSignal;
}

/**
 * Runs two revisions in turns, in fresh processes, in the order ABBA, so that a drift of the machine meets both alike.
 * Throws a `UsageError` when the benchmark refuses its flags, and a `MeasurementError` when it fails.
 */
export async function runDuet(duet: Duet): Promise<Pair[]> {
  await using opened = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "duet-"));
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  const output = join(folder, "result.json");
  const pairs: Pair[] = [];
  for (let n = 0; n < duet.pairs; n++) {
    const run = (root: string) => runOnce(root, output, duet, duet.seed + n);
    if (n % 2 === 0) pairs.push({ base: await run(duet.base), candidate: await run(duet.candidate) });
    else {
      const candidate = await run(duet.candidate);
      pairs.push({ base: await run(duet.base), candidate });
    }
    duet.onPair(n);
  }
  return pairs;
}

async function runOnce(
  root: string,
  output: string,
  { script, flags, signal }: Duet,
  seed: number,
): Promise<Figures> {
  signal.throwIfAborted();
  const once = ["--rounds", "1", "--seed", `${seed}`, "--output", output];
  await using child = Bun.spawn(
    [process.execPath, "run", join(root, "scripts", `${script}.ts`), ...flags, ...once],
    {
      cwd: root,
      stdin: "ignore",
      stdout: "ignore",
      stderr: "pipe",
      // It closes what it has opened, and keeps its result, before it ends.
      signal,
      killSignal: "SIGTERM",
    },
  );
  const [said, code] = await Promise.all([new Response(child.stderr).text(), child.exited]);
  signal.throwIfAborted();
  if (code === 2) throw new UsageError(lastLine(said));
  if (code !== 0)
    throw new MeasurementError(`Cannot run ${script} of ${root}: exit code ${code}: ${lastLine(said)}`);
  return new Map(figuresOf(readResult(output)).map((figure) => [figure.name, figure]));
}
