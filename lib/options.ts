import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { cac } from "cac";
import { closestMatch } from "leven";
import { z } from "zod";
import { version } from "../package.json";
import { UsageError } from "./errors.ts";

export interface Usage<Options> {
  /** The script's name, without folder and ending. */
  readonly name: string;
  /** The question it answers. */
  readonly question: string;
  /** An object with one field for a flag: its type, default, limits and help. */
  readonly options: z.ZodType<Options>;
  /** Values that `--quick` puts in place of the defaults. */
  readonly quick?: Readonly<Record<string, unknown>>;
  /** What may stand beside the flags, as help shows it, such as `[...files]`; nothing by default. */
  readonly args?: string;
  /** Flags of others that this script does not take, with the reason, as a clause. */
  readonly refused?: Readonly<Record<string, string>>;
}

export interface Given<Options> {
  /** The values of the flags. */
  readonly options: Options;
  /** The words beside the flags, and then those after `--`. */
  readonly args: readonly string[];
}

/** What every benchmark is given. */
export type CommonOptions = z.output<z.ZodObject<ReturnType<typeof commonOptions>>>;

/** The flags that every benchmark takes. */
export function commonOptions(name: string) {
  return {
    seed: z.int().min(0).max(0xffffffff).default(1).describe("seed of every order and every input"),
    output: z.string().min(1).default(`results/${name}.json`).describe("where the result goes"),
    quick: z.boolean().default(false).describe("take a quick look: few samples, wide intervals"),
    brief: z.boolean().default(false).describe("print the verdicts only"),
    json: z.boolean().default(false).describe("print the result as JSON on stdout, and nothing else there"),
    check: z.boolean().default(false).describe("exit with 1 unless every criterion is met"),
    strict: z.boolean().default(false).describe("exit with 4 when a criterion is inconclusive"),
    verbose: z.boolean().default(false).describe("say what each round found"),
  };
}

/** How many rounds are taken: fresh sets of processes, until intervals are narrow enough or time is up. */
export const roundOptions = {
  rounds: z
    .int()
    .min(1)
    .max(200)
    .optional()
    .describe("take exactly so many rounds (default: as many as it takes)"),
  precision: z
    .number()
    .positive()
    .max(100)
    .default(5)
    .describe("half-width that every interval is to have, in points or percent"),
  budget: z
    .number()
    .positive()
    .max(86_400)
    .optional()
    .describe("seconds after which no more rounds begin (default: 60, or what 8 rounds take)"),
};

/** Some of these names, in their order, or `all`; a name that is not there is told the nearest. */
export function someOf<Name extends string>(
  names: readonly Name[],
  { formerNames = {}, all = names }: { formerNames?: Record<string, Name>; all?: readonly Name[] } = {},
) {
  return z
    .array(z.string())
    .default(["all"])
    .transform((given, context): Name[] => {
      const known: readonly string[] = [...names, ...Object.keys(formerNames), "all"];
      const wrong = given.find((word) => !known.includes(word));
      if (wrong === undefined) {
        const chosen = new Set(given.flatMap((word) => (word === "all" ? all : (formerNames[word] ?? word))));
        return names.filter((name) => chosen.has(name));
      }
      context.addIssue(`there is no "${wrong.slice(0, 64)}", the nearest is "${closestMatch(wrong, known)}"`);
      return z.NEVER;
    });
}

/**
 * Reads a command line: `parseArgs` splits it, the zod shape names the flags and decides their values, cac shows help.
 * Answers `undefined` when only help or the version was asked for, and prints that. Throws a `UsageError`.
 */
export function readOptions<Options>(
  usage: Usage<Options>,
  argv: readonly string[],
): Given<Options> | undefined {
  const flags = describeFlags(usage.options);
  const { typed, args } = split(flags, argv.slice(2), usage.refused);
  if (typed.has("help")) showHelp(usage, flags);
  else if (typed.has("version")) console.info(version);
  if (typed.has("help") || typed.has("version")) return undefined;
  const [extra] = args;
  if (extra !== undefined && usage.args === undefined)
    throw new UsageError(`Cannot take the argument "${extra}": there are only flags`);

  const given: Record<string, unknown> = typed.get("quick")?.at(-1) ? { ...usage.quick } : {};
  for (const { flag, key, kind, without } of flags) {
    const values = typed.get(flag);
    if (!values) continue;
    if (kind !== "array" && values.length > 1)
      throw new UsageError(`Cannot take --${flag}: it is given twice`);
    const other = without.find((one) => typed.has(one));
    if (other !== undefined) throw new UsageError(`Cannot take --${flag}: it does not go with --${other}`);
    given[key] = kind === "array" ? values : toValue(flag, kind, values[0]);
  }
  const parsed = usage.options.safeParse(given);
  if (parsed.success) return { options: parsed.data, args };
  const [issue] = parsed.error.issues;
  if (!issue) throw parsed.error;
  const word = issue.path.reduce<unknown>((value, key) => Object(value)[key], given);
  throw new UsageError(`Cannot take --${kebab(String(issue.path[0]))}: ${complaint(issue, word)}`);
}

