/**
 * What JSON carries of an answer, which is what a caller elsewhere gets of it. Throws a `TypeError` that names what JSON
 * would lose, such as the entries of a `Map`, turn into something else, such as `NaN`, or does not take, such as a cycle.
 */
export function carried(answer: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(answer, refuseLost));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new TypeError(`JSON cannot carry its answer: ${why}`, { cause: error });
  }
}

/** Sees each value as its `toJSON` has it, if it has one. A field that is `undefined` is one that is not there. */
function refuseLost(this: unknown, key: string, value: unknown): unknown {
  const isThere = value !== undefined || key === "" || Array.isArray(this);
  if (isThere && isLost(value)) throw new TypeError(`${key === "" ? "it" : `"${key}"`} is ${nameOf(value)}`);
  return value;
}

function isLost(value: unknown): boolean {
  if (typeof value === "number") return !Number.isFinite(value);
  if (typeof value !== "object") return typeof value !== "string" && typeof value !== "boolean";
  return value !== null && !Array.isArray(value) && !isPlain(value);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function nameOf(value: unknown): string {
  if (typeof value === "object") return `of class ${value?.constructor.name}`;
  return typeof value === "number" || value === undefined ? `${value}` : `a ${typeof value}`;
}
