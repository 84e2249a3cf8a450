import { setImmediate } from "node:timers/promises";
import { isBeside } from "./beside.ts";
import { MeasurementError, ToolError, UsageError } from "./errors.ts";
import type { Criterion } from "./judge/shapes.ts";
import { readOptions, type Usage } from "./options.ts";
import { toLine } from "./report/columns.ts";
import { renderAnswers, renderResult } from "./report/terminal.ts";
import type { Result } from "./result/result.ts";
import { hideSecrets } from "./secret.ts";

/** How often a script says that it is there to one that has started it. */
const aliveMs = 5_000;

/**
 * Runs a script: reads its command line, calls `body`, and ends the process with the code that it answers.
 * The user's fault is one line and code 2; a measurement that failed is one line and code 3; a fault of ours is its
 * stack and code 3. Ctrl-C and SIGTERM abort the signal, and the code is 130 when `body` gave up for it.
 */
export async function runScript<Options>(
  usage: Usage<Options>,
  body: (options: Options, signal: AbortSignal, args: readonly string[]) => Promise<number>,
): Promise<never> {
  const interrupt = new AbortController();
  process.on("SIGINT", () => interrupt.abort());
  process.on("SIGTERM", () => interrupt.abort());
  // A script that another one has started ends with it, however that ended.
  if (process.send) process.on("disconnect", () => interrupt.abort());
  if (process.send && !isBeside())
    setInterval(() => process.connected && process.send?.("alive"), aliveMs).unref();
  const fail = (error: unknown): never => {
    if (interrupt.signal.aborted) return process.send ? process.exit(130) : end("Interrupted", 130);
    if (error instanceof UsageError) return end(error.message, 2);
    if (error instanceof MeasurementError || error instanceof ToolError) return end(error.message, 3);
    console.error(error);
    process.exit(3);
  };
  // By itself it would be code 1, which is a criterion that was missed.
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", fail);
  try {
    const given = readOptions(usage, Bun.argv);
    process.exit(given === undefined ? 0 : await body(given.options, interrupt.signal, given.args));
  } catch (error) {
    // A signal waits for the next turn, while the death that it brought to a child is seen at once.
    await setImmediate();
    return fail(error);
  }
}

/** Prints a result: as JSON when that was asked for, else as `show` has it, or in few words. Throws a `MeasurementError` when nobody gets it whole. */
export async function print(
  result: Result,
  { json, brief }: { json: boolean; brief: boolean },
  show = renderResult,
): Promise<void> {
  const text = json ? JSON.stringify(result, null, 2) : brief ? renderAnswers(result) : show(result);
  try {
    // console.log says nothing when the disk that it is sent to is full.
    await Bun.write(Bun.stdout, `${text}\n`);
  } catch (error) {
    // Who reads no further has what they wanted.
    if (Object(error).code === "EPIPE") return;
    throw new MeasurementError(`Cannot print the result: ${Object(error).code}`, { cause: error });
  }
}

function end(message: string, code: number): never {
  console.error(toLine(hideSecrets(message)));
  process.exit(code);
}

/** What a finished result makes of the exit code. */
export function exitCode(
  {
    validity,
    criteria,
  }: Pick<Result, "validity"> & { readonly criteria: readonly Pick<Criterion, "status">[] },
  { check, strict }: { check: boolean; strict: boolean },
): number {
  const has = (status: string) => criteria.some((criterion) => criterion.status === status);
  const unsure = has("inconclusive") || validity === "suspect" || criteria.length === 0;
  if (validity === "invalid") return 3;
  if (check && has("missed")) return 1;
  if (strict && unsure) return 4;
  return check && unsure ? 1 : 0;
}
