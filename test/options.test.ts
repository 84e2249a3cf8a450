import { describe, expect, test } from "bun:test";
import { z } from "zod";
import { UsageError } from "../lib/errors.ts";
import { commonOptions, readOptions } from "../lib/options.ts";

const usage = {
  name: "sample",
  question: "Does it read flags?",
  options: {
    tool: z.array(z.string()).default([]).describe("a tool"),
    iterations: z.int().min(1).default(100).describe("how many"),
    warm_up: z.string().optional().describe("how"),
    colour: z.enum(["red", "blue", "all"]).default("all").describe("which"),
    part: z
      .array(z.enum(["top", "tail"]))
      .default([])
      .describe("which parts"),
    ...commonOptions("sample"),
  },
  quick: { iterations: 10 },
};
const words = (line: string) => ["bun", "sample.ts", ...line.split(" ").filter(Boolean)];
const read = (line: string) => readOptions(usage, words(line))?.options;

describe("a command line", () => {
  test.each([
    ["", { iterations: 100, rounds: 3, tool: [], output: "results/sample.json", json: false }],
    ["--quick", { iterations: 10, quick: true }],
    ["--quick --iterations 5", { iterations: 5 }],
    ["--tool a --tool=b", { tool: ["a", "b"] }],
    ["--tool 007 --output 08.50", { tool: ["007"], output: "08.50" }],
    ["--warm-up x --json --check", { warm_up: "x", json: true, check: true }],
  ])('"%s" is read', (line, expected) => {
    expect(read(line)).toMatchObject(expected);
  });

  test.each([
    ["", []],
    ["a.json --rounds 2 b.json", ["a.json", "b.json"]],
    ["007 -- --tool x", ["007", "--tool", "x"]],
  ])('"%s" has the words %j beside its flags, where they are taken', (line, args) => {
    expect(readOptions({ ...usage, args: "[...files]" }, words(line))?.args).toEqual(args);
  });

  test.each([
    ["--nope", "Cannot take --nope: there is no such flag, the nearest is --tool"],
    ["--iteration 5", "Cannot take --iteration: there is no such flag, the nearest is --iterations"],
    ["--__proto__ 1", "Cannot take --__proto__: there is no such flag, the nearest is --tool"],
    ["extra", 'Cannot take the argument "extra": there are only flags'],
    ["-- extra", 'Cannot take the argument "extra": there are only flags'],
    ["--iterations", "Cannot take --iterations: its value is missing"],
    ["--iterations 0", "Cannot take --iterations: Too small: expected number to be >=1"],
    ["--rounds -1", "Cannot take --rounds: Too small: expected number to be >=1"],
    ["--iterations 1.5", "Cannot take --iterations: Invalid input: expected int, received number"],
    ["--iterations many", "Cannot take --iterations: Invalid input: expected number, received string"],
    [
      "--iterations 1 --iterations 2",
      "Cannot take --iterations: Invalid input: expected number, received array",
    ],
    ["--output", "Cannot take --output: its value is missing"],
    ["--colour blu", 'Cannot take --colour: there is no "blu", the nearest of red, blue, all is "blue"'],
    ["--part top --part tial", 'Cannot take --part: there is no "tial", the nearest of top, tail is "tail"'],
    ["--seed 4294967296", "Cannot take --seed: Too big: expected number to be <=4294967295"],
  ])('"%s" is refused in one line', (line, message) => {
    expect(() => read(line)).toThrow(new UsageError(message));
  });
});
