import fc from "fast-check";
import { z } from "zod";
import { type Result, resultSchema } from "../lib/result.ts";

type Schema = Exclude<z.core.JSONSchema._JSONSchema, boolean>;

/** What breaks out of HTML, Markdown, CSV, JSON and label values when it is not escaped, and any text at all. */
const anyText = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.string({ unit: "binary", maxLength: 8 }),
  fc.constantFrom(
    "<script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    '"><svg/onload=alert(1)>',
    "| a | b |\n[x](javascript:alert(1))",
    '=HYPERLINK("http://example.com")',
    "@SUM(A1)\r\n+1,-1",
    '\\"\n} 1\n# HELP x',
    "__proto__",
    "constructor",
    "",
  ),
);

/** Longer lists show nothing more, and a result has lists in lists in lists. */
const few = { maxLength: 3 };

const instants = fc
  .date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) })
  .map((at) => at.toISOString());

interface What {
  /** Without it, results of every benchmark. */
  readonly benchmark?: Result["benchmark"];
  readonly texts?: fc.Arbitrary<string>;
}

/**
 * Whatever the result schema allows, hostile texts and absurd figures included. It is made from the JSON Schema that we
 * publish, because no library makes arbitraries from zod 4.
 */
export function anyResult({ benchmark, texts = anyText }: What = {}): fc.Arbitrary<Result> {
  const { oneOf = [] } = z.toJSONSchema(resultSchema);
  const kinds = oneOf.filter(({ properties }) => {
    const name = properties?.benchmark;
    return benchmark === undefined || (typeof name === "object" && name.const === benchmark);
  });
  const value = (schema: z.core.JSONSchema._JSONSchema | undefined): fc.Arbitrary<unknown> => {
    // The one part that refers to itself is z.json().
    if (typeof schema !== "object" || schema.$ref !== undefined) return fc.jsonValue({ maxDepth: 1 });
    const { type, anyOf, prefixItems, items } = schema;
    if (schema.const !== undefined) return fc.constant(schema.const);
    if (schema.enum) return fc.constantFrom(...schema.enum);
    if (anyOf) return fc.oneof(...anyOf.map(value));
    if (Array.isArray(type)) return fc.oneof(...type.map((one) => value({ ...schema, type: one })));
    if (prefixItems) return fc.tuple(...prefixItems.map(value));
    if (type === "array") return fc.array(value(Array.isArray(items) ? undefined : items), few);
    if (type === "object") return object(schema);
    if (type === "string") return schema.format === "date-time" ? instants : texts;
    if (type === "integer" || type === "number") return numbers(schema);
    if (type === "boolean") return fc.boolean();
    if (type === "null") return fc.constant(null);
    throw new TypeError(`Cannot make what this schema allows: ${JSON.stringify(schema)}`);
  };
  const object = ({ properties, required = [], additionalProperties }: Schema): fc.Arbitrary<unknown> => {
    if (!properties) return fc.dictionary(texts, value(additionalProperties), { maxKeys: 3 });
    const fields: Record<string, fc.Arbitrary<unknown>> = {};
    for (const [key, field] of Object.entries(properties)) fields[key] = value(field);
    return fc.record(fields, { requiredKeys: required, noNullPrototype: true });
  };
  // A file knows neither -0 nor undefined.
  return fc.oneof(...kinds.map(value)).map((json) => resultSchema.parse(JSON.parse(JSON.stringify(json))));
}

function numbers({ type, minimum, maximum, exclusiveMinimum }: Schema): fc.Arbitrary<number> {
  const excluded = typeof exclusiveMinimum === "number" ? exclusiveMinimum : Number.NEGATIVE_INFINITY;
  const least = Math.max(minimum ?? Number.NEGATIVE_INFINITY, excluded);
  const most = maximum ?? Number.POSITIVE_INFINITY;
  const usual = fc.integer({ min: Math.max(1, least), max: Math.min(1_000, most) });
  if (type === "integer")
    return fc.oneof(
      usual,
      fc.maxSafeInteger().map((n) => Math.min(most, Math.max(least, n))),
    );
  const bounds = {
    ...(Number.isFinite(least) && { min: least, minExcluded: excluded === least }),
    ...(Number.isFinite(most) && { max: most }),
  };
  return fc.oneof(usual, fc.double({ ...bounds, noNaN: true, noDefaultInfinity: true }));
}
