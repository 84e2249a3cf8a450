import { direct } from "./direct.ts";
import { handle } from "./handle.ts";
import { http } from "./http.ts";
import { json } from "./json.ts";
import { mcpHandle } from "./mcp/handle.ts";
import { mcpHttp } from "./mcp/http.ts";
import { mcpHttpSession } from "./mcp/http_session.ts";
import { mcpMemory } from "./mcp/memory.ts";
import { mcpStdio } from "./mcp/stdio.ts";
import type { RuntimeKind } from "./runtime.ts";
import { unix } from "./unix.ts";

/** Every way to reach a registry, in the order in which they are shown. */
export const runtimes: readonly RuntimeKind[] = [
  direct,
  json,
  handle,
  unix,
  http,
  ...mcpMemory,
  ...mcpHandle,
  ...mcpStdio,
  ...mcpHttp,
  mcpHttpSession,
];

/** By its name, or the one that it had in the benchmark that this suite replaces. */
export function findRuntime(name: string): RuntimeKind | undefined {
  return runtimes.find((kind) => kind.name === name || kind.formerName === name);
}
