/** Tools of one's own: `bun run scripts/p2p_latency.ts --tools examples/own_tools.ts`. */
import { z } from "zod";
import type { Case } from "../lib/case.ts";
import { ToolError } from "../lib/errors.ts";
import { adding, defineTool, reading } from "../lib/registry.ts";

const text = z.string().min(1).max(10_000);
const maxNotes = 1_000;
const notes = new Map<string, string>();

export const tools = [
  defineTool({
    name: "word_count",
    category: "text",
    home: "http",
    description: "How many words a text has",
    annotations: reading,
    input: z.strictObject({ text }),
    output: z.strictObject({ words: z.int() }),
    handler: ({ text }) => ({ words: text.split(/\s+/).filter(Boolean).length }),
  }),
  defineTool({
    name: "note_add",
    category: "notes",
    home: "direct",
    description: "Keep a note",
    annotations: adding,
    input: z.strictObject({ id: text, text }),
    output: z.strictObject({ id: text, note_count: z.int() }),
    handler({ id, text }) {
      if (notes.has(id)) throw new ToolError("already_exists", `Cannot keep note "${id}": there is one`);
      if (notes.size >= maxNotes)
        throw new ToolError("conflict", `Cannot keep a note: there are ${maxNotes}`);
      notes.set(id, text);
      return { id, note_count: notes.size };
    },
  }),
  defineTool({
    name: "note_remove",
    category: "notes",
    home: "direct",
    description: "Forget a note",
    input: z.strictObject({ id: text }),
    output: z.strictObject({ id: text, note_count: z.int() }),
    handler({ id }) {
      if (!notes.delete(id)) throw new ToolError("not_found", `Cannot forget note "${id}": there is none`);
      return { id, note_count: notes.size };
    },
  }),
];

/** How a tool is called that needs more than an input: every call finds the state that the one before it found. */
export const cases: Case[] = [
  {
    tool: "note_add",
    branch: "the first note",
    open: (call) => ({
      prepare(serial) {
        const id = `note-${serial}`;
        return {
          input: { id, text: "remember" },
          expect: { id },
          // Under load there are those of other calls.
          alone: { note_count: 1 },
          restore: () => call("note_remove", { id }),
        };
      },
    }),
  },
];
