import { canonicalJson } from "./canonical_json.ts";

/** What makes two results comparable: what was asked, of which code, on what. */
interface Measured {
  readonly benchmark: string;
  readonly seed: number;
  readonly options: Readonly<Record<string, unknown>>;
  readonly versions: Readonly<Record<string, unknown>>;
  readonly machine: Readonly<Record<(typeof ofMachine)[number], unknown>>;
}

type Question = Omit<Measured, "versions" | "machine">;

/** Two values of a field that results must share. */
export interface Difference {
  readonly field: string;
  readonly own: unknown;
  readonly other: unknown;
}

/** What a machine is, and not what it was doing. */
const ofMachine = ["os", "cpu", "cores", "memory_bytes"] as const;

/** Flags that say where a result goes and how it is shown. */
const ofOutput = ["output", "json", "brief", "verbose", "check", "strict"];

/** Those that say how sure it is to be. */
const ofPrecision = ["quick", "rounds", "precision", "budget", "samples", "full"];

/**
 * The SHA-256 of all that makes two results comparable: those with the same one differ in nothing but how sure they are.
 * Versions and the machine are in it, and two that differ in these alone are compared all the same, with a word.
 */
export function hashOf({ benchmark, seed, options, versions, machine }: Measured): string {
  const free = [...ofOutput, ...ofPrecision];
  const asked = Object.entries(options).filter(([key]) => !free.includes(key));
  const kind = ofMachine.map((key) => [key, machine[key]]);
  const all = {
    benchmark,
    seed,
    options: Object.fromEntries(asked),
    versions,
    machine: Object.fromEntries(kind),
  };
  return new Bun.CryptoHasher("sha256").update(canonicalJson(all)).digest("hex");
}

/** A result with its hash. */
export function sealed<Of extends Measured>(result: Of): Of & { comparable_sha256: string } {
  return { ...result, comparable_sha256: hashOf(result) };
}

/** What is wrong with the hash that a result has of itself; `null` when it is that of its fields. */
export function faultOfHash(result: Measured & { readonly comparable_sha256: string }): string | null {
  const due = hashOf(result);
  if (result.comparable_sha256 === due) return null;
  const told = result.comparable_sha256.slice(0, 12);
  return `comparable_sha256 is ${told}…, and ${due.slice(0, 12)}… by its benchmark, seed, options, versions and machine, one of which was changed`;
}

/** In which versions two results differ, which a change of the code is the reason for, or not. */
export function differencesOfVersions(own: Measured, other: Measured): Difference[] {
  return [...new Set([...Object.keys(own.versions), ...Object.keys(other.versions)])]
    .map((key) => ({ field: `versions.${key}`, own: own.versions[key], other: other.versions[key] }))
    .filter((one) => !Bun.deepEquals(one.own, one.other));
}

/**
 * What shards of one run differ in and must not: the benchmark, the seed of its inputs, or a flag. A list is a choice, of
 * which each may have its own.
 */
export function differenceOfShards(own: Question, other: Question): Difference | null {
  return differenceOf(own, other, ofOutput);
}

/** What results differ in so that their figures answer different questions; how sure each is does not matter. */
export function differenceOfQuestions(own: Question, other: Question): Difference | null {
  return differenceOf(own, other, [...ofOutput, ...ofPrecision]);
}

function differenceOf(own: Question, other: Question, free: readonly string[]): Difference | null {
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
