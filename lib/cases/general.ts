import type { Case } from "../measure/case.ts";

export const generalCases: readonly Case[] = [
  pure("dataset_generate", "100 rows", { size: 100 }, { row_count: 100 }),
  pure(
    "dataset_filter",
    "100 rows by a number",
    { size: 100, field: "id", op: "lt", value: 50 },
    { row_count: 50, total_count: 100 },
  ),
  pure("dataset_aggregate", "100 rows in four groups", { size: 100 }, {}),
  pure("text_chunk", "200 words", { size: 200 }, { chunk_count: 5 }),
  pure("text_embed_hash", "200 words into 64 dimensions", { size: 200 }, { word_count: 200 }),
  pure("content_id", "200 words", { size: 200 }, {}),
];

/** A case of a tool that keeps no state; each trial has content of its own. */
function pure(tool: string, branch: string, input: object, expect: object): Case {
  return { tool, branch, open: () => ({ prepare: (seed) => ({ input: { ...input, seed }, expect }) }) };
}
