import { describe, expect, test } from "bun:test";
import { z } from "zod";
import { ToolError } from "../lib/errors.ts";
import { maxAnswerBytes } from "../lib/fields.ts";
import { generalTools } from "../lib/general/tools.ts";
import { ToolRegistry } from "../lib/registry.ts";

const tools = new ToolRegistry(generalTools);

/** Calls a tool and holds its answer against its output schema. */
async function call(name: string, input: unknown): Promise<Record<string, unknown>> {
  const tool = tools.get(name);
  return z.record(z.string(), z.unknown()).parse(tool.output.parse(await tool.call(input)));
}

async function codeOf(name: string, input: unknown): Promise<string> {
  const error = await call(name, input).then(
    () => new Error("it answered"),
    (reason) => reason,
  );
  if (error instanceof ToolError) return error.code;
  throw error;
}

const rows = [
  { id: 0, category: "alpha", value: 1 },
  { id: 1, category: "beta", value: 2 },
  { id: 2, category: "alpha", value: 6 },
];

test.each(generalTools.map(({ name }) => name))(
  "%s answers a bare call, and the same call the same way",
  async (name) => {
    const first = await call(name, {});
    expect(await call(name, {})).toEqual(first);
    expect(await call(name, { seed: 2 })).not.toEqual(first);
    expect(await call(name, { size: 0 })).not.toEqual(first);
    await call(name, { size: 10_000 });
  },
);

test("every tool is at home on http", () => {
  expect(tools.list().map(({ home, category }) => `${category} ${home}`)).toEqual(
    Array(6).fill("general http"),
  );
});

test("dataset_generate makes as many rows as asked for, numbered", async () => {
  const { rows, row_count } = await call("dataset_generate", { size: 3 });
  expect(rows).toMatchObject([{ id: 0 }, { id: 1 }, { id: 2 }]);
  expect(row_count).toBe(3);
});

test.each([
  ["value", "eq", 2, [1]],
  ["value", "ne", 2, [0, 2]],
  ["value", "lt", 2, [0]],
  ["value", "lte", 2, [0, 1]],
  ["value", "gt", 2, [2]],
  ["value", "gte", 2, [1, 2]],
  ["id", "gte", 1, [1, 2]],
  ["category", "eq", "alpha", [0, 2]],
  ["category", "gt", "alpha", [1]],
])("dataset_filter keeps rows whose %s is %s %p", async (field, op, value, kept) => {
  const answer = await call("dataset_filter", { rows, field, op, value });
  expect(answer).toEqual({
    rows: rows.filter(({ id }) => kept.includes(id)),
    row_count: kept.length,
    total_count: 3,
  });
});

test("dataset_aggregate sums and averages each category", async () => {
  expect(await call("dataset_aggregate", { rows })).toEqual({
    groups: [
      { category: "alpha", count: 2, sum: 7, mean: 3.5 },
      { category: "beta", count: 1, sum: 2, mean: 2 },
    ],
  });
});

test.each([
  ["a b c d e", 2, 0, ["a b", "c d", "e"]],
  ["a b c d e", 2, 1, ["a b", "b c", "c d", "d e"]],
  ["a  b\n", 5, 0, ["a b"]],
  [" ", 5, 0, []],
])(
  "text_chunk cuts %p into runs of %p words that share %p",
  async (text, chunk_words, overlap_words, chunks) => {
    const answer = await call("text_chunk", { text, chunk_words, overlap_words });
    expect(answer).toMatchObject({ chunks: chunks.map((text) => ({ text })), chunk_count: chunks.length });
  },
);

test.each([
  ["one word each", "a ".repeat(500_000), 1, 0],
  ["half of which they share", "任 ".repeat(500_000), 10, 5],
  ["of characters that JSON writes as six", `${"\u0001".repeat(99)} `.repeat(10_000), 10, 5],
])("text_chunk refuses a text whose chunks, %s, are too long an answer", async (_, text, chunk, overlap) => {
  const input = { text, chunk_words: chunk, overlap_words: overlap };
  await expect(tools.get("text_chunk").call(input)).rejects.toMatchObject({
    code: "invalid_input",
    message: expect.stringMatching(
      /^Cannot cut the text: its chunks take \d+ bytes, more than 6291456; make chunk_words larger or/,
    ),
  });
});

