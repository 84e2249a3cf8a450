import { ToolError } from "../errors.ts";
import { type Made, openCaller, type Series } from "../measure/caller.ts";
import { faulty } from "../result/read_json.ts";
import type { Runtime } from "../runtimes/runtime.ts";
import { hideSecrets } from "../secret.ts";
import { type BroughtCall, caseOf, differingFields } from "./brought_call.ts";
import type { LeftOut } from "./callable.ts";
import { type Chosen, chooseCalls, type Wishes } from "./choose.ts";

/** Which tools are measured, with which calls, and which are not. */
export interface CallPlan {
  readonly called: readonly BroughtCall[];
  readonly left_out: readonly LeftOut[];
}

/** A call that takes longer is measured where it is asked for; the first of a cold server may take a second. */
const longestMs = 2_000;
const slowMs = 20;

/**
 * Lists the tools and calls each that may be called: the first call tells whether it can be measured, and the second what
 * of its answer varies. Throws a `UsageError` for a tool that is asked for and not there, or fails, and where none is left.
 *
 * @param open a way to the tools that nobody has called yet
 */
export async function planCalls(
  open: () => Promise<Runtime>,
  wishes: Wishes & { readonly timeoutMs: number },
): Promise<CallPlan> {
  let runtime = await open();
  try {
    const tools = await runtime.list().catch((error) => {
      throw faulty("Cannot list its tools: ", error.message);
    });
    const { chosen, left } = chooseCalls(tools, wishes);
    const called: BroughtCall[] = [];
    for (const one of chosen) {
      const tried = await attempt(runtime, one, wishes);
      if ("call" in tried) called.push(tried.call);
      else left.push({ tool: one.tool, reason: tried.reason });
      if (!("isSpoilt" in tried && tried.isSpoilt)) continue;
      await runtime[Symbol.asyncDispose]();
      runtime = await open();
    }
    const left_out = tools.flatMap(({ name }) => left.filter(({ tool }) => tool === name));
    if (called.length > 0) return { called, left_out };
    const [first] = left_out;
    const why = first ? `"${first.tool}": ${first.reason}; --call asks for one` : "it lists none";
    throw faulty(`Cannot measure any of ${tools.length} tools: `, why);
  } finally {
    await runtime[Symbol.asyncDispose]();
  }
}

/** What became of it; spoilt is a runtime on which a call may be under way still, or nobody answers any more. */
type Tried = { readonly call: BroughtCall } | { readonly reason: string; readonly isSpoilt: boolean };

async function attempt(
  runtime: Runtime,
  { isAsked, ...one }: Chosen,
  { own, timeoutMs }: Pick<Wishes, "own"> & { readonly timeoutMs: number },
): Promise<Tried> {
  using caller = openCaller(runtime, { timeoutMs: isAsked ? timeoutMs : longestMs });
  const ownCase = own.find(({ tool }) => one.input === null && tool === one.tool);
  const series = await caller.open(ownCase ?? caseOf({ ...one, varies: [], slow: false }));
  const first = await makeOne(series);
  const second = first.fault ? first : await makeOne(series);
  // A pause of the machine makes a quick tool look slow once, and hardly twice in a row.
  const last = second.fault || !isSlow(second) ? second : await makeOne(series);
  await series.close();
  if (!last.fault) {
    const varies = differingFields(first.output, second.output);
    return { call: { ...one, varies, slow: isSlow(last) } };
  }
  const { code, what, cause } = last.fault;
  const isItsOwn = cause instanceof ToolError && code !== "unreachable";
  const said = hideSecrets(isItsOwn ? cause.message : what).slice(0, 150);
  if (isAsked)
    throw faulty(`Cannot call "${one.tool}" ${ownCase ? "as its case has it" : "as asked"}: `, said);
  const isLate = code === "timeout";
  return {
    reason: isLate ? `a call takes longer than ${longestMs / 1e3} s` : `its first call failed: ${said}`,
    isSpoilt: isLate || code === "unreachable",
  };
}

const isSlow = ({ startNs, endNs }: Made) => endNs - startNs > slowMs * 1e6;

async function makeOne(series: Series): Promise<Made> {
  const trial = await series.prepare();
  const made = await series.make(trial);
  if (!made.fault) await trial.restore?.();
  return made;
}
