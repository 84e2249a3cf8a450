import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { UsageError } from "./errors.ts";

/** A result with every sample of a long run has some 20 MB. */
const maxBytes = 64 * 1024 * 1024;
const maxDepth = 32;
const longest = 200;

/** Reads a JSON file of at most 64 MiB, nested at most 32 deep. Throws a `UsageError` for any other, or none. */
export function readJson(path: string): unknown {
  const text = readText(path);
  const value = parse(path, text);
  refuseUnsafe(path, value);
  return value;
}

/** What is wrong with a file, in one line whatever the file holds. */
export function unreadable(path: string, state: string): UsageError {
  const line = `Cannot read "${path}": ${state}`.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ");
  return new UsageError(
    line.length > longest + path.length ? `${line.slice(0, longest + path.length)} …` : line,
  );
}

function readText(path: string): string {
  // Without O_NONBLOCK, opening a FIFO waits for its writer.
  const file = attempt(path, () => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK));
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) throw unreadable(path, "it is no regular file");
    if (stat.size > maxBytes)
      throw unreadable(
        path,
        `it has ${Math.ceil(stat.size / 2 ** 20)} MiB, where ${maxBytes / 2 ** 20} MiB is the most`,
      );
    return attempt(path, () => readFileSync(file, "utf8"));
  } finally {
    closeSync(file);
  }
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw unreadable(
      path,
      `it is no JSON, or not all of it (${error.message.replace("JSON Parse error: ", "")})`,
    );
  }
}

/** zod leaves out a key such as __proto__ without a word, and overflows the stack on deep nesting. */
function refuseUnsafe(path: string, value: unknown): void {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxDepth) throw unreadable(path, `it is nested more than ${maxDepth} deep`);
    const below: unknown[] = [];
    for (const item of level) {
      if (typeof item !== "object" || item === null) continue;
      if (Object.hasOwn(item, "__proto__"))
        throw unreadable(path, `it has the key "__proto__", which is reserved`);
      for (const inside of Object.values(item)) if (typeof inside === "object") below.push(inside);
    }
    level = below;
  }
}

function attempt<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw unreadable(path, error instanceof Error ? error.message : String(error));
  }
}
