import { expect, test } from "bun:test";
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../lib/errors.ts";
import { claimOutput, writeOutput } from "../lib/output_file.ts";
import { temporaryFolder } from "./run_script.ts";

test("what a killed process left of a file is removed by the next that writes it, and nothing else", () => {
  using folder = temporaryFolder();
  const dead = Bun.spawnSync(["true"]).pid;
  const kept = [`a.json.${process.pid}.tmp`, `b.json.${dead}.tmp`, "a.json", "a.json.tmp"];
  for (const name of [...kept, `a.json.${dead}.tmp`, `.${dead}.tmp`])
    writeFileSync(join(folder.path, name), "");
  claimOutput(join(folder.path, "a.json"));
  expect(readdirSync(folder.path).sort()).toEqual(kept.sort());
});

test("a file takes the place of the one before at once: who reads that reads it to its end", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "a.json");
  writeOutput(path, "the first");
  const reading = openSync(path, "r");
  writeOutput(path, "another");
  expect([readFileSync(reading, "utf8"), readFileSync(path, "utf8")]).toEqual(["the first", "another"]);
  closeSync(reading);
  expect(readdirSync(folder.path)).toEqual(["a.json"]);
});

test("a file that cannot take its place is refused, and nothing is left of it", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "a.json");
  mkdirSync(join(path, "full"), { recursive: true });
  expect(() => writeOutput(path, "text")).toThrow(UsageError);
  expect(() => writeOutput(path, "text")).toThrow(`Cannot write "${path}": `);
  expect(readdirSync(folder.path)).toEqual(["a.json"]);
});
