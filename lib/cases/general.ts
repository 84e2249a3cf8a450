import type { Case } from "../measure/latency.ts";

export const generalCases: readonly Case[] = [
  {
    tool: "dataset_generate",
    branch: "100 rows",
    prepare: (_, seed) => ({ input: { size: 100, seed }, expect: { row_count: 100 } }),
  },
  {
    tool: "dataset_filter",
    branch: "of 100 rows, by a number",
    prepare: (_, seed) => ({
      input: { size: 100, seed, field: "id", op: "lt", value: 50 },
      expect: { row_count: 50, total_count: 100 },
    }),
  },
  {
    tool: "dataset_aggregate",
    branch: "of 100 rows",
    prepare: (_, seed) => ({ input: { size: 100, seed }, expect: {} }),
  },
  {
    tool: "text_chunk",
    branch: "of 200 words",
    prepare: (_, seed) => ({ input: { size: 200, seed }, expect: { chunk_count: 5 } }),
  },
  {
    tool: "text_embed_hash",
    branch: "of 200 words into 64 dimensions",
    prepare: (_, seed) => ({ input: { size: 200, seed }, expect: { word_count: 200 } }),
  },
  {
    tool: "content_id",
    branch: "of 200 words",
    prepare: (_, seed) => ({ input: { size: 200, seed }, expect: {} }),
  },
];