interface Flag {
  /** What options name it. */
  readonly key: string;
  /** What a command line names it. */
  readonly flag: string;
  /** Its type in JSON Schema. */
  readonly kind: string;
  readonly value: string;
  readonly text: string;
  /** Flags that leave it nothing to say; its schema has them as `meta({ without })`. */
  readonly without: readonly string[];
}

/** Each flag may stand there more than once, so that one which must not can say so. */
function split(flags: readonly Flag[], argv: readonly string[], refused: Usage<unknown>["refused"] = {}) {
  const typeOf = (kind: string) => (kind === "boolean" ? "boolean" : "string");
  const own = flags.map(({ flag, kind }) => [flag, { type: typeOf(kind), multiple: true } as const] as const);
  const options = {
    ...Object.fromEntries(own),
    ...({ help: { type: "boolean", short: "h" }, version: { type: "boolean", short: "v" } } as const),
  };
  const typed = new Map<string, (string | boolean)[]>();
  const args: string[] = [];
  for (const token of tokensOf(options, flags, argv, refused)) {
    if (token.kind === "positional") args.push(token.value);
    if (token.kind !== "option") continue;
    const value = token.value ?? !token.rawName.startsWith("--no-");
    typed.set(token.name, [...(typed.get(token.name) ?? []), value]);
  }
  return { typed, args };
}

function tokensOf(
  options: ParseArgsOptionsConfig,
  flags: readonly Flag[],
  argv: readonly string[],
  refused: Readonly<Record<string, string>>,
) {
  const args = joinNegatives(argv);
  try {
    return parseArgs({ args, options, allowPositionals: true, allowNegative: true, tokens: true }).tokens;
  } catch (error) {
    const { code, message } = Object(error);
    const [, word = ""] = /'(?:-\w, )?-{1,2}([^' ]*)/.exec(message) ?? [];
    if (code === "ERR_PARSE_ARGS_UNKNOWN_OPTION") {
      const names = flags.map(({ flag }) => flag);
      const nearest = closestMatch(word.replace(/^no-/, ""), names);
      const why = Object.hasOwn(refused, word) ? refused[word] : undefined;
      const known = nearest === undefined ? "there are --help and --version" : `the nearest is --${nearest}`;
      const state = why ?? `there is no such flag, ${known}`;
      throw new UsageError(`Cannot take --${word}: ${state}`);
    }
    if (code !== "ERR_PARSE_ARGS_INVALID_OPTION_VALUE") throw error;
    const state = message.includes("does not take") ? "it takes no value" : "its value is missing";
    throw new UsageError(`Cannot take --${word}: ${state}`);
  }
}

/** A number is taken as it is written: a blank is none, and neither is `true`. */
function toValue(flag: string, kind: string, typed: string | boolean | undefined): unknown {
  if (kind !== "number" && kind !== "integer") return typed;
  if (typeof typed === "string" && /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(typed)) return Number(typed);
  throw new UsageError(`Cannot take --${flag}: "${typed}" is no number`);
}

function complaint(issue: z.core.$ZodIssue, typed: unknown): string {
  if (typed === undefined) return "it is missing";
  if (issue.code !== "invalid_value") return issue.message;
  const choices = issue.values.map(String);
  return `there is no "${typed}", the nearest of ${choices.join(", ")} is "${closestMatch(String(typed), choices)}"`;
}

function describeFlags(schema: z.ZodType): Flag[] {
  const { properties = {} } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return Object.entries(properties).map(([key, property]) => {
    const { type, description = "", default: preset, without } = typeof property === "object" ? property : {};
    const kind = String(type);
    const value = kind === "boolean" ? "" : kind === "integer" || kind === "number" ? " <n>" : " <value>";
    const shown =
      value === "" || preset === undefined ? "" : ` (default: ${[preset].flat().join(" ") || "all"})`;
    const apart = z.array(z.string()).default([]).parse(without);
    return { key, flag: kebab(key), kind, value, text: description + shown, without: apart };
  });
}

function showHelp({ name, question, args = "" }: Usage<unknown>, flags: readonly Flag[]): void {
  const cli = cac(`bun run scripts/${name}.ts`);
  const command = cli.command(args, question).option("-v, --version", "show the version");
  for (const { flag, value, text } of flags) command.option(`--${flag}${value}`, text);
  cli.help((sections) => [
    { body: question },
    ...sections.filter(({ title }) => /Usage|Options/.test(title ?? "")),
  ]);
  cli.parse(["bun", name, "--help"], { run: false });
}

/** `parseArgs` takes the -1 of "--rounds -1" for a flag of its own. */
function joinNegatives(argv: readonly string[]): string[] {
  const words: string[] = [];
  for (const word of argv) {
    const last = words.at(-1);
    if (/^-\d/.test(word) && last?.startsWith("--") && last !== "--") words.splice(-1, 1, `${last}=${word}`);
    else words.push(word);
  }
  return words;
}

function kebab(key: string): string {
  return key.replace(/_/g, "-").replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
