import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { UsageError } from "../errors.ts";

/** A result with every sample of a long run has some 20 MB. */
const maxBytes = 64 * 1024 * 1024;
const maxDepth = 32;
const longest = 200;

/** Reads a JSON file of at most 64 MiB, nested at most 32 deep. Throws a `UsageError` for any other, or none. */
export function readJson(path: string): unknown {
  const text = readText(path);
  const value = parse(path, text);
  const keys = refuseUnsafe(path, value);
  // JSON.parse takes the last of two keys that are the same, where others may read the first.
  const written = [...text.matchAll(anyString)].filter(([, colon]) => colon !== undefined).length;
  if (keys < written) throw unreadable(path, "an object in it has a key twice");
  return value;
}

const anyString = /"(?:[^"\\]|\\.)*"(\s*:)?/g;

/** What is wrong with a file. */
export function unreadable(path: string, state: string): UsageError {
  return faulty(`Cannot read "${path}": `, state);
}

/** What is wrong, in one line whatever a file holds. */
export function faulty(what: string, state: string): UsageError {
  const line = `${what}${state}`.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ");
  const most = longest + what.length;
  return new UsageError(line.length > most ? `${line.slice(0, most)} …` : line);
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

/**
 * zod leaves out a key such as __proto__ without a word, and overflows the stack on deep nesting. Answers how many keys
 * all objects have.
 */
function refuseUnsafe(path: string, value: unknown): number {
  let keys = 0;
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxDepth) throw unreadable(path, `it is nested more than ${maxDepth} deep`);
    const below: unknown[] = [];
    for (const item of level) {
      if (typeof item !== "object" || item === null) continue;
      if (Object.hasOwn(item, "__proto__"))
        throw unreadable(path, `it has the key "__proto__", which is reserved`);
      if (!Array.isArray(item)) keys += Object.keys(item).length;
      for (const inside of Object.values(item)) if (typeof inside === "object") below.push(inside);
    }
    level = below;
  }
  return keys;
}

function attempt<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw unreadable(path, error instanceof Error ? error.message : String(error));
  }
}
