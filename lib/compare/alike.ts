import { z } from "zod";
import type { Result } from "../result/result.ts";

const calls = z.array(z.object({ tool: z.string(), input: z.unknown() })).catch([]);

/** Two results, without the rows of tools that only one of them has, or that they called with different inputs. */
export function keepAlike(
  base: Result,
  candidate: Result,
): { readonly base: Result; readonly candidate: Result; readonly unlike: string[] } {
  const [before, after] = [base, candidate].map(({ options }) => calls.parse(options.called));
  const all = new Set([...(before ?? []), ...(after ?? [])].map(({ tool }) => tool));
  const unlike = [...all].filter((tool) => {
    const [one, other] = [before, after].map((made) => made?.find((call) => call.tool === tool));
    return !one || !other || !Bun.deepEquals(one.input, other.input);
  });
  const keep = (result: Result): Result => ({
    ...result,
    tables: result.tables.map((table) => ({
      ...table,
      rows: table.rows.filter(({ tool_name }) => !unlike.includes(String(tool_name))),
    })),
  });
  return { base: keep(base), candidate: keep(candidate), unlike };
}
