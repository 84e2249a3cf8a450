import type { Tool } from "@modelcontextprotocol/client";
import { UsageError } from "../../errors.ts";
import type { JobTools } from "../../experiment.ts";
import { ServerFault } from "../../runtimes/mcp/server_fault.ts";
import { hideSecrets } from "../../secret.ts";
import { countTokens } from "./count_tokens.ts";
import type { Job, Said, SeenTool } from "./said.ts";
import { withServer } from "./server.ts";
import { startOf, timed, totalOf } from "./start.ts";
import { showTarget, type Target } from "./target.ts";
import { chooseCalls, choosePlan, isGivenUp, type Tried, tryCalls } from "./try_calls.ts";

/** As often the server is started anew, after a call that was given up. */
const mostAnew = 2;

/**
 * Starts the server for the first time, lists its tools, and calls those that may be called. Throws a `UsageError` where
 * none of them can be timed, or one that was asked for fails.
 */
export async function lookAt(job: Job, { opened, say }: JobTools<Said>): Promise<void> {
  const { target, asked, seed } = job;
  const first = await withServer(target, { opened }, async (server) => {
    const { connection } = server;
    const { protocol, keepsSession } = connection;
    const { value: tools, ms: listMs } = await timed(connection, () => connection.list());
    if (tools.length === 0) throw new ServerFault("its tools", "it lists no tools");
    const start = await startOf(server, { listMs, callMs: null });
    if (start) say({ kind: "start", isFirst: true, start });
    const { choices, left } = chooseCalls(tools, asked, seed);
    const tried = await tryCalls(connection, choices, []);
    return {
      tools,
      start,
      choices,
      left,
      tried,
      facts: { ...labelsOf(connection.server), protocol, keepsSession },
    };
  });
  const { tools, start, choices, left, facts } = first;
  let { tried } = first;
  for (let n = 0; n < mostAnew && tried.length < choices.length; n++)
    tried = await withServer(target, { opened }, ({ connection }) => tryCalls(connection, choices, tried));
  const seen = tools.map((tool) => sumUp(tool, tried, left));
  const listed = JSON.stringify(tools);
  say({
    ...{ kind: "looked", ...facts, tools: seen, listBytes: Buffer.byteLength(listed) },
    listTokens: await countTokens(listed),
    plan: { ...planOf(tried, seen, target), startMs: start ? totalOf(start) : 0 },
  });
}

function planOf(tried: readonly Tried[], seen: readonly SeenTool[], target: Target) {
  const cannot = (state: string) =>
    new UsageError(`Cannot probe ${showTarget(target)}: ${hideSecrets(state)}`);
  const failed = tried.find(({ isAsked, reason }) => isAsked && reason !== null);
  if (failed) throw cannot(`its tool "${failed.tool}" was called as asked, and ${failed.reason}`);
  const plan = choosePlan(tried);
  if (plan) return plan;
  throw cannot(`none of its tools can be timed, "${seen[0]?.name}": ${seen[0]?.reason}`);
}

function sumUp(tool: Tool, tried: readonly Tried[], left: ReadonlyMap<string, string>): SeenTool {
  const { name } = tool;
  const one = tried.find((one) => one.tool === name);
  const other = left.get(name) ?? "others took too long; --call asks for it";
  const reason =
    one && isGivenUp(one) ? "it takes longer than 2 s; --call asks for it" : one ? one.reason : other;
  return { name, bytes: Buffer.byteLength(JSON.stringify(tool)), ms: one?.ms ?? null, reason };
}

/** What a server calls itself may be anything. */
function labelsOf({ name, version }: { name: string; version: string }) {
  const label = (text: string) => hideSecrets(text).toWellFormed().slice(0, 100).toWellFormed();
  return { server: label(name) || "server", version: label(version) };
}
