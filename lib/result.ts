import { z } from "zod";
import { writeOutput } from "./output_file.ts";
import { readJson, unreadable } from "./read_json.ts";
import { concurrentWorkflows } from "./results/concurrent_workflows.ts";
import { type status, version } from "./results/fields.ts";
import { memoryUsage } from "./results/memory_usage.ts";
import { p2pLatency } from "./results/p2p_latency.ts";
import { runtimeComparison } from "./results/runtime_comparison.ts";

/** A result file of any benchmark. */
export const resultSchema = z.discriminatedUnion("benchmark", [
  p2pLatency,
  runtimeComparison,
  concurrentWorkflows,
  memoryUsage,
]);

export type Result = z.infer<typeof resultSchema>;
export type P2pLatency = z.infer<typeof p2pLatency>;
export type RuntimeComparison = z.infer<typeof runtimeComparison>;
export type ConcurrentWorkflows = z.infer<typeof concurrentWorkflows>;
export type MemoryUsage = z.infer<typeof memoryUsage>;
export type Criterion = P2pLatency["criteria"][number];
export type Check = P2pLatency["audit"][number];
export type Status = z.infer<typeof status>;

/** Writes a result in one step, so that a reader never sees half a file. Throws a `ZodError` for an unsound result. */
export function writeResult(path: string, result: Result): void {
  writeOutput(path, `${JSON.stringify(resultSchema.parse(result), null, 2)}\n`);
}

/** Reads a result file. Throws a `UsageError` that names the file, and the field that no result of this version has. */
export function readResult(path: string): Result {
  const value = readJson(path);
  const { data: { schema_version: found } = {} } = z.object({ schema_version: z.number() }).safeParse(value);
  if (found !== undefined && found > version)
    throw unreadable(path, `schema_version is ${found}, and this version of the suite reads ${version}`);
  const parsed = resultSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = z.core.toDotPath(issue?.path ?? []) || "the whole";
  throw unreadable(path, `it is no result of a benchmark, ${field} does not fit: ${issue?.message}`);
}
