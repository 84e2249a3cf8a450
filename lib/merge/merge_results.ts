import { UsageError } from "../errors.ts";
import { type Result, resultSchema } from "../result.ts";
import { mergeFields } from "./merge_fields.ts";
import { mergeLatency } from "./merge_latency.ts";
import { mergeComparison, mergeMemory, mergeWorkflows } from "./merge_parts.ts";

/** One of the results to join, and the name to speak of it by. */
export interface Part<Of extends Result = Result> {
  readonly name: string;
  readonly result: Of;
}

/**
 * Joins the results of shards into the one that they are shares of. Parts from machines of different kinds are joined
 * with `force` only, and the result says so. Throws a `UsageError` for parts that do not belong together.
 */
export function mergeResults(parts: readonly Part[], output: string, { force }: { force: boolean }): Result {
  const [first] = parts;
  if (!first) throw new UsageError("Cannot merge nothing: name the result files of the shards");
  const merged = { ...mergeFields(parts, output, force), ...mergeOwn(first.result.benchmark, parts) };
  const parsed = resultSchema.safeParse(merged);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UsageError(`Cannot merge "${first.name}": ${issue?.path.join(".")} comes to no figure`);
}

function mergeOwn(benchmark: Result["benchmark"], parts: readonly Part[]) {
  const of = <Name extends Result["benchmark"]>(name: Name) =>
    parts.flatMap(({ name: part, result }) => (isOf(result, name) ? [{ name: part, result }] : []));
  switch (benchmark) {
    case "p2p_latency":
      return mergeLatency(of(benchmark));
    case "runtime_comparison":
      return mergeComparison(of(benchmark));
    case "concurrent_workflows":
      return mergeWorkflows(of(benchmark));
    case "memory_usage":
      return mergeMemory(of(benchmark));
  }
}

function isOf<Name extends Result["benchmark"]>(
  result: Result,
  name: Name,
): result is Extract<Result, { benchmark: Name }> {
  return result.benchmark === name;
}
