import { CID } from "multiformats/cid";
import * as raw from "multiformats/codecs/raw";
import { sha256 } from "multiformats/hashes/sha2";
import { z } from "zod";
import { ToolError } from "../errors.ts";
import { maxAnswerBytes } from "../fields.ts";
import { openRandom } from "../random.ts";
import { defineTool, reading, type Tool } from "../registry.ts";

const maxSize = 10_000;
/** Of the JSON of a chunk, beside its words. */
const chunkBytes = 36;
const place = { category: "general", home: "http" } as const;
const categories = ["alpha", "beta", "gamma", "delta"] as const;
const comparisons = {
  eq: (order: number) => order === 0,
  ne: (order: number) => order !== 0,
  lt: (order: number) => order < 0,
  lte: (order: number) => order <= 0,
  gt: (order: number) => order > 0,
  gte: (order: number) => order >= 0,
};

const count = z.int().min(0);
const row = z.strictObject({
  id: count,
  category: z.enum(categories),
  value: z.number().min(-1e9).max(1e9),
});
const rows = z.array(row).max(maxSize);
const size = z.int().min(0).max(maxSize);
const seed = z.int().min(0).max(0xffff_ffff).default(1).describe("the same seed makes the same content");
const table = {
  rows: rows.optional().describe("the table; without it one is generated"),
  size: size.default(100).describe("rows to generate"),
  seed,
};
const document = {
  text: z.string().max(1_000_000).optional().describe("the text; without it one is generated"),
  size: size.default(200).describe("words to generate"),
  seed,
};

/** Work on the processor alone: the same input gives the same answer everywhere. */
export const generalTools: readonly Tool[] = [
  defineTool({
    ...place,
    name: "dataset_generate",
    description: "Makes a table of rows from a seed",
    annotations: reading,
    input: z.strictObject({ size: table.size, seed }),
    output: z.strictObject({ rows, row_count: count }),
    handler: (input) => answerRows(rowsOf(input)),
  }),
  defineTool({
    ...place,
    name: "dataset_filter",
    description: "Keeps the rows whose field compares so to a value",
    annotations: reading,
    input: z.strictObject({
      ...table,
      field: row.keyof().default("value").describe("what to compare"),
      op: z.enum(["eq", "ne", "lt", "lte", "gt", "gte"]).default("gte").describe("how"),
      value: z
        .union([z.number(), z.string().max(256)])
        .default(50)
        .describe("to what: text for category, else a number"),
    }),
    output: z.strictObject({ rows, row_count: count, total_count: count }),
    handler({ field, op, value, ...input }) {
      if ((typeof value === "string") !== (field === "category"))
        throw new ToolError("invalid_input", `Cannot compare "${field}": value has another type`);
      const all = rowsOf(input);
      const kept = all.filter((row) => comparisons[op](row[field] < value ? -1 : row[field] > value ? 1 : 0));
      return { ...answerRows(kept), total_count: all.length };
    },
  }),
  defineTool({
    ...place,
    name: "dataset_aggregate",
    description: "Sums and averages a field of the rows of each category",
    annotations: reading,
    input: z.strictObject({
      ...table,
      field: z.enum(["id", "value"]).default("value").describe("what to sum"),
    }),
    output: z.strictObject({
      groups: z.array(z.strictObject({ category: z.string(), count, sum: z.number(), mean: z.number() })),
    }),
    handler({ field, ...input }) {
      const groups = [...Map.groupBy(rowsOf(input), ({ category }) => category)].map(([category, rows]) => {
        const sum = rows.reduce((total, row) => total + row[field], 0);
        return { category, count: rows.length, sum, mean: sum / rows.length };
      });
      return { groups: groups.sort((a, b) => (a.category < b.category ? -1 : 1)) };
    },
  }),
  defineTool({
    ...place,
    name: "text_chunk",
    description: "Cuts a text into overlapping runs of words",
    annotations: reading,
    input: z
      .strictObject({
        ...document,
        chunk_words: z.int().min(1).max(1_000).default(50).describe("words in each run"),
        overlap_words: z.int().min(0).max(500).default(10).describe("words shared with the run before"),
      })
      // More would have each word answered many times.
      .refine(
        (input) => input.overlap_words * 2 <= input.chunk_words,
        "overlap_words is over half of chunk_words",
      ),
    output: z.strictObject({
      chunks: z.array(z.strictObject({ first_word: count, text: z.string() })),
      chunk_count: count,
    }),
    handler({ chunk_words, overlap_words, ...input }) {
      const words = wordsOf(input);
      const step = chunk_words - overlap_words;
      refuseTooLong(words.length / step, (jsonBytes(input.text ?? "") * chunk_words) / step);
      const chunks: { first_word: number; text: string }[] = [];
      for (let from = 0; from < words.length; from += step) {
        chunks.push({ first_word: from, text: words.slice(from, from + chunk_words).join(" ") });
        if (from + chunk_words >= words.length) break;
      }
      return { chunks, chunk_count: chunks.length };
    },
  }),
  defineTool({
    ...place,
    name: "text_embed_hash",
    description: "Embeds a text by hashing its words into a vector of length 1 (of length 0 without words)",
    annotations: reading,
    input: z.strictObject({
      ...document,
      dimensions: z.int().min(1).max(4_096).default(64).describe("numbers in the vector"),
    }),
    output: z.strictObject({ vector: z.array(z.number()), word_count: count }),
    handler({ dimensions, ...input }) {
      const words = wordsOf(input);
      const sums = new Float64Array(dimensions);
      for (const word of words) {
        const hash = fnv1a(word.toLowerCase());
        const place = (hash >>> 1) % dimensions;
        sums[place] = (sums[place] ?? 0) + (hash & 1 ? 1 : -1);
      }
      const length = Math.hypot(...sums) || 1;
      return { vector: Array.from(sums, (sum) => sum / length), word_count: words.length };
    },
  }),
  defineTool({
    ...place,
    name: "content_id",
    description: "Names a text by its content: CID v1, raw, SHA-256 of its UTF-8 bytes",
    annotations: reading,
    input: z.strictObject(document),
    output: z.strictObject({ cid: z.string(), size_bytes: count }),
    async handler(input) {
      const bytes = new TextEncoder().encode(input.text ?? wordsOf(input).join(" "));
      const cid = CID.createV1(raw.code, await sha256.digest(bytes));
      return { cid: cid.toString(), size_bytes: bytes.byteLength };
    },
  }),
];

