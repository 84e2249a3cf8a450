import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { AjvJsonSchemaValidator } from "@modelcontextprotocol/client/validators/ajv";
import fc from "fast-check";
import { z } from "zod";
import { callOptions, checkNames, fillIn, readAskedCalls } from "../lib/bring/asked_calls.ts";
import { sortOut } from "../lib/bring/callable.ts";
import { makeInput } from "../lib/bring/inputs.ts";
import { UsageError } from "../lib/errors.ts";
import { readOptions } from "../lib/options.ts";
import { temporaryFolder } from "./run_script.ts";

/** A schema of an object that requires this. */
const requiring = (a: object) => ({ type: "object", properties: { a, unasked: {} }, required: ["a"] });
const made = (a: object, seed = 1) => {
  const answer = makeInput(requiring(a), seed);
  return "input" in answer ? answer.input.a : answer.why;
};

describe("an input that is made from a schema", () => {
  test.each([
    ["an integer", { type: "integer" }, 0],
    ["one from 3", { type: "integer", minimum: 3 }, 3],
    ["one over 3", { type: "integer", exclusiveMinimum: 3 }, 4],
    ["one up to -3", { type: "integer", maximum: -3 }, -3],
    ["a multiple of 7 from 8", { type: "integer", minimum: 8, multipleOf: 7 }, 14],
    ["a fraction from 0.5", { type: "number", minimum: 0.5 }, 0.5],
    ["a list", { type: "array", items: { type: "string" } }, []],
    ["a list of two or more", { type: "array", items: { type: "integer" }, minItems: 2 }, [0, 0]],
    ["an object", { type: "object", properties: { b: { type: "string" } } }, {}],
    ["one of some", { enum: ["second", "first"] }, "second"],
    ["a constant", { const: { type: "integer" } }, { type: "integer" }],
    ["what has a default", { type: "integer", default: 17 }, 17],
    ["what has an example", { type: "string", examples: ["paris"] }, "paris"],
    ["one named by reference", { $ref: "#/$defs/none" }, expect.stringMatching(/^its input schema is none/)],
  ])("is the least for %s", (_, schema, value) => {
    expect(made(schema)).toEqual(value);
  });

  test("leaves out what is not required, and looks up what is named by reference", () => {
    const schema = {
      ...requiring({ $ref: "#/$defs/name" }),
      $defs: { name: { type: "string", const: "Ada" } },
    };
    expect(makeInput(schema, 1)).toEqual({ input: { a: "Ada" } });
  });

  test.each([
    ["a pattern", { type: "string", pattern: "^[a-z]{3}-\\d{2}$" }, /^[a-z]{3}-\d{2}$/],
    ["a format", { type: "string", format: "uuid" }, /^[\da-f]{8}-/],
    ["a length", { type: "string", minLength: 5 }, /^.{5}$/],
    ["nothing", { type: "string" }, /^.$/],
    ["null as well", { type: ["null", "string"] }, /^.$/],
  ])("is the shortest of a text with %s, and the same for the same seed", (_, schema, expected) => {
    expect(made(schema)).toMatch(expected);
    expect(made(schema)).toEqual(made(schema));
    expect(new Set(Array.from({ length: 20 }, (_, seed) => made(schema, seed))).size).toBeGreaterThan(1);
  });

  test.each([
    [
      "a condition",
      { if: { required: ["c"] }, else: { required: ["b"], properties: { b: { type: "integer" } } } },
    ],
    ["what must not be", { properties: { a: { type: "integer", not: { const: 0 } } } }],
    ["what depends on another", { dependentRequired: { a: ["b"] } }],
    [
      "distinct items",
      { properties: { a: { type: "array", items: { type: "integer" }, minItems: 3, uniqueItems: true } } },
    ],
    ["all of several", { allOf: [{ required: ["c"], properties: { c: { type: "boolean" } } }] }],
  ])("heeds %s", (_, more) => {
    const schema = { type: "object", properties: { a: { type: "string" } }, required: ["a"], ...more };
    const answer = makeInput(schema, 1);
    const input = "input" in answer ? answer.input : answer.why;
    expect(new AjvJsonSchemaValidator().getValidator(schema)(input).errorMessage).toBeUndefined();
  });

  test("is one that its schema allows, or a reason is answered, whatever zod has made a schema of", () => {
    const leaf = fc.oneof(
      fc.tuple(fc.integer(), fc.nat(100)).map(([from, span]) =>
        z
          .int()
          .min(from)
          .max(from + span),
      ),
      fc.nat(30).map((length) => z.string().min(length)),
      fc.constantFrom(
        z.email(),
        z.uuid(),
        z.iso.datetime(),
        z.url(),
        z.ipv4(),
        z.boolean(),
        z.null(),
        z.enum(["x"]),
      ),
      fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((from) => z.number().min(from)),
    );
    const { tree } = fc.letrec<{ tree: z.ZodType }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 3 },
        leaf,
        fc.tuple(tie("tree"), fc.nat(3)).map(([item, length]) => z.array(item).min(length)),
        tie("tree").map((one) => one.optional()),
        fc.array(tie("tree"), { minLength: 1, maxLength: 3 }).map((all) => z.union(all)),
        fc.dictionary(fc.string(), tie("tree"), { maxKeys: 3 }).map((shape) => z.strictObject(shape)),
      ),
    }));
    fc.assert(
      fc.property(tree, fc.nat(), (one, seed) => {
        const shape = z.strictObject({ a: one });
        const answer = makeInput(z.toJSONSchema(shape, { io: "input" }), seed);
        if ("input" in answer) expect(shape.safeParse(answer.input).error?.message).toBeUndefined();
        else expect(answer.why).toStartWith("no input was found");
      }),
      { numRuns: 100 },
    );
  });

  test.each([
    ["a text", "x", "its input schema is none that can be followed: TypeError: it is no object"],
    ["what is not there", undefined, /^its input schema is none/],
    ["a type that is none", requiring({ type: "banana" }), /^its input schema is none/],
    ["a pattern that is none", requiring({ type: "string", pattern: "(" }), /^its input schema is none/],
    ["what is elsewhere", requiring({ $ref: "http://127.0.0.1:1/x.json" }), /^its input schema is none/],
    ["a draft that nobody knows", { $schema: "http://example.com/draft-99" }, /^its input schema is none/],
    [
      "a list of a billion",
      requiring({ type: "array", minItems: 1e9 }),
      /it asks for 1000000000 of something$/,
    ],
    [
      "what contains itself for ever",
      { ...requiring({ $ref: "#" }) },
      /^no input was found that its schema allows/,
    ],
    [
      "what forbids itself",
      requiring({ type: "integer", not: {} }),
      /^no input was found that its schema allows/,
    ],
    ["a list", { type: "array" }, /^no input was found that its schema allows: what it allows is no object$/],
  ])("is none of %s, with the reason in a line", (_, schema, why) => {
    const answer = makeInput(schema, 1);
    expect(answer).toEqual({ why: expect.stringMatching(why) });
    expect("why" in answer && answer.why.length).toBeLessThan(200);
  });
});

