import { join } from "node:path";
import { z } from "zod";
import { UsageError } from "../errors.ts";
import { openTemporaryFolder } from "../temporary_folder.ts";
import { untouchedBy } from "./untouched.ts";
import { openWorktree } from "./worktree.ts";

/** One of two that are measured against each other: a checkout, and what its script is told that the other's is not. */
export interface SideOf {
  readonly root: string;
  readonly cwd: string;
  readonly flags: readonly string[];
}

/** What is measured against each other, with one script. */
export interface Sides {
  readonly base: SideOf;
  readonly candidate: SideOf;
  /** Where both leave what they found. */
  readonly folder: string;
  /** The benchmark to run, without folder and ending, and the flags of both. */
  readonly script: string;
  readonly flags: readonly string[];
  /** The tools that no difference between both touches. */
  readonly untouched: ReadonlySet<string>;
}

const root = join(import.meta.dir, "..", "..");

/** The scripts whose rounds take no turns with those of another process, or that have none. */
const apart = [
  ...["memory_usage", "probe_server", "self_check"],
  ...["run_benchmarks", "compare", "merge", "report", "export", "serve", "verify"],
];

/** Flags that the comparison gives a benchmark itself. */
const owned: Readonly<Record<string, string>> = {
  rounds: "rounds are taken until --budget is spent",
  seed: "it goes before the --",
  output: "a comparison writes no result",
  check: "the exit code tells whether something is slower",
  strict: "it goes before the --",
};

/** Throws a `UsageError` for a benchmark that cannot be compared in turns, and for flags that are not its own then. */
function checkWords(script: string, flags: readonly string[]): void {
  if (apart.includes(script))
    throw new UsageError(
      `Cannot compare by "${script}": it takes no turns; where it measures, run it twice and compare the two result files`,
    );
  for (const flag of flags) {
    const [, name = ""] = /^--([a-z]+)(?:=|$)/.exec(flag) ?? [];
    if (Object.hasOwn(owned, name)) throw new UsageError(`Cannot take ${flag} behind --: ${owned[name]}`);
  }
}

/** This revision against another one. Throws a `UsageError` where that cannot be measured. */
export async function openRevisions(
  revision: string,
  [script, ...flags]: readonly string[],
  signal: AbortSignal,
  opened: AsyncDisposableStack,
): Promise<Sides> {
  if (script === undefined)
    throw new UsageError("Cannot compare revisions: name a benchmark after --, as in -- p2p_latency");
  checkWords(script, flags);
  const tree = opened.use(await openWorktree(root, revision, script, signal));
  return {
    base: { root: tree.path, cwd: tree.path, flags: [] },
    candidate: { root, cwd: root, flags: [] },
    ...{ folder: tree.folder, script, flags },
    untouched: await untouchedBy(root, tree.changed),
  };
}

/** The flags of benchmarks that name what is measured. */
const names = ["tools", "mcp_command", "mcp_url", "url"] as const;
type Named = { readonly [Name in (typeof names)[number]]?: readonly string[] | undefined };

const twice = z.array(z.string().min(1)).optional();

/** The flags that name two things to measure against each other: the one that was, and the one that is to come. */
export const pairOptions = {
  tools: twice.describe("two modules of tools to compare: given twice, the base first"),
  mcp_command: twice.describe("two MCP servers to compare, by the commands that start them: given twice"),
  mcp_url: twice.describe("two MCP servers to compare, by their URLs: given twice"),
  url: twice.describe("two servers with GET /tools and POST /tools/NAME to compare: given twice"),
};

/** Which two are named; `null` where none is. Throws a `UsageError` for anything but two of one kind. */
export function readPair(given: Named): readonly [base: string[], candidate: string[]] | null {
  const asked = names.flatMap((name) => (given[name] ?? []).map((value) => ({ flag: flagOf(name), value })));
  const [base, candidate, ...more] = asked;
  if (!base) return null;
  if (candidate?.flag === base.flag && more.length === 0)
    return [
      [base.flag, base.value],
      [candidate.flag, candidate.value],
    ];
  throw new UsageError(`Cannot compare: give ${base.flag} twice, and no other of its kind`);
}

function flagOf(name: string): string {
  return `--${name.replace("_", "-")}`;
}

/** Two servers, or modules of tools, by one benchmark of this revision. */
export async function openPair(
  [base, candidate]: readonly [base: string[], candidate: string[]],
  [script = "p2p_latency", ...flags]: readonly string[],
  opened: AsyncDisposableStack,
): Promise<Sides> {
  if (!(await Bun.file(join(root, "scripts", `${script}.ts`)).exists()))
    throw new UsageError(`Cannot compare by "${script}": there is no scripts/${script}.ts`);
  checkWords(script, flags);
  const folder = opened.use(await openTemporaryFolder("compared-"));
  const side = (own: readonly string[]) => ({ root, cwd: process.cwd(), flags: own });
  return {
    ...{ base: side(base), candidate: side(candidate) },
    ...{ folder: folder.path, script, flags, untouched: new Set() },
  };
}
