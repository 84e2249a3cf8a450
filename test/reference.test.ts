import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { figuresOf } from "../lib/report/figures.ts";
import { readResult } from "../lib/result.ts";
import { benchmarks } from "../lib/suite/presets.ts";

const folder = join(import.meta.dir, "..", "results", "reference");

describe("the reference run", () => {
  test("has a result of each benchmark, and nothing else but its pictures", () => {
    const names = readdirSync(folder).filter((name) => name.endsWith(".json"));
    expect(names.sort()).toEqual(benchmarks.map((name) => `${name}.json`).sort());
  });

  test.each(benchmarks)("of %s is whole, valid and read by today's code", (name) => {
    const result = readResult(join(folder, `${name}.json`));
    expect(result).toMatchObject({ benchmark: name, complete: true, validity: "valid" });
    expect(figuresOf(result).length).toBeGreaterThan(0);
  });
});
