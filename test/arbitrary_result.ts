import fc from "fast-check";
import { z } from "zod";
import { type Result, resultSchema } from "../lib/result.ts";

const figure = fc.oneof(
  { weight: 4, arbitrary: fc.double({ min: 0.001, max: 1000, noNaN: true }) },
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -0, -1, 1e308, -1e308, 5e-324),
);

/** Stands in the place of a text, until `withTexts` puts one there. */
const token = (which: number) => `text-${which}-`;
const tokens = 8;

/** Whatever the schema of a result allows, with hostile figures, and tokens in the place of every text. */
export const arbitraryResult: fc.Arbitrary<Result> = toArbitrary(z.toJSONSchema(resultSchema)).map((value) =>
  resultSchema.parse(value),
);

/** Texts to put into a result, all different. */
export function arbitraryTexts(text: fc.Arbitrary<string>): fc.Arbitrary<string[]> {
  return fc.uniqueArray(text, { minLength: tokens, maxLength: tokens });
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
  return resultSchema.parse(walk(result));
}

function toArbitrary(schema: z.core.JSONSchema._JSONSchema): fc.Arbitrary<unknown> {
  if (typeof schema === "boolean" || schema.$ref !== undefined) return fc.jsonValue({ maxDepth: 3 });
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return fc.oneof(...choices.map(toArbitrary));
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (Array.isArray(schema.type))
    return fc.oneof(...schema.type.map((type) => toArbitrary({ ...schema, type })));
  switch (schema.type) {
    case "object":
      return toObject(schema);
    case "array":
      return schema.prefixItems
        ? fc.tuple(...schema.prefixItems.map(toArbitrary))
        : fc.array(
            toArbitrary(schema.items === undefined || Array.isArray(schema.items) ? true : schema.items),
            {
              maxLength: 3,
            },
          );
    case "integer":
      return fc.integer({ min: schema.minimum ?? -1000, max: Math.min(schema.maximum ?? 1e6, 1e6) });
    case "number":
      return figure;
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "string":
      return schema.format === "date-time"
        ? fc
            .date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true })
            .map((date) => date.toISOString())
        : fc.nat(tokens - 1).map(token);
    default:
      throw new Error(`Cannot make up a value of ${JSON.stringify(schema).slice(0, 200)}`);
  }
}

function toObject({ properties = {}, required = [], additionalProperties }: z.core.JSONSchema.BaseSchema) {
  if (additionalProperties) {
    const values = toArbitrary(additionalProperties);
    return fc.dictionary(fc.nat(tokens - 1).map(token), values, { maxKeys: 3 });
  }
  const fields = Object.entries(properties).map(([key, property]) => [key, toArbitrary(property)] as const);
  return fc.record(Object.fromEntries(fields), { requiredKeys: [...required] });
}
