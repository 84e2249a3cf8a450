import type { Result } from "./result.ts";

/** Two values of a field that results must share. */
export interface Difference {
  readonly field: string;
  readonly own: unknown;
  readonly other: unknown;
}

/** Flags that say where a result goes and how it is shown. */
const ofOutput = ["output", "json", "brief", "verbose", "check", "strict"];

/** Those that say how sure it is to be. */
const ofPrecision = ["quick", "rounds", "precision", "budget", "samples", "full"];

/**
 * What shards of one run differ in and must not: the benchmark, the seed of its inputs, or a flag. A list is a choice, of
 * which each may have its own.
 */
export function differenceOfShards(own: Result, other: Result): Difference | null {
  return differenceOf(own, other, ofOutput);
}

/** What results differ in so that their figures answer different questions; how sure each is does not matter. */
export function differenceOfQuestions(own: Result, other: Result): Difference | null {
  return differenceOf(own, other, [...ofOutput, ...ofPrecision]);
}

function differenceOf(own: Result, other: Result, free: readonly string[]): Difference | null {
  const fields = [
    { field: "benchmark", own: own.benchmark, other: other.benchmark },
    { field: "seed", own: own.seed, other: other.seed },
    ...[...new Set([...Object.keys(own.options), ...Object.keys(other.options)])]
      .filter((key) => !free.includes(key))
      .map((key) => ({ field: `options.${key}`, own: own.options[key], other: other.options[key] }))
      .filter(({ own, other }) => !(Array.isArray(own) && Array.isArray(other))),
  ];
  return fields.find((one) => !Bun.deepEquals(one.own, one.other)) ?? null;
}

/** A value in a line of its own. */
export function showValue(value: unknown): string {
  const text = value === undefined ? "missing" : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
