import { expect, test } from "bun:test";
import { canonicalJson } from "../lib/result/canonical_json.ts";
import { faultOfHash, hashOf, sealed } from "../lib/result/comparable.ts";
import { mergeResults } from "../lib/result/merge.ts";
import { resultSchema } from "../lib/result/result.ts";
import { sampleLatency } from "./sample_results.ts";

const { options, versions, machine } = sampleLatency;
const hash = hashOf(sampleLatency);

test("is one for each value, in whatever order its keys were written", () => {
  const [one, other] = [
    { b: [1, { d: null, c: "x" }], a: true },
    { a: true, b: [1, { c: "x", d: null }] },
  ];
  expect(canonicalJson(one)).toBe('{"a":true,"b":[1,{"c":"x","d":null}]}');
  expect(canonicalJson(other)).toBe(canonicalJson(one));
});

test.each<[string, object]>([
  ["a flag that says where the result goes", { options: { ...options, output: "elsewhere.json" } }],
  ["one that says how sure it is to be", { options: { ...options, rounds: 12 } }],
  ["the load of the machine", { machine: { ...machine, load_before: 7, timer_floor_ms: 1 } }],
  ["what was found", { tables: [], criteria: [] }],
])("is the same whatever %s is", (_, change) => {
  expect(hashOf({ ...sampleLatency, ...change })).toBe(hash);
});

test.each<[string, object]>([
  ["benchmark", { benchmark: "path_ladder" }],
  ["seed", { seed: 2 }],
  ["tool", { options: { ...options, tool: ["workflow_submit"] } }],
  ["input", { options: { ...options, called: [{ tool: "echo", input: { text: "x" } }] } }],
  ["revision", { versions: { ...versions, commit: "f00" } }],
  ["dependency", { versions: { ...versions, dependencies: { mitata: "1.0.35" } } }],
  ["number of cores", { machine: { ...machine, cores: 4 } }],
])("is another one with another %s", (_, change) => {
  const changed = { ...sampleLatency, ...change };
  expect(hashOf(changed)).not.toBe(hash);
  expect(faultOfHash(changed)).toStartWith(`comparable_sha256 is ${hash.slice(0, 12)}…, and `);
  expect(faultOfHash(sealed(changed))).toBeNull();
});

test("fits what shards are merged into", () => {
  const [first, second] = ["workflow_submit", "task_submit"].map((tool) => ({
    name: `${tool}.json`,
    result: sealed({
      ...sampleLatency,
      ...{ criteria: [], options: { ...options, tool: [tool] } },
      tables: sampleLatency.tables.map((table) => ({
        ...table,
        rows: table.rows.filter(({ tool_name }) => tool_name === tool),
      })),
    }),
  }));
  if (!first || !second) throw new Error("there are two");
  const merged = mergeResults([first, second], "all.json", { force: false });
  expect(faultOfHash(resultSchema.parse(JSON.parse(JSON.stringify(merged))))).toBeNull();
  expect(merged.comparable_sha256).not.toBe(first.result.comparable_sha256);
});
