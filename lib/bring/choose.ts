import type { Case } from "../case.ts";
import { UsageError } from "../errors.ts";
import type { JsonObject } from "../fields.ts";
import type { ToolListing } from "../registry.ts";
import { faulty } from "../result/read_json.ts";
import { type AskedCall, checkNames } from "./asked_calls.ts";
import { type LeftOut, sortOut } from "./callable.ts";
import { makeInput } from "./inputs.ts";

/** What is to be called, and how. */
export interface Wishes {
  readonly asked: readonly AskedCall[];
  /** The tools to measure, by name, or `all`. */
  readonly only: readonly string[];
  /** Cases that the tools came with. */
  readonly own: readonly Case[];
  readonly seed: number;
}

/** A call that may be made. */
export interface Chosen {
  readonly tool: string;
  /** `null` where a case of its own says how it is called. */
  readonly input: JsonObject | null;
  /** What is timed, in words. */
  readonly branch: string;
  /** The runtime by which the tool is best reached. */
  readonly home: string;
  /** Whether the user wants it whatever it does; the input is made otherwise. */
  readonly isAsked: boolean;
}

/** Who wants to measure more names them in shares. */
const mostTools = 200;

/** Chooses a call for each tool that may be called. Throws a `UsageError` for names that are not there. */
export function chooseCalls(
  tools: readonly ToolListing[],
  { asked, only, own, seed }: Wishes,
): { readonly chosen: Chosen[]; readonly left: LeftOut[] } {
  const names = tools.map(({ name }) => name);
  checkListed(names);
  checkNames("call", toolsOf(asked), names);
  if (!only.includes("all")) checkNames("tool", only, names);
  const wanted = tools.filter(({ name }) => only.includes("all") || only.includes(name));
  const calls = new Map<string, Pick<Chosen, "input" | "branch" | "isAsked">>([
    ...own.map(({ tool, branch }) => [tool, { input: null, branch, isAsked: true }] as const),
    ...asked.map(
      ({ tool, input }) => [tool, { input, branch: `as asked, ${show(input)}`, isAsked: true }] as const,
    ),
  ]);
  const { callable, left } = sortOut(wanted.filter(({ name }) => !calls.has(name)));
  const count = wanted.length - left.length;
  if (count > mostTools)
    throw new UsageError(`Cannot measure ${count} tools: ${mostTools} are the most, name some by --tool`);
  for (const { name: tool, input_schema } of callable) {
    const made = makeInput(input_schema, seed);
    if ("why" in made) left.push({ tool, reason: made.why });
    else calls.set(tool, { ...made, branch: `the least it takes, ${show(made.input)}`, isAsked: false });
  }
  const chosen = wanted.flatMap(({ name: tool, home }) => {
    const call = calls.get(tool);
    return call ? [{ tool, home, ...call }] : [];
  });
  return { chosen, left };
}

function toolsOf(all: readonly { readonly tool: string }[]): string[] {
  return all.map(({ tool }) => tool);
}

/** Refuses names that a table could not show, or tell apart. */
function checkListed(names: readonly string[]): void {
  const twice = names.find((name, n) => names.indexOf(name) < n);
  if (twice !== undefined)
    throw faulty("Cannot measure its tools: ", `two are called "${twice.slice(0, 64)}"`);
  const strange = names.find((name) => !/^[^\p{Cc}\p{Cs}]{1,256}$/u.test(name));
  if (strange !== undefined)
    throw faulty("Cannot measure its tools: ", `one is called "${strange.slice(0, 64)}", which is no name`);
}

function show(input: JsonObject): string {
  const text = JSON.stringify(input);
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
