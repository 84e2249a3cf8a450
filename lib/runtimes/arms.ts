import { closestMatch } from "leven";
import { z } from "zod";
import type { ChildOptions } from "../child.ts";
import { UsageError } from "../errors.ts";
import { direct } from "./direct.ts";
import { openHost, type ToolSource } from "./host.ts";
import { http } from "./http.ts";
import type { Host, RuntimeKind } from "./runtime.ts";
import { findRuntime, runtimes } from "./runtimes.ts";

/** One side of a comparison. */
export interface Arm {
  /** As tables show it: that of its runtime, with a number behind it where that is there more than once. */
  readonly name: string;
  readonly runtime: string;
}

/** What is compared unless something else is asked for. */
const usual: readonly string[] = [direct.name, http.name];

/** Flags that bring a server of somebody else's, which has the one way by which it is reached. */
const foreign = ["mcp-command", "mcp-url", "url"];

/** The flag that chooses runtimes; `others` are made of them by the benchmark itself. */
export function runtimesOption(names = usual, others: readonly string[] = []) {
  return z
    .string()
    .default(names.join())
    .transform((text, context): Arm[] => {
      const chosen = text.split(",").map((word) => nameOf(word.trim(), others, context));
      return chosen.map((runtime, n) => {
        const times = chosen.slice(0, n + 1).filter((name) => name === runtime).length;
        return { name: times === 1 ? runtime : `${runtime} (${times})`, runtime };
      });
    })
    .describe(`ways to reach the tools, separated by commas, of ${known(others).join(", ")}`)
    .meta({ without: foreign });
}

/** The flags that choose what is compared, and with what. */
export function armOptions(names = usual, reference = http.name, others: readonly string[] = []) {
  return {
    runtimes: runtimesOption(names, others),
    reference: z
      .string()
      .default(reference)
      .transform((word, context) => nameOf(word, others, context))
      .describe("the one of them that the others are held against")
      .meta({ without: foreign }),
  };
}

function known(others: readonly string[]): string[] {
  return [...runtimes.map(({ name }) => name), ...others];
}

function nameOf(word: string, others: readonly string[], context: z.core.$RefinementCtx): string {
  const name = others.includes(word) ? word : findRuntime(word)?.name;
  if (name !== undefined) return name;
  const nearest = closestMatch(word, known(others));
  context.addIssue(`there is no "${word.slice(0, 64)}", the nearest is "${nearest}"`);
  return z.NEVER;
}

/** Throws a `UsageError` for a reference that is not among several runtimes; one alone is held against nothing. */
export function checkArms({ runtimes, reference }: { runtimes: readonly Arm[]; reference: string }): void {
  if (runtimes.length > 1 && !runtimes.some(({ name }) => name === reference))
    throw new UsageError(
      `Cannot hold anything against "${reference}": --runtimes are ${runtimes.map(({ name }) => name).join()}, and --reference is one of them`,
    );
}

/** The first that is a runtime; direct calls where all are made of others. */
export function firstRuntime(arms: readonly Arm[]): Arm {
  return arms.find(({ runtime }) => findRuntime(runtime)) ?? { name: direct.name, runtime: direct.name };
}

/** The runtime of an arm. Throws a `RangeError` when there is none of its name. */
export function kindOf({ runtime }: Arm): RuntimeKind {
  const kind = findRuntime(runtime);
  if (!kind) throw new RangeError(`Cannot open "${runtime}": there is no such runtime`);
  return kind;
}

/** Opens the tools on the runtime of an arm. */
export function openArm(arm: Arm, source: ToolSource, options: ChildOptions = {}): Promise<Host> {
  return openHost(kindOf(arm), source, options);
}

/** Opens the tools once for each arm, all at the same time. Whatever is opened is put on `opened`. */
export async function openArms(
  arms: readonly Arm[],
  source: ToolSource,
  opened: AsyncDisposableStack,
): Promise<Host[]> {
  return Promise.all(arms.map(async (arm) => opened.use(await openArm(arm, source))));
}
