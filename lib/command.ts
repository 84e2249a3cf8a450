import type { z } from "zod";
import { MeasurementError, UsageError } from "./errors.ts";
import { readOptions, type Usage } from "./options.ts";
import type { Result } from "./result.ts";

/**
 * Runs a script: reads its command line, calls `body`, and ends the process with the code that it answers.
 * The user's fault is one line and code 2; a measurement that failed is one line and code 3; a fault of ours is its
 * stack and code 3. Ctrl-C and SIGTERM abort the signal, and the code is 130 when `body` gave up for it.
 */
export async function runScript<Shape extends z.ZodRawShape>(
  usage: Usage<Shape>,
  body: (
    options: z.output<z.ZodObject<Shape>>,
    signal: AbortSignal,
    args: readonly string[],
  ) => Promise<number>,
): Promise<never> {
  const interrupt = new AbortController();
  process.on("SIGINT", () => interrupt.abort());
  process.on("SIGTERM", () => interrupt.abort());
  try {
    const given = readOptions(usage, Bun.argv);
    process.exit(given === undefined ? 0 : await body(given.options, interrupt.signal, given.args));
  } catch (error) {
    if (interrupt.signal.aborted) return end("Interrupted", 130);
    if (error instanceof UsageError) return end(error.message, 2);
    if (error instanceof MeasurementError) return end(error.message, 3);
    console.error(error);
    process.exit(3);
  }
}

/** Prints a result: as JSON when that was asked for, else in words. */
export function print(result: Result, words: string, { json }: { json: boolean }): void {
  console.log(json ? JSON.stringify(result, null, 2) : words);
}

function end(message: string, code: number): never {
  console.error(message);
  process.exit(code);
}

/** What a finished result makes of the exit code. */
export function exitCode(
  { validity, criteria }: Result,
  { check, strict }: { check: boolean; strict: boolean },
): number {
  const has = (status: string) => criteria.some((criterion) => criterion.status === status);
  const unsure = has("inconclusive") || validity === "suspect" || criteria.length === 0;
  if (validity === "invalid") return 3;
  if (check && has("missed")) return 1;
  if (strict && unsure) return 4;
  return check && unsure ? 1 : 0;
}
