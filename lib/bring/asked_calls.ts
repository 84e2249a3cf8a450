import { closestMatch } from "leven";
import { z } from "zod";
import type { JsonObject } from "../fields.ts";
import { faulty, readJson } from "../result/read_json.ts";
import { isObject } from "../runtimes/mcp/era.ts";

/** A call that the user asked for. Its texts may hold `{{uuid}}` and `{{n}}`, which `fillIn` fills in. */
export interface AskedCall {
  readonly tool: string;
  readonly input: JsonObject;
}

/** The flags that say with what tools are called. */
export const callOptions = {
  call: z
    .array(z.string())
    .optional()
    .transform((words = [], context) => words.flatMap((word) => parseCall(word, context)))
    .describe(`call a tool with this input, as in echo='{"message":"hi"}'; may be repeated`),
  calls: z
    .string()
    .min(1)
    .optional()
    .describe(`JSON file of inputs by the names of tools, as in {"echo":{"message":"hi"}}`),
};

function parseCall(word: string, context: z.core.$RefinementCtx): AskedCall[] {
  const [, tool = "", text = ""] = /^([^=]+)=(.*)$/s.exec(word) ?? [];
  try {
    const input: unknown = JSON.parse(text);
    if (isObject(input)) return [{ tool, input }];
    context.addIssue(`the input of "${tool.slice(0, 64)}" is no JSON object`);
  } catch {
    const state =
      tool === "" ? `"${word.slice(0, 64)}" is no call` : `the input of "${tool.slice(0, 64)}" is no JSON`;
    context.addIssue(`${state}, write NAME='{"json":1}'`);
  }
  return [];
}

/** All calls that are asked for. Throws a `UsageError` for a file that is none, or a tool that is there twice. */
export function readAskedCalls(given: {
  call: readonly AskedCall[];
  calls?: string | undefined;
}): AskedCall[] {
  const asked = [...given.call, ...(given.calls === undefined ? [] : readCallsFile(given.calls))];
  const twice = asked.find(({ tool }, n) => asked.findIndex((one) => one.tool === tool) < n);
  if (twice) throw faulty(`Cannot call "${twice.tool.slice(0, 64)}": `, "it is asked for twice");
  return asked;
}

const callsFile = z.record(z.string(), z.record(z.string(), z.unknown()));

function readCallsFile(path: string): AskedCall[] {
  const { data, error } = callsFile.safeParse(readJson(path));
  if (data) return Object.entries(data).map(([tool, input]) => ({ tool, input }));
  const where = error.issues[0]?.path.join(".") || "all of it";
  throw faulty(
    `Cannot take calls from "${path}": `,
    `${where} is no JSON object; write {"NAME": {"json": 1}}`,
  );
}

/** Throws a `UsageError` that names the nearest, where a tool that is asked for by `flag` is not among these. */
export function checkNames(flag: string, asked: readonly string[], names: readonly string[]): void {
  const wrong = asked.find((name) => !names.includes(name));
  if (wrong === undefined) return;
  const nearest = closestMatch(wrong.slice(0, 64), [...names]);
  const hint = nearest === undefined ? "there are no tools" : `the nearest is "${nearest.slice(0, 64)}"`;
  throw faulty(`Cannot take --${flag}: `, `there is no tool "${wrong.slice(0, 64)}", ${hint}`);
}

/** `{{uuid}}` is another one at each place and in each call; `{{n}}` is the call's number, which is a number where it stands alone. */
export function fillIn(input: JsonObject, n: number): JsonObject {
  const fill = (value: unknown): unknown => {
    if (value === "{{n}}") return n;
    if (typeof value === "string")
      return value.replaceAll("{{uuid}}", () => crypto.randomUUID()).replaceAll("{{n}}", `${n}`);
    if (Array.isArray(value)) return value.map(fill);
    return isObject(value) ? fillAll(value) : value;
  };
  const fillAll = (object: JsonObject): JsonObject =>
    Object.fromEntries(Object.entries(object).map(([key, value]) => [key, fill(value)]));
  return /\{\{(uuid|n)\}\}/.test(JSON.stringify(input)) ? fillAll(input) : input;
}
