import type { Case } from "../case.ts";

/** What the rows of the seed add up to. */
const groups = [
  { category: "alpha", count: 23, sum: 1123.58, mean: 48.85130434782609 },
  { category: "beta", count: 28, sum: 1427.6999999999996, mean: 50.9892857142857 },
  { category: "delta", count: 22, sum: 1336.9299999999998, mean: 60.769545454545444 },
  { category: "gamma", count: 27, sum: 1356.9599999999998, mean: 50.25777777777777 },
];

export const generalCases: readonly Case[] = [
  pure("dataset_generate", "100 rows", { size: 100 }, { row_count: 100 }),
  pure(
    "dataset_filter",
    "100 rows by a number",
    { size: 100, field: "id", op: "lt", value: 50 },
    { row_count: 50, total_count: 100 },
  ),
  pure("dataset_aggregate", "100 rows in four groups", { size: 100 }, { groups }),
  pure("text_chunk", "200 words", { size: 200 }, { chunk_count: 5 }),
  pure("text_embed_hash", "200 words into 64 dimensions", { size: 200 }, { word_count: 200 }),
  pure(
    "content_id",
    "200 words",
    { size: 200 },
    { cid: "bafkreihw5v3fn4ckbqancf53tfyhph5cnpajjeuvy2xicwwjbylozdt63a", size_bytes: 1576 },
  ),
];

/** A case of a tool that keeps no state, on the content of one seed, so that its answer is known. */
function pure(tool: string, branch: string, input: object, expect: object): Case {
  return { tool, branch, open: () => ({ prepare: () => ({ input: { ...input, seed: 7 }, expect }) }) };
}