test.each([
  ["a ".repeat(150_000), 1, 0],
  ["任 ".repeat(150_000), 10, 5],
  [`${"\u0001".repeat(99)} `.repeat(5_000), 10, 5],
])("text_chunk gives chunks as long as an answer may be", async (text, chunk_words, overlap_words) => {
  const answer = await call("text_chunk", { text, chunk_words, overlap_words });
  expect(Buffer.byteLength(JSON.stringify(answer))).toBeWithin(1_500_000, maxAnswerBytes);
});

describe("text_embed_hash", () => {
  const embed = async (text: string) => {
    const { vector } = await call("text_embed_hash", { text, dimensions: 256 });
    return z.array(z.number()).parse(vector);
  };
  const dot = (a: number[], b: number[]) => a.reduce((sum, x, index) => sum + x * (b[index] ?? 0), 0);

  test("makes vectors of length 1 that are closer for texts that share words", async () => {
    const [one, near, far] = [
      await embed("the quick brown fox"),
      await embed("The quick red fox"),
      await embed("unrelated"),
    ];
    expect(dot(one, one)).toBeCloseTo(1);
    expect(dot(one, near)).toBeGreaterThan(dot(one, far));
  });

  test("hashes the UTF-8 of each word in small letters by FNV-1a", async () => {
    // Python says that the hash of "任" is 0x263f3259 and that of "word" 0x6a98e9fd.
    const { vector } = await call("text_embed_hash", { text: "任 WORD", dimensions: 16 });
    const places = z
      .array(z.number())
      .parse(vector)
      .flatMap((number, place) => (number > 0 ? [place] : []));
    expect(places).toEqual([12, 14]);
  });

  test("answers zeros for a text without words", async () => {
    expect(await embed("")).toEqual(Array(256).fill(0));
  });
});

test("content_id agrees with other implementations of CID", async () => {
  // `printf hello | ipfs add --cid-version 1 --raw-leaves -q`
  expect(await call("content_id", { text: "hello" })).toEqual({
    cid: "bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq",
    size_bytes: 5,
  });
});

const sizes = [-1, 10_001, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "1", null];
const texts = [1, null, {}, "x".repeat(1_000_001)];
const tables = [{}, "x", null, [1], [{}], [{ ...rows[0], more: 1 }], [{ ...rows[0], value: Number.NaN }]];
test.each([
  ...generalTools.flatMap(({ name }) => [
    [name, "size", sizes] as const,
    [name, "seed", [-1, 2 ** 32, 1.5, Number.NaN, "1", null]] as const,
    [name, "extra", [1]] as const,
    [name, "__proto__", [{}]] as const,
  ]),
  ...["text_chunk", "text_embed_hash", "content_id"].map((name) => [name, "text", texts] as const),
  ...["dataset_filter", "dataset_aggregate"].map((name) => [name, "rows", tables] as const),
  ["dataset_filter", "field", ["name", "__proto__", "category", 1, null]] as const,
  ["dataset_filter", "op", ["like", "__proto__", 1, null]] as const,
  ["dataset_filter", "value", ["x", Number.NaN, null, {}, "x".repeat(257)]] as const,
  ["dataset_aggregate", "field", ["category", "__proto__", null]] as const,
  ["text_chunk", "chunk_words", [0, 19, 1_001, -1, Number.NaN, "5"]] as const,
  ["text_chunk", "overlap_words", [-1, 26, 501, Number.NaN, "5"]] as const,
  ["text_embed_hash", "dimensions", [0, 4_097, -1, 1.5, Number.NaN, "5"]] as const,
])("%s refuses a bad %s", async (name, field, values) => {
  for (const value of values)
    expect(await codeOf(name, Object.fromEntries([[field, value]]))).toBe("invalid_input");
});

test.each(generalTools.map(({ name }) => name))("%s refuses what is no object", async (name) => {
  for (const input of [undefined, null, 1, "x", []]) expect(await codeOf(name, input)).toBe("invalid_input");
});
