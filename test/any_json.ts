import fc from "fast-check";
import { z } from "zod";

type Json = z.core.JSONSchema._JSONSchema;
type Schema = Exclude<Json, boolean>;

/** What stands where a schema says no more than that it is a text, and where it wants a name. */
export interface Texts {
  readonly texts: fc.Arbitrary<string>;
  readonly names: fc.Arbitrary<string>;
}

const instants = fc
  .date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) })
  .map((at) => at.toISOString());

/** Longer lists show nothing more, and a result has lists in lists in lists. */
const few = { maxLength: 3 };

/**
 * Whatever a schema allows, absurd figures included. It is made from its JSON Schema, because no library makes arbitraries
 * from zod 4; what that does not say, such as a refinement, it does not know of.
 */
export function anyJson(schema: z.ZodType, texts: Texts): fc.Arbitrary<unknown> {
  return whatever(z.toJSONSchema(schema), texts);
}

/** Whatever a JSON Schema allows. */
export function whatever(schema: Json | undefined, texts: Texts): fc.Arbitrary<unknown> {
  // The one part that refers to itself is z.json().
  if (typeof schema !== "object" || schema.$ref !== undefined) return fc.jsonValue({ maxDepth: 1 });
  const value = (inner: Json | undefined) => whatever(inner, texts);
  const { type, anyOf, oneOf = anyOf, prefixItems, items } = schema;
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (oneOf) return fc.oneof(...oneOf.map(value));
  if (Array.isArray(type)) return fc.oneof(...type.map((one) => value({ ...schema, type: one })));
  if (prefixItems) return fc.tuple(...prefixItems.map(value));
  if (type === "array")
    return fc.array(value(Array.isArray(items) ? undefined : items), {
      ...few,
      minLength: schema.minItems ?? 0,
    });
  if (type === "object") return objectOf(schema, texts);
  if (type === "string" && schema.format === "date-time") return instants;
  if (type === "string" && schema.pattern !== undefined) return texts.names;
  if (type === "string") return texts.texts.map((text) => text.padEnd(schema.minLength ?? 0, "x"));
  if (type === "integer" || type === "number") return numbers(schema);
  if (type === "boolean") return fc.boolean();
  if (type === "null") return fc.constant(null);
  throw new TypeError(`Cannot make what this schema allows: ${JSON.stringify(schema)}`);
}

function objectOf(
  { properties, required = [], additionalProperties }: Schema,
  texts: Texts,
): fc.Arbitrary<unknown> {
  if (!properties) return fc.dictionary(texts.texts, whatever(additionalProperties, texts), { maxKeys: 3 });
  const fields: Record<string, fc.Arbitrary<unknown>> = {};
  for (const [key, field] of Object.entries(properties)) fields[key] = whatever(field, texts);
  return fc.record(fields, { requiredKeys: required, noNullPrototype: true });
}

function numbers({ type, minimum, maximum }: Schema): fc.Arbitrary<number> {
  const least = minimum ?? Number.NEGATIVE_INFINITY;
  const most = maximum ?? Number.POSITIVE_INFINITY;
  const usual = fc.integer({ min: Math.max(1, least), max: Math.min(1_000, most) });
  if (type === "integer")
    return fc.oneof(
      usual,
      fc.maxSafeInteger().map((n) => Math.min(most, Math.max(least, n))),
    );
  const bounds = {
    ...(minimum !== undefined && { min: minimum }),
    ...(maximum !== undefined && { max: maximum }),
  };
  return fc.oneof(usual, fc.double({ ...bounds, noNaN: true, noDefaultInfinity: true }));
}
