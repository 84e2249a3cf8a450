import { z } from "zod";
import { checkSchema, criterionSchema } from "../judge/shapes.ts";
import { writeOutput } from "../output_file.ts";
import { faultOfTables } from "./check_table.ts";
import { faultOfVerdicts } from "./check_verdicts.ts";
import { faultOfHash } from "./comparable.ts";
import { noiseSchema } from "./noise.ts";
import { readJson, unreadable } from "./read_json.ts";
import { tableSchema } from "./table.ts";

/** Of the shape of a result file. */
export const version = 2;

const count = z.int().min(0);

/** A result file of any benchmark, whoever wrote it: common fields, and tables that describe themselves. */
export const resultSchema = z.strictObject({
  schema_version: z.literal(version),
  benchmark: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,63}$/, "must be a name of small letters, digits and underscores"),
  question: z.string().max(500),
  complete: z.boolean().describe("false while it runs, and for good after an interrupted or failed run"),
  started_at: z.iso.datetime(),
  ended_at: z.iso.datetime(),
  seed: count,
  options: z.record(z.string(), z.json()),
  machine: z.strictObject({
    os: z.string(),
    cpu: z.string(),
    cores: count,
    memory_bytes: count,
    load_before: z.number().describe("load average over one minute"),
    load_after: z.number(),
    pinned: z.boolean().describe("whether whoever started the run bound it to some of the cores there are"),
    timer_floor_ms: z
      .number()
      .describe("median time measured around nothing; not subtracted from any figure"),
  }),
  versions: z.strictObject({
    bun: z.string(),
    project: z.string(),
    commit: z.string().nullable(),
    dependencies: z.record(z.string(), z.string()),
  }),
  comparable_sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, "must be a SHA-256")
    .describe("of what makes two results comparable: benchmark, seed, options, versions, kind of machine"),
  noise: noiseSchema.nullable(),
  validity: z.enum(["valid", "suspect", "invalid"]),
  audit: z.array(checkSchema),
  criteria: z.array(criterionSchema),
  tables: z.array(tableSchema),
});

export type Result = z.infer<typeof resultSchema>;

/** Writes a result in one step, so that a reader never sees half a file. Throws a `TypeError` for an unsound one. */
export function writeResult(path: string, result: Result): void {
  const fault = faultOfResult(result);
  if (fault !== null) throw new TypeError(`Cannot write "${path}": ${fault}`);
  writeOutput(path, `${JSON.stringify(result, null, 2)}\n`);
}

/** Reads a result file. Throws a `UsageError` that names the file, and the field that no result of this version has. */
export function readResult(path: string): Result {
  const value = readJson(path);
  const { data: { schema_version: found } = {} } = z.object({ schema_version: z.number() }).safeParse(value);
  if (found !== undefined && found !== version)
    throw unreadable(path, `schema_version is ${found}, and this version of the suite reads ${version}`);
  const fault = faultOfResult(value);
  if (fault !== null) throw unreadable(path, `it is no result of a benchmark: ${fault}`);
  return resultSchema.parse(value);
}

/** What is wrong with a result: the table, row and column, or the field; `null` when nothing is. */
export function faultOfResult(value: unknown): string | null {
  const parsed = resultSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return `${z.core.toDotPath(issue?.path ?? []) || "the whole"} does not fit: ${issue?.message}`;
  }
  return faultOfHash(parsed.data) ?? faultOfTables(parsed.data.tables) ?? faultOfVerdicts(parsed.data);
}
