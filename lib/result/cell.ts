import { z } from "zod";
import { histogramSchema } from "../judge/histogram.ts";
import { estimateSchema, latencySchema } from "../judge/shapes.ts";

/** What a cell of each kind holds. */
export const cells = {
  /** Names the row: no two rows of a table have the same labels. */
  label: z
    .string()
    .min(1)
    .max(256)
    .refine((text) => text.isWellFormed(), "it holds half a character"),
  text: z.string().max(10_000),
  texts: z.array(z.string().max(1_000)),
  count: z.int().min(0),
  number: z.number(),
  numbers: z.array(z.number()),
  flag: z.boolean(),
  /** A verdict in a word or two. */
  status: z.string().min(1).max(100),
  estimate: estimateSchema,
  latency: latencySchema,
  histogram: histogramSchema,
} as const;

export type Kind = keyof typeof cells;

/** The words of Frictionless Table Schema (https://specs.frictionlessdata.io/table-schema) for them. */
export const types = {
  label: "string",
  text: "string",
  texts: "array",
  count: "integer",
  number: "number",
  numbers: "array",
  flag: "boolean",
  status: "string",
  estimate: "object",
  latency: "object",
  histogram: "object",
} as const satisfies Record<Kind, string>;
