import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { figuresOf } from "../lib/result/figures.ts";
import { readResult } from "../lib/result/result.ts";
import { benchmarks } from "../lib/suite/presets.ts";

const folder = join(import.meta.dir, "..", "results", "reference");

const names = readdirSync(folder).flatMap((file) => file.match(/^(.*)\.json$/)?.[1] ?? []);

describe("the reference run", () => {
  test("has results of benchmarks that there are", () => {
    expect(names).not.toBeEmpty();
    expect(names.filter((name) => !benchmarks.includes(name))).toEqual([]);
  });

  test.each(names)("of %s is whole, valid and read by today's code", (name) => {
    const result = readResult(join(folder, `${name}.json`));
    expect(result).toMatchObject({ benchmark: name, complete: true, validity: "valid" });
    expect(figuresOf(result).length).toBeGreaterThan(0);
  });
});
