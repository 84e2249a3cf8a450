import type { Tool } from "@modelcontextprotocol/client";
import { type AskedCall, checkNames, fillIn } from "../../bring/asked_calls.ts";
import { sortOut } from "../../bring/callable.ts";
import { makeInput } from "../../bring/inputs.ts";
import type { Connection } from "../../runtimes/mcp/connection.ts";
import { ServerFault } from "../../runtimes/mcp/server_fault.ts";
import { hideSecrets } from "../../secret.ts";
import type { Plan } from "./said.ts";
import { timed } from "./start.ts";

/** A call that nobody asked for and that takes longer is given up; others may still have to wait for it. */
const longestMs = 2_000;
const mostTried = 12;

/** A call that may be made. */
export interface Choice extends AskedCall {
  readonly isAsked: boolean;
  /** The tool says that it changes nothing. */
  readonly onlyReads: boolean;
}

/** What became of a call. */
export interface Tried extends Choice {
  /** What it took the second time; `null` where it failed, was given up, or not made. */
  readonly ms: number | null;
  /** Why it is not timed; `null` when it can be, and when it was given up. */
  readonly reason: string | null;
}

/**
 * A call for each tool that may be called, those that were asked for first and then those that only read, and why the
 * others are left out. Throws a `UsageError` for a tool that is asked for and not there.
 */
export function chooseCalls(
  tools: readonly Tool[],
  asked: readonly AskedCall[],
  seed: number,
): { readonly choices: Choice[]; readonly left: ReadonlyMap<string, string> } {
  const wanted = asked.map(({ tool }) => tool);
  checkNames(
    "call",
    wanted,
    tools.map(({ name }) => name),
  );
  const others = sortOut(tools.filter(({ name }) => !wanted.includes(name)));
  const left = new Map(others.left.map(({ tool, reason }) => [tool, reason]));
  const choices = asked.map((call): Choice => ({ ...call, isAsked: true, onlyReads: false }));
  const reads = ({ annotations }: Tool) => annotations?.readOnlyHint === true;
  const sorted = [...others.callable.filter(reads), ...others.callable.filter((tool) => !reads(tool))];
  for (const [n, tool] of sorted.entries()) {
    const { name, inputSchema } = tool;
    const made = n < mostTried ? makeInput(inputSchema, seed) : { why: `${mostTried} others were tried` };
    if ("why" in made) left.set(name, `${made.why}; --call asks for it`);
    else choices.push({ tool: name, ...made, isAsked: false, onlyReads: reads(tool) });
  }
  return { choices, left };
}

/** Makes each call twice, after those that were tried, until one is given up: behind that, others might have to wait. */
export async function tryCalls(
  connection: Connection,
  choices: readonly Choice[],
  tried: readonly Tried[],
): Promise<Tried[]> {
  const all = [...tried];
  for (const choice of choices.slice(tried.length)) {
    const isNeeded = choice.isAsked || choice.onlyReads || !all.some(({ ms }) => ms !== null);
    const one = isNeeded ? await tryCall(connection, choice) : { ...choice, ms: null, reason: unneeded };
    all.push(one);
    if (isGivenUp(one)) break;
  }
  return all;
}

const unneeded = "it may change something, and others only read; --call asks for it";

export function isGivenUp({ ms, reason }: Tried): boolean {
  return ms === null && reason === null;
}

async function tryCall(connection: Connection, choice: Choice): Promise<Tried> {
  const { tool, input, isAsked } = choice;
  const late = AbortSignal.timeout(longestMs);
  let ms = 0;
  try {
    for (const n of [0, 1]) {
      const call = await timed(connection, () =>
        connection.call(tool, fillIn(input, n), isAsked ? undefined : late),
      );
      const { failure } = call.value;
      if (failure !== null) return { ...choice, ms: null, reason: `it failed: ${brief(failure)}` };
      ms = call.ms;
    }
    return { ...choice, ms, reason: null };
  } catch (error) {
    if (late.aborted && error instanceof ServerFault && error.kind === "other" && !isAsked)
      return { ...choice, ms: null, reason: null };
    throw error;
  }
}

/** Tools that take longer are timed where there is none that is quicker. */
const quickMs = 100;

/** What is timed, and the slowest that there is; `null` where no call can be timed. */
export function choosePlan(tried: readonly Tried[]): Omit<Plan, "startMs"> | null {
  const timeable = tried.flatMap(({ ms, ...call }) => (ms === null ? [] : [{ ...call, ms }]));
  const byTime = timeable.toSorted((a, b) => a.ms - b.ms);
  const usual = timeable.find(({ ms }) => ms <= quickMs) ?? byTime[0];
  const slow = tried.find(isGivenUp) ?? byTime.at(-1);
  if (!usual || !slow) return null;
  const call = ({ tool, input }: AskedCall): AskedCall => ({ tool, input });
  const [first, ...more] = timeable.filter(({ isAsked }) => isAsked);
  return { calls: [call(first ?? usual), ...more.map(call)], slow: call(slow), slowMs: slow.ms };
}

function brief(text: string): string {
  return hideSecrets(text).replace(/\s+/g, " ").slice(0, 80);
}
