import { afterAll, expect, test } from "bun:test";
import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { UsageError } from "../lib/errors.ts";
import { readResult, writeResult } from "../lib/result.ts";
import { temporaryFolder } from "./run_script.ts";
import { sampleResults } from "./sample_results.ts";

const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());
const [latency] = sampleResults;

function file(content: string): string {
  const path = join(folder.path, "result.json");
  writeFileSync(path, content);
  return path;
}

const whole = JSON.stringify(latency);
const changed = (change: object) => JSON.stringify({ ...latency, ...change });

test.each(sampleResults)("reads what was written of $benchmark", (result) => {
  const path = join(folder.path, "written.json");
  writeResult(path, result);
  expect(readResult(path)).toEqual(result);
});

test.each<[string, string, string]>([
  ["cut off", whole.slice(0, -100), "it is no JSON, or not all of it"],
  ["empty", "", "it is no JSON, or not all of it (Unexpected EOF)"],
  ["not a result", '{"name":"package"}', "it is no result of a benchmark, benchmark does not fit: "],
  ["no more than a number", "7", "it is no result of a benchmark, the whole does not fit: "],
  ["newer", changed({ schema_version: 2 }), "schema_version is 2, and this version of the suite reads 1"],
  ["of an unknown benchmark", changed({ benchmark: "other" }), "benchmark does not fit: "],
  ["with a text for a number", changed({ seed: "1" }), "seed does not fit: Invalid input: expected number"],
  ["with a field of its own", changed({ note: "x" }), 'Unrecognized key: "note"'],
  ["with lines and escapes in a key", changed({ "a\n\u001b[31mb": 1 }), 'Unrecognized key: "a [31mb"'],
  ["nested deep", `${'{"options":'.repeat(50_000)}1${"}".repeat(50_000)}`, "it is nested more than 32 deep"],
  [
    "reaching for a prototype",
    whole.replace('"options":{', '"options":{"__proto__":{"x":1},'),
    'it has the key "__proto__"',
  ],
  ["with an infinite figure", whole.replace('"seed":1', '"seed":1e999'), "seed does not fit"],
])("refuses a file that is %s in one line", (_, content, state) => {
  const path = file(content);
  expect(() => readResult(path)).toThrow(UsageError);
  expect(() => readResult(path)).toThrow(state);
  expect(() => readResult(path)).toThrow(/^Cannot read ".*result\.json": .{1,300}$/u);
});

test("names the field inside a list", () => {
  const broken = structuredClone(latency);
  Object.assign(broken.tools[0]?.runtimes.direct ?? {}, { p50_ms: "fast" });
  expect(() => readResult(file(JSON.stringify(broken)))).toThrow(
    "tools[0].runtimes.direct.p50_ms does not fit",
  );
});

test("refuses what is no file, is too large, or waits for a writer", () => {
  expect(() => readResult(join(folder.path, "none.json"))).toThrow("no such file");
  expect(() => readResult(folder.path)).toThrow("it is no regular file");
  const fifo = join(folder.path, "fifo.json");
  Bun.spawnSync(["mkfifo", fifo]);
  expect(() => readResult(fifo)).toThrow("it is no regular file");
  const large = file("");
  truncateSync(large, 500 * 1024 * 1024);
  expect(() => readResult(large)).toThrow("it has 500 MiB, where 64 MiB is the most");
});

test("answers any text with a UsageError of one line", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.json()), (text) => {
      try {
        readResult(file(text));
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        expect(error.message).not.toMatch(/[\p{Cc}\u2028]/u);
        return;
      }
      throw new Error("it was read");
    }),
    { numRuns: 200 },
  );
});
