import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import type { Case } from "../case.ts";
import { within } from "../child.ts";
import { type Tool, ToolRegistry } from "../registry.ts";
import { faulty } from "../result/read_json.ts";
import type { ToolSource } from "../runtimes/host.ts";

/** The tools that a module of the user's exports, for a process of its own. */
export function ownTools(path: string): ToolSource {
  return { module: import.meta.path, task: path };
}

/** Opens them. Throws a `UsageError` for a module that exports none. */
export async function openTools(path: string) {
  const { tools } = await readToolsFile(path);
  return { registry: new ToolRegistry(tools), [Symbol.asyncDispose]: async () => {} };
}

const isFunction = (value: unknown) => typeof value === "function";
const tool = z.custom<Tool>(
  (one) =>
    typeof Object(one).name === "string" &&
    isFunction(Object(one).call) &&
    isFunction(Object(one).input?.safeParse),
  "is not made by defineTool",
);
const ownCase = z.custom<Case>(
  (one) => typeof Object(one).tool === "string" && isFunction(Object(one).open),
  "is no case: it has a tool, a branch and a function open",
);
const toolsFile = z.object({
  tools: z.array(tool, "is no list").min(1, "is empty"),
  cases: z.array(ownCase, "is no list").default([]),
});

/** The longest that a module of the user's may take to load: one may wait at its top for what never comes. */
const loadMs = 30_000;

/** What a module exports of tools, and of cases that say how to call them. Throws a `UsageError` for what cannot be used. */
export async function readToolsFile(path: string): Promise<z.infer<typeof toolsFile>> {
  const cannot = (state: string) => faulty(`Cannot take tools from "${path}": `, state);
  if (!existsSync(path)) throw cannot("there is no such file");
  const loading = import(resolve(path)).catch((error) => {
    throw cannot(`it does not load: ${error}`);
  });
  const module: unknown = await within(loadMs, loading);
  if (module === null) throw cannot(`it has not loaded within ${loadMs / 1e3} s`);
  const { data, error } = toolsFile.safeParse(module);
  const [issue] = error?.issues ?? [];
  if (issue?.path.length === 1 && Object(module).tools === undefined)
    throw cannot("it exports no tools; write `export const tools = [defineTool({ … })]`");
  if (issue) throw cannot(`its ${issue.path.join(".")} ${issue.message}`);
  if (!data) throw error;
  const names = data.tools.map(({ name }) => name);
  const twice = names.find((name, n) => names.indexOf(name) < n);
  if (twice !== undefined) throw cannot(`two of them are called "${twice}"`);
  const called = data.cases.map(({ tool }) => tool);
  const strange = called.find((name, n) => !names.includes(name) || called.indexOf(name) < n);
  if (strange !== undefined)
    throw cannot(`it has ${names.includes(strange) ? "two cases" : "a case, and no tool,"} of "${strange}"`);
  return data;
}
