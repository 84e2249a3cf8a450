import fc from "fast-check";
import { sealed } from "../lib/result/comparable.ts";
import { type Result, resultSchema } from "../lib/result/result.ts";

const count = 8;

/** One of a few plain texts, each of which stands in the place of another until `withTexts` puts that there. */
export const anyToken = fc.nat(count - 1).map((which) => `text-${which}-`);

/** A text for each token, all different; none that a label or a key cannot be. */
export function textPerToken(text: fc.Arbitrary<string>): fc.Arbitrary<string[]> {
  const fitting = text.filter((one) => one !== "" && one !== "__proto__" && one.isWellFormed());
  return fc.uniqueArray(fitting, { minLength: count, maxLength: count });
}

/** Puts texts in the place of the tokens, in keys too. */
export function withTexts(result: Result, texts: readonly string[]): Result {
  const replaced = (text: string) => texts[Number(/^text-(\d)-$/.exec(text)?.[1])] ?? text;
  const walk = (value: unknown): unknown => {
    if (typeof value === "string") return replaced(value);
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inside]) => [replaced(key), walk(inside)]));
  };
  return resultSchema.parse(sealed(Object(walk(result))));
}
