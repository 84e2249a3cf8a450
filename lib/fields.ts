import { z } from "zod";

const maxDepth = 32;
const maxValues = 20_000;

/** Keys that would reach an object's prototype when copied carelessly. */
const polluting = new Set(["__proto__", "constructor", "prototype"]);

/** A name the caller chose: 1 to 256 characters, none of them a control character. */
export const id = z
  .string()
  .min(1)
  .max(256)
  .regex(
    /^(?!(?:__proto__|constructor|prototype)$)\P{Cc}*$/u,
    "must be a printable name that is not reserved",
  );

/** Why something is done: one line that a terminal can show. */
export const reason = id;

export const tags = z.array(id).max(100);

/** Higher runs first. */
export const priority = z.int().min(0).max(1_000_000);

export const isoTime = z.iso.datetime();

/** The paging fields that every list tool takes. */
export function page(limit: number) {
  return {
    limit: z.int().min(1).max(1000).default(limit).describe("most entries to return"),
    offset: z.int().min(0).max(Number.MAX_SAFE_INTEGER).default(0).describe("entries to pass over"),
  };
}

/** What every list tool answers besides its entries. */
export const pageCounts = {
  total_count: z.int().min(0),
  returned_count: z.int().min(0),
  has_more: z.boolean(),
};

/** Cuts one page out of everything that matched. */
export function cut<T>(matches: readonly T[], { limit, offset }: { limit: number; offset: number }) {
  const entries = matches.slice(offset, offset + limit);
  return {
    entries,
    counts: {
      total_count: matches.length,
      returned_count: entries.length,
      has_more: offset + entries.length < matches.length,
    },
  };
}

export type JsonObject = { readonly [key: string]: unknown };

/** A JSON object of bounded depth and size, without keys that reach a prototype; a copy, which is the engine's own. */
export const jsonObject = z
  .custom<JsonObject>(isSafeJsonObject, `must be a JSON object at most ${maxDepth} deep with safe keys`)
  .meta({ type: "object" })
  .transform((object): JsonObject => structuredClone(object));

function isSafeJsonObject(value: unknown): boolean {
  if (!isPlainObject(value)) return false;
  let left: unknown[] = [value];
  let seen = 1;
  for (let depth = 0; left.length > 0; depth++) {
    if (depth > maxDepth) return false;
    const below: unknown[] = [];
    for (const item of left) {
      const inside = Array.isArray(item) ? item : isPlainObject(item) ? Object.values(item) : undefined;
      if (inside === undefined && !isScalar(item)) return false;
      if (inside === undefined) continue;
      if (!Array.isArray(item) && Object.keys(Object(item)).some((key) => polluting.has(key))) return false;
      seen += inside.length;
      if (seen > maxValues) return false;
      below.push(...inside);
    }
    left = below;
  }
  return true;
}

function isPlainObject(value: unknown): value is object {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    (Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null)
  );
}

function isScalar(value: unknown): boolean {
  return value === null || typeof value === "string" || typeof value === "boolean" || Number.isFinite(value);
}
