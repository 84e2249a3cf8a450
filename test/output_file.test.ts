import { expect, test } from "bun:test";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { claimOutput } from "../lib/output_file.ts";
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
