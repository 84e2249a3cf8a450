import { UsageError } from "../errors.ts";
import type { Result } from "../result.ts";
import type { Part } from "./merge_results.ts";

/**
 * The items of all parts, in the order in which one run would have them; names that are not `known` come last. Throws a
 * `UsageError` when two parts have the same.
 */
export function inOrder<Of extends Result, Item>(
  parts: readonly Part<Of>[],
  itemsOf: (result: Of) => readonly Item[],
  nameOf: (item: Item) => string,
  known: readonly string[],
): Item[] {
  const owners = new Map<string, string>();
  for (const { name, result } of parts)
    for (const item of new Set(itemsOf(result).map(nameOf))) {
      const owner = owners.get(item);
      if (owner !== undefined)
        throw new UsageError(`Cannot merge "${name}" with "${owner}": both have "${item}"`);
      owners.set(item, name);
    }
  const place = (item: Item) => (known.includes(nameOf(item)) ? known.indexOf(nameOf(item)) : known.length);
  return parts.flatMap(({ result }) => itemsOf(result)).toSorted((a, b) => place(a) - place(b));
}
