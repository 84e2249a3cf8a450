import { AjvJsonSchemaValidator } from "@modelcontextprotocol/client/validators/ajv";
import { generateSync, type JsonSchema } from "json-schema-faker";
import { z } from "zod";
import type { JsonObject } from "../fields.ts";
import { isObject } from "../runtimes/mcp/era.ts";

/** An input that a schema allows, or why there is none. */
export type MadeInput = { readonly input: JsonObject } | { readonly why: string };

/**
 * The least input that a tool's JSON Schema allows: what is required and nothing else, the smallest numbers, texts and
 * lists, and `const`, defaults and examples where they are given. The same seed makes the same letters. It is one that the
 * validator of MCP's own clients accepts; whatever the schema is, it is answered.
 */
export function makeInput(schema: unknown, seed: number): MadeInput {
  try {
    if (!isSchema(schema)) throw new TypeError("it is no object");
    const faultOf = openValidator(schema);
    let fault: string | null = null;
    for (const candidate of candidatesOf(schema, seed)) {
      fault = faultOf(candidate);
      if (fault === null && isObject(candidate)) return { input: candidate };
    }
    return { why: `no input was found that its schema allows: ${fault ?? "what it allows is no object"}` };
  } catch (error) {
    return { why: `its input schema is none that can be followed: ${brief(error)}` };
  }
}

/** Answers what is wrong with an input; `null` when nothing is. Throws for what is no schema. */
function openValidator(schema: JsonObject): (input: unknown) => string | null {
  // One of its own for each schema: in a common one, two that have the same $id would be one.
  const validate = new AjvJsonSchemaValidator().getValidator({ ...schema });
  return (input) => {
    const { valid, errorMessage } = validate(input);
    return valid ? null : brief(errorMessage);
  };
}

/** The least first. */
function* candidatesOf(schema: JsonObject & JsonSchema, seed: number): Generator<unknown> {
  yield {};
  yield generate(narrow(schema), seed);
  yield generate(schema, seed);
}

function generate(schema: JsonSchema, seed: number): unknown {
  return generateSync(schema, {
    seed,
    optionalsProbability: 0,
    useDefaultValue: true,
    useExamplesValue: true,
  });
}

function isSchema(value: unknown): value is JsonObject & JsonSchema {
  return isObject(value);
}

/** What holds values, and no schemas. */
const literal: ReadonlySet<string> = new Set(["const", "enum", "default", "examples"]);

/** The same schema with room for the least values alone. It may have room for none, where its keywords forbid those. */
function narrow(schema: JsonObject): JsonObject & JsonSchema {
  const inside = Object.entries(schema).map(([key, value]) => [
    key,
    literal.has(key) ? value : narrowAll(value),
  ]);
  return { ...Object.fromEntries(inside), ...leastOf(schema) };
}

function narrowAll(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(narrowAll);
  return isObject(value) ? narrow(value) : value;
}

const bound = z.number().optional().catch(undefined);
const bounds = z.object({
  ...{ minimum: bound, maximum: bound, exclusiveMinimum: bound, multipleOf: bound },
  ...{ minLength: bound, minItems: bound, minProperties: bound },
});

/** So many letters or items no benchmark makes up. */
const mostAsked = 10_000;

function leastOf({ type, enum: choices, pattern, format, ...schema }: JsonObject): JsonObject {
  const { minimum, maximum = 0, exclusiveMinimum, multipleOf, ...sizes } = bounds.parse(schema);
  const { minLength = 1, minItems = 0, minProperties = 0 } = sizes;
  const most = Math.max(minLength, minItems, minProperties);
  if (most > mostAsked) throw new RangeError(`it asks for ${most} of something`);
  if (Array.isArray(choices)) return { enum: choices.slice(0, 1) };
  const name = [type].flat().find((one) => one !== "null");
  if (name === "integer" || name === "number") {
    const step = multipleOf ?? (name === "integer" ? 1 : undefined);
    if (minimum === undefined && exclusiveMinimum !== undefined)
      return { type: name, maximum: exclusiveMinimum + (step ?? 1) };
    const from = minimum ?? Math.min(0, maximum);
    const least = step === undefined ? from : Math.ceil(from / step) * step;
    return { type: name, minimum: least, maximum: least };
  }
  if (name === "string" && pattern === undefined && format === undefined)
    return { type: name, minLength: Math.max(1, minLength), maxLength: Math.max(1, minLength) };
  return name === "array" ? { type: name, maxItems: minItems } : {};
}

function brief(what: unknown): string {
  return String(what).slice(0, 100);
}