type Row = z.infer<typeof row>;

interface Source {
  readonly size: number;
  readonly seed: number;
}

function answerRows(rows: Row[]) {
  return { rows, row_count: rows.length };
}

function rowsOf({ rows, size, seed }: Source & { rows?: Row[] | undefined }): Row[] {
  if (rows) return rows;
  const { fraction } = openRandom(seed);
  return Array.from({ length: size }, (_, id) => ({
    id,
    category: categories[Math.floor(fraction() * categories.length)] ?? "alpha",
    value: Math.round(fraction() * 10_000) / 100,
  }));
}

function wordsOf({ text, size, seed }: Source & { text?: string | undefined }): string[] {
  if (text !== undefined) return text.match(/\S+/g) ?? [];
  const { fraction } = openRandom(seed);
  return Array.from({ length: size }, () => `word${Math.floor(fraction() * 1_000)}`);
}

/** The hash of its UTF-8 bytes. An encoder for each word would take five times as long, and a text may hold 500,000. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    const byte = text.charCodeAt(at);
    if (byte > 0x7f) return fnv1aOf(new TextEncoder().encode(text));
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return hash >>> 0;
}

function fnv1aOf(bytes: Uint8Array): number {
  return bytes.reduce((hash, byte) => Math.imul(hash ^ byte, 0x01000193), 0x811c9dc5) >>> 0;
}

function jsonBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text));
}

/** Keeps the answer of text_chunk within what an answer may take, before it is made. */
function refuseTooLong(chunks: number, textBytes: number): void {
  const bytes = Math.ceil(chunks) * chunkBytes + Math.ceil(textBytes);
  if (bytes > maxAnswerBytes)
    throw new ToolError(
      "invalid_input",
      `Cannot cut the text: its chunks take ${bytes} bytes, more than ${maxAnswerBytes}; make chunk_words larger or overlap_words smaller`,
    );
}
