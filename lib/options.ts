import { cac } from "cac";
import { closestMatch } from "leven";
import { z } from "zod";
import { version } from "../package.json";
import { UsageError } from "./errors.ts";

export interface Usage<Shape extends z.ZodRawShape> {
  /** The script's name, without folder and ending. */
  readonly name: string;
  /** The question it answers. */
  readonly question: string;
  /** One field for a flag: its type, default, limits and help. */
  readonly options: Shape;
  /** Values that `--quick` puts in place of the defaults. */
  readonly quick?: Readonly<Record<string, unknown>>;
  /** What may stand beside the flags, as help shows it, such as `[...files]`; nothing by default. */
  readonly args?: string;
}

export interface Given<Shape extends z.ZodRawShape> {
  /** The values of the flags. */
  readonly options: z.output<z.ZodObject<Shape>>;
  /** The words beside the flags, and then those after `--`. */
  readonly args: readonly string[];
}

/** The flags that every benchmark takes. */
export function commonOptions(name: string) {
  return {
    rounds: z.int().min(1).max(200).default(3).describe("fresh sets of processes to measure in"),
    seed: z.int().min(0).max(0xffffffff).default(1).describe("seed of every order and every input"),
    output: z.string().min(1).default(`results/${name}.json`).describe("where the result goes"),
    quick: z.boolean().default(false).describe("take a quick look: few samples, wide intervals"),
    json: z.boolean().default(false).describe("print the result as JSON on stdout, and nothing else there"),
    check: z.boolean().default(false).describe("exit with 1 unless every criterion is met"),
    strict: z.boolean().default(false).describe("exit with 4 when a criterion is inconclusive"),
    verbose: z.boolean().default(false).describe("say what each round found"),
  };
}

/**
 * Reads a command line: cac splits it, the zod shape names the flags and decides their values.
 * Answers `undefined` when only help or the version was asked for, and prints that. Throws a `UsageError`.
 */
export function readOptions<Shape extends z.ZodRawShape>(
  { name, question, options: shape, quick = {}, args: takes = "" }: Usage<Shape>,
  argv: readonly string[],
): Given<Shape> | undefined {
  const schema = z.strictObject(shape);
  const flags = describeFlags(schema);
  const cli = cac(`bun run scripts/${name}.ts`);
  const command = cli.command(takes, question).option("-v, --version", "show the version");
  for (const { flag, value, text } of flags) command.option(`--${flag}${value}`, text);
  cli.help((sections) => [
    { body: question },
    ...sections.filter(({ title }) => /Usage|Options/.test(title ?? "")),
  ]);

  const words = joinNegatives(argv);
  const { args, options } = cli.parse(words, { run: false });
  if (options.help) return undefined;
  if (options.version) {
    console.info(version);
    return undefined;
  }
  refuseUnknown(
    words,
    flags.map(({ flag }) => flag),
  );
  const beside = [...args, ...options["--"]].map(String);
  const [extra] = beside;
  if (extra !== undefined && takes === "")
    throw new UsageError(`Cannot take the argument "${extra}": there are only flags`);

  const given: Record<string, unknown> = options.quick ? { ...quick } : {};
  for (const { flag, key, kind } of flags) {
    const typed = options[camel(flag)];
    if (typed === undefined) continue;
    if (typed === true && kind !== "boolean")
      throw new UsageError(`Cannot take --${flag}: its value is missing`);
    // cac reads 007 as the number 7; text is taken as it was typed.
    const texts = typedTexts(words, flag);
    given[key] = kind === "array" ? texts : kind === "string" && texts.length === 1 ? texts[0] : typed;
  }
  const parsed = schema.safeParse(given);
  if (parsed.success) return { options: parsed.data, args: beside };
  const [issue] = parsed.error.issues;
  const key = String(issue?.path[0]);
  throw new UsageError(`Cannot take --${kebab(key)}: ${issue && complaint(issue, given[key])}`);
}

function complaint(issue: z.core.$ZodIssue, typed: unknown): string {
  if (typed === undefined) return "it is missing";
  if (issue.code !== "invalid_value") return issue.message;
  const choices = issue.values.map(String);
  const [, index] = issue.path;
  const word = String(index !== undefined && Array.isArray(typed) ? typed[Number(index)] : typed);
  return `there is no "${word}", the nearest of ${choices.join(", ")} is "${closestMatch(word, choices)}"`;
}

function describeFlags(schema: z.ZodObject) {
  const { properties = {} } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return Object.entries(properties).map(([key, property]) => {
    const { type, description = "", default: preset } = typeof property === "object" ? property : {};
    const kind = String(type);
    const value = kind === "boolean" ? "" : kind === "integer" || kind === "number" ? " <n>" : " <value>";
    const shown =
      value === "" || preset === undefined ? "" : ` (default: ${[preset].flat().join(" ") || "all"})`;
    return { key, flag: kebab(key), kind, value, text: description + shown };
  });
}

/** cac takes the -1 of "--rounds -1" for a flag of its own. */
function joinNegatives(argv: readonly string[]): string[] {
  const words: string[] = [];
  for (const word of argv) {
    const last = words.at(-1);
    if (/^-\d/.test(word) && last?.startsWith("--")) words.splice(-1, 1, `${last}=${word}`);
    else words.push(word);
  }
  return words;
}

/** cac hides keys such as __proto__, so the words themselves are looked at. */
function refuseUnknown(words: readonly string[], known: readonly string[]): void {
  const end = words.indexOf("--");
  for (const word of words.slice(0, end < 0 ? words.length : end)) {
    const flag = word.match(/^--?(?:no-)?([^=]+)/)?.[1];
    if (flag === undefined || known.includes(flag)) continue;
    const nearest = closestMatch(flag, known);
    throw new UsageError(`Cannot take --${flag}: there is no such flag, the nearest is --${nearest}`);
  }
}

function typedTexts(words: readonly string[], flag: string): string[] {
  return words.flatMap((word, index) => {
    if (word === `--${flag}`) return [words[index + 1] ?? ""];
    return word.startsWith(`--${flag}=`) ? [word.slice(flag.length + 3)] : [];
  });
}

function kebab(key: string): string {
  return key.replace(/_/g, "-").replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function camel(flag: string): string {
  return flag.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
