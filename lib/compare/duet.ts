import { join } from "node:path";
import { takesTurns } from "../beside.ts";
import { type Child, hear, openChild } from "../child.ts";
import { MeasurementError, UsageError } from "../errors.ts";
import { type Result, readResult } from "../result/result.ts";
import type { SideOf, Sides } from "./sides.ts";
import { lastLine } from "./worktree.ts";

export interface Duet extends Omit<Sides, "untouched"> {
  readonly signal: AbortSignal;
  /** Told what both have found after each job that both have done; answers whether that is enough. */
  isEnough(base: Result, candidate: Result): boolean;
}

/** A script closes what it has opened, and its jobs what they have, before it ends. */
const graceMs = 10_000;

/** A turn may hold the start of a job, which must be ready within 60 s; a script that waits for one tells of it then. */
const turnMs = 75_000;

/** One of the two, and how many of its jobs are done. */
interface Side {
  readonly root: string;
  readonly output: string;
  readonly errors: string;
  readonly child: Child<number>;
  jobsDone: number;
  running: boolean;
}

/**
 * Measures both sides at the same time: the script of each runs all along, and they take turns, a visit of a tool or a
 * block of a load each, in the order ABBA, so that whatever the machine does meets both alike. Ends when it is enough, or
 * both have. Throws a `UsageError` when a script refuses its flags or is of a revision that cannot take turns, and a
 * `MeasurementError` when one fails.
 */
export async function measureDuet(duet: Duet): Promise<void> {
  const { signal, isEnough } = duet;
  await using opened = new AsyncDisposableStack();
  const [base, candidate] = [
    await openSide("base", duet.base, duet, opened),
    await openSide("candidate", duet.candidate, duet, opened),
  ];
  const stopped = Promise.withResolvers<never>();
  const stop = () => stopped.reject(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  opened.defer(() => signal.removeEventListener("abort", stop));
  stopped.promise.catch(() => {});
  let judged = 0;
  for (let n = 0; base.running || candidate.running; n++) {
    signal.throwIfAborted();
    const order = n % 2 === 0 ? [base, candidate] : [candidate, base];
    for (const side of order) if (side.running) await Promise.race([takeTurn(side), stopped.promise]);
    const done = Math.min(base.jobsDone, candidate.jobsDone);
    if (done === judged) continue;
    judged = done;
    if (isEnough(readResult(base.output), readResult(candidate.output))) return;
  }
}

async function openSide(
  name: string,
  { root, cwd, flags: own }: SideOf,
  { folder, script, flags, signal }: Duet,
  opened: AsyncDisposableStack,
): Promise<Side> {
  signal.throwIfAborted();
  if (!(await Bun.file(join(root, "lib", "beside.ts")).exists()))
    throw new UsageError(
      `Cannot compare with ${name === "base" ? "that revision" : "this one"}: it is from before revisions took turns; compare two result files`,
    );
  const [output, errors] = [join(folder, `${name}.json`), join(folder, `${name}.log`)];
  const options = {
    args: [...own, ...flags, "--output", output],
    env: takesTurns,
    cwd,
    stderrPath: errors,
    graceMs,
  };
  try {
    const child = opened.use(
      await openChild<number>(join(root, "scripts", `${script}.ts`), undefined, options),
    );
    return { root, output, errors, child, jobsDone: child.ready, running: true };
  } catch (error) {
    // It says itself, in one line, what it cannot do.
    const { exitCode } = Object(Object(error).cause);
    if (exitCode === 2) throw new UsageError(lastLine(await Bun.file(errors).text()));
    if (exitCode === 3) throw new MeasurementError(lastLine(await Bun.file(errors).text()));
    throw error;
  }
}

/** Lets a side go on until it asks for its next turn, or ends. */
async function takeTurn(side: Side): Promise<void> {
  side.child.tell("go on");
  const said = await hear(turnMs, side.child.says);
  if (!said) {
    side.child.kill();
    throw new MeasurementError(
      `Cannot measure ${side.root}: process ${side.child.pid} has not ended its turn for ${turnMs / 1e3} s`,
    );
  }
  if (!said.done) {
    side.jobsDone = said.value;
    return;
  }
  side.running = false;
  const code = await side.child.exited;
  if (code === 0) side.jobsDone = Number.POSITIVE_INFINITY;
  else {
    const why = lastLine(await Bun.file(side.errors).text());
    throw new MeasurementError(`Cannot measure ${side.root}: exit code ${code}: ${why}`);
  }
}
