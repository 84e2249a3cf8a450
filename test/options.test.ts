import { describe, expect, test } from "bun:test";
import { z } from "zod";
import { UsageError } from "../lib/errors.ts";
import { commonOptions, readOptions, roundOptions, someOf } from "../lib/options.ts";
import { armOptions, checkArms } from "../lib/runtimes/arms.ts";
import { runtimes } from "../lib/runtimes/runtimes.ts";

const usage = {
  name: "sample",
  question: "Does it read flags?",
  options: z.strictObject({
    tool: z.array(z.string()).default([]).describe("a tool"),
    some: someOf(["one", "two", "three"], { formerNames: { uno: "one" }, all: ["one", "two"] }),
    share: z.number().default(0.5).describe("how much"),
    iterations: z.int().min(1).default(100).describe("how many"),
    warm_up: z.string().optional().describe("how"),
    colour: z.enum(["red", "blue", "all"]).default("all").describe("which"),
    part: z
      .array(z.enum(["top", "tail"]))
      .default([])
      .describe("which parts"),
    ...roundOptions,
    ...commonOptions("sample"),
  }),
  quick: { iterations: 10 },
};
const words = (line: string) => ["bun", "sample.ts", ...line.split(" ").filter(Boolean)];
const read = (line: string) => readOptions(usage, words(line))?.options;

describe("a command line", () => {
  test.each([
    ["", { iterations: 100, precision: 5, tool: [], output: "results/sample.json", json: false }],
    ["--quick", { iterations: 10, quick: true }],
    ["--quick --iterations 5", { iterations: 5 }],
    ["--tool a --tool=b", { tool: ["a", "b"] }],
    ["--tool 007 --output 08.50", { tool: ["007"], output: "08.50" }],
    ["--warm-up x --json --check", { warm_up: "x", json: true, check: true }],
    ["--json --no-check", { json: true, check: false }],
    ["--share .25 --iterations +1e2", { share: 0.25, iterations: 100 }],
    ["--share=-1.5", { share: -1.5 }],
    ["--share -1.5", { share: -1.5 }],
    ["", { some: ["one", "two"] }],
    ["--some all", { some: ["one", "two"] }],
    ["--some uno", { some: ["one"] }],
    ["--some three --some uno --some one", { some: ["one", "three"] }],
  ])('"%s" is read', (line, expected) => {
    expect(read(line)).toMatchObject(expected);
  });

  test.each([
    ["", []],
    ["a.json --rounds 2 b.json", ["a.json", "b.json"]],
    ["007 -- --tool x", ["007", "--tool", "x"]],
    ["-- -1", ["-1"]],
  ])('"%s" has the words %j beside its flags, where they are taken', (line, args) => {
    expect(readOptions({ ...usage, args: "[...files]" }, words(line))?.args).toEqual(args);
  });

  test.each([
    ["--nope", "Cannot take --nope: there is no such flag, the nearest is --some"],
    ["--iteration 5", "Cannot take --iteration: there is no such flag, the nearest is --iterations"],
    ["--__proto__ 1", "Cannot take --__proto__: there is no such flag, the nearest is --tool"],
    ["extra", 'Cannot take the argument "extra": there are only flags'],
    ["-- extra", 'Cannot take the argument "extra": there are only flags'],
    ["--iterations", "Cannot take --iterations: its value is missing"],
    ["--iterations 0", "Cannot take --iterations: Too small: expected number to be >=1"],
    ["--rounds -1", "Cannot take --rounds: Too small: expected number to be >=1"],
    ["--iterations 1.5", "Cannot take --iterations: Invalid input: expected int, received number"],
    ["--iterations many", 'Cannot take --iterations: "many" is no number'],
    ["--iterations 0x10", 'Cannot take --iterations: "0x10" is no number'],
    ["--iterations=", 'Cannot take --iterations: "" is no number'],
    ["--iterations true", 'Cannot take --iterations: "true" is no number'],
    ["--share Infinity", 'Cannot take --share: "Infinity" is no number'],
    ["--iterations 1 --iterations 2", "Cannot take --iterations: it is given twice"],
    ["--json --json", "Cannot take --json: it is given twice"],
    ["--json=yes", "Cannot take --json: it takes no value"],
    ["--no-iterations", "Cannot take --no-iterations: there is no such flag, the nearest is --iterations"],
    ["--some thre", 'Cannot take --some: there is no "thre", the nearest is "three"'],
    ["-x", "Cannot take --x: there is no such flag, the nearest is --tool"],
    ["--output", "Cannot take --output: its value is missing"],
    ["--colour blu", 'Cannot take --colour: there is no "blu", the nearest of red, blue, all is "blue"'],
    ["--part top --part tial", 'Cannot take --part: there is no "tial", the nearest of top, tail is "tail"'],
    ["--seed 4294967296", "Cannot take --seed: Too big: expected number to be <=4294967295"],
  ])('"%s" is refused in one line', (line, message) => {
    expect(() => read(line)).toThrow(new UsageError(message));
  });
});

describe("the flags of a comparison", () => {
  const [first, second] = runtimes.map(({ name }) => name);
  const former = runtimes.find(({ formerName }) => formerName !== undefined);
  if (first === undefined || second === undefined || !former?.formerName)
    throw new Error("there are two runtimes, and one had another name");
  const options = z.strictObject(armOptions([first, second], second, ["both"]));
  const read = (line: string) => readOptions({ name: "sample", question: "", options }, words(line))?.options;
  const arm = (runtime: string, name = runtime) => ({ name, runtime });

  test.each([
    ["", [arm(first), arm(second)], second],
    [`--runtimes ${first} --reference ${first}`, [arm(first)], first],
    [`--runtimes both,${second}`, [arm("both"), arm(second)], second],
    [`--runtimes ${former.formerName}`, [arm(former.name)], second],
    [
      `--runtimes ${first},${second},${first},${first}`,
      [arm(first), arm(second), arm(first, `${first} (2)`), arm(first, `${first} (3)`)],
      second,
    ],
  ])('"%s" names the arms, each differently, and what they are held against', (line, arms, reference) => {
    expect(read(line)).toEqual({ runtimes: arms, reference });
  });

  test.each([`--runtimes ${first}x`, `--runtimes ${first},`, `--reference ${second}x`])(
    '"%s" is told the nearest',
    (line) => {
      expect(() => read(line)).toThrow(/^Cannot take --\w+: there is no "\w*", the nearest is "\w+"$/);
    },
  );

  test("a reference is one of several runtimes; one alone is held against nothing", () => {
    expect(() => checkArms({ runtimes: [arm(first), arm("both")], reference: second })).toThrow(
      new UsageError(
        `Cannot hold anything against "${second}": --runtimes are ${first},both, and --reference is one of them`,
      ),
    );
    checkArms({ runtimes: [arm(first)], reference: second });
    checkArms({ runtimes: [arm(first), arm(second)], reference: second });
  });
});