describe("calls that are asked for", () => {
  const usage = { name: "sample", question: "?", options: z.strictObject(callOptions) };
  const read = (...words: string[]) =>
    readOptions(usage, ["bun", "sample.ts", ...words])?.options ?? { call: [] };

  test("are read from flags and from a file", () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "calls.json");
    writeFileSync(path, '{"read":{"path":"/tmp"}}');
    const given = read("--call", 'echo={"message":"a=b"}', "--call", "ping={}", "--calls", path);
    expect(readAskedCalls(given)).toEqual([
      { tool: "echo", input: { message: "a=b" } },
      { tool: "ping", input: {} },
      { tool: "read", input: { path: "/tmp" } },
    ]);
  });

  test.each([
    ["echo", `"echo" is no call, write NAME='{"json":1}'`],
    ["echo=", `the input of "echo" is no JSON, write NAME='{"json":1}'`],
    ["echo={message:1}", `the input of "echo" is no JSON, write NAME='{"json":1}'`],
    ["echo=[1]", `the input of "echo" is no JSON object`],
    ["={}", `"={}" is no call, write NAME='{"json":1}'`],
  ])("are refused as %s", (word, message) => {
    const reading = () => read("--call", word);
    expect(reading).toThrow(UsageError);
    expect(reading).toThrow(new Error(`Cannot take --call: ${message}`));
  });

  test.each([
    ["no JSON", "{", /^Cannot read ".*": it is no JSON/],
    ["a list", "[]", /^Cannot take calls from ".*": all of it is no JSON object; write/],
    ["a text for an input", '{"echo":"x"}', /^Cannot take calls from ".*": echo is no JSON object; write/],
    ["a tool that a flag names too", '{"echo":{}}', /^Cannot call "echo": it is asked for twice$/],
  ])("are refused in a file of %s", (_, text, message) => {
    using folder = temporaryFolder();
    const path = join(folder.path, "calls.json");
    writeFileSync(path, text);
    const reading = () => readAskedCalls({ ...read("--call", "echo={}"), calls: path });
    expect(reading).toThrow(UsageError);
    expect(reading).toThrow(message);
  });

  test("of a tool that is not there are told the nearest", () => {
    const checking = () => checkNames("call", ["echo", "ecko\n"], ["echo", "get-sum"]);
    expect(checking).toThrow(UsageError);
    expect(checking).toThrow(`Cannot take --call: there is no tool "ecko ", the nearest is "echo"`);
    expect(() => checkNames("call", ["echo"], [])).toThrow("there are no tools");
    expect(checkNames("call", ["echo"], ["echo"])).toBeUndefined();
  });
});

