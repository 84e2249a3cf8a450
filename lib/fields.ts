import { z } from "zod";

const maxDepth = 32;
const maxValues = 20_000;
/** As many as the largest HTTP body has bytes. */
const maxCharacters = 1024 * 1024;

/** What a page holds at most, and any other answer that can grow: a server writes it within 30 ms. */
export const maxAnswerBytes = 6 * 1024 * 1024;

/** Keys that would reach an object's prototype when copied carelessly. */
const polluting = new Set(["__proto__", "constructor", "prototype"]);

/** A name the caller chose: 1 to 256 characters, all of which a terminal shows, each in its place. */
export const id = z
  .string()
  .min(1)
  .max(256)
  .regex(
    /^(?!(?:__proto__|constructor|prototype)$)[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]*$/u,
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

export interface Range {
  readonly limit: number;
  readonly offset: number;
}

/** One page out of all that matches: it ends at `limit` entries, and sooner where the next would make it too long. */
export class Page<T> {
  readonly entries: T[] = [];
  readonly #range: Range;
  readonly #bytesOf: (entry: T) => number;
  #bytes = 0;
  #isFull = false;

  /** `bytesOf` answers what an entry takes at most, as JSON. */
  constructor(range: Range, bytesOf: (entry: T) => number) {
    this.#range = range;
    this.#bytesOf = bytesOf;
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  /** Offers it the entry at that place among all that match, first to last. */
  add(entry: T, place: number): void {
    if (this.#isFull || place < this.#range.offset) return;
    this.#bytes += this.#bytesOf(entry);
    // The first is answered whatever it takes, or nobody would get past it.
    if (this.#bytes <= maxAnswerBytes || this.entries.length === 0) this.entries.push(entry);
    this.#isFull = this.#bytes >= maxAnswerBytes || this.entries.length === this.#range.limit;
  }

  counts(total: number) {
    const { length } = this.entries;
    return {
      total_count: total,
      returned_count: length,
      has_more: this.#range.offset + length < total,
    };
  }
}

/** Cuts one page out of everything that matched. */
export function cut<T>(matches: readonly T[], range: Range, bytesOf: (entry: T) => number): Page<T> {
  const page = new Page(range, bytesOf);
  for (let place = range.offset; place < matches.length && !page.isFull; place++) {
    const entry = matches[place];
    if (entry !== undefined) page.add(entry, place);
  }
  return page;
}

/** Whether distinct tags hold every one that is wanted; looks at each once, because 10,000 things may have 100 each. */
export function hasTags(tags: readonly string[], wanted: ReadonlySet<string>): boolean {
  let missing = wanted.size;
  for (let at = 0; missing > 0 && missing <= tags.length - at; at++)
    if (wanted.has(tags[at] ?? "")) missing--;
  return missing === 0;
}

export type JsonObject = { readonly [key: string]: unknown };

/** A JSON object of bounded depth and size, without keys that reach a prototype; it is still the caller's. */
export const jsonObject = z
  .custom<JsonObject>(
    isSafeJsonObject,
    `must be a JSON object at most ${maxDepth} deep, of ${maxValues} values and 1 MiB of text, with safe keys`,
  )
  .meta({ type: "object" });

function isSafeJsonObject(value: unknown): boolean {
  if (!isPlainObject(value)) return false;
  let left: unknown[] = [value];
  let values = 1;
  let characters = 0;
  for (let depth = 0; left.length > 0; depth++) {
    if (depth > maxDepth) return false;
    const below: unknown[] = [];
    for (const item of left) {
      if (typeof item === "string") characters += item.length;
      else if (Array.isArray(item)) {
        values += item.length;
        if (values > maxValues) return false;
        below.push(...item);
      } else if (isPlainObject(item)) {
        // One look at each object: 10,000 of shapes of their own take 25 ms with two.
        const entries = Object.entries(item);
        values += entries.length;
        if (values > maxValues) return false;
        for (const [key, inside] of entries) {
          if (polluting.has(key)) return false;
          characters += key.length;
          below.push(inside);
        }
      } else if (!isScalar(item)) return false;
    }
    if (characters > maxCharacters) return false;
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
  return value === null || typeof value === "boolean" || Number.isFinite(value);
}