describe("what a call is filled in with", () => {
  test("is its number and another id at each place", () => {
    const input = {
      id: "{{uuid}}",
      deep: [{ id: "x-{{uuid}}", n: "{{n}}", name: "call {{n}} of {{ n }}" }],
      kept: 1,
    };
    const uuid = "[\\da-f]{8}(-[\\da-f]{4}){3}-[\\da-f]{12}";
    const filled = fillIn(input, 7);
    expect(filled).toEqual({
      id: expect.stringMatching(new RegExp(`^${uuid}$`)),
      deep: [{ id: expect.stringMatching(new RegExp(`^x-${uuid}$`)), n: 7, name: "call 7 of {{ n }}" }],
      kept: 1,
    });
    const ids = JSON.stringify([filled, fillIn(input, 7)]).match(new RegExp(uuid, "g"));
    expect(new Set(ids).size).toBe(4);
  });

  test("is nothing where there is no place for it", () => {
    const input = { id: "{{other}}" };
    expect(fillIn(input, 1)).toBe(input);
  });
});

test("tools are called unasked that say they destroy nothing and reach nobody else, others are left out with the reason", () => {
  const { callable, left } = sortOut([
    { name: "reads", annotations: { readOnlyHint: true } },
    { name: "adds", annotations: { readOnlyHint: false, destructiveHint: false } },
    { name: "says nothing" },
    { name: "says that it writes", annotations: { readOnlyHint: false } },
    { name: "destroys", annotations: { destructiveHint: true } },
    { name: "fetches", annotations: { readOnlyHint: true, openWorldHint: true } },
  ]);
  expect(callable.map(({ name }) => name)).toEqual(["reads", "adds"]);
  const unsaid = "it does not say that it destroys nothing";
  expect(left).toEqual([
    { tool: "says nothing", reason: unsaid },
    { tool: "says that it writes", reason: unsaid },
    { tool: "destroys", reason: "it says that it may destroy (destructiveHint)" },
    { tool: "fetches", reason: "it says that it reaches others (openWorldHint)" },
  ]);
});
