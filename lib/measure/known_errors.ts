import { plainCase } from "../case.ts";
import { ToolError } from "../errors.ts";
import { openCaller } from "./caller.ts";
import { runClosedLoop } from "./closed_loop.ts";
import { doEach } from "./do_each.ts";
import type { LoadOptions } from "./load.ts";
import { runOpenLoop } from "./open_loop.ts";
import { type Load, pool } from "./tally.ts";

const failEvery = 8;

/** The share of calls that fail in truth. */
export const errorsPercent = 100 / failEvery;

/** The share that loads saw fail, in percent: of two kinds of load, the one that is further off. */
export interface ErrorsSeen {
  readonly percent: number;
  readonly calls: number;
}

type MakeLoad = (options: LoadOptions) => Promise<Load>;

/** The loads of the benchmarks: so many callers, and so many calls a second. */
const loads: readonly MakeLoad[] = [
  (load) => runClosedLoop({ ...load, concurrency: 10 }),
  (load) => runOpenLoop({ ...load, rate: 50_000, random: null }),
];

const callsOfEach = 200;

/** Makes a short load of each kind, of which every eighth call fails, and counts those that did. */
export async function countErrors(kinds = loads): Promise<ErrorsSeen> {
  const shares: number[] = [];
  for (const makeLoad of kinds) shares.push(await shareFailed(makeLoad));
  const off = (percent: number) => Math.abs(percent - errorsPercent);
  const [first = 0, ...others] = shares;
  const percent = others.reduce((worst, one) => (off(one) > off(worst) ? one : worst), first);
  return { percent, calls: callsOfEach * kinds.length };
}

async function shareFailed(makeLoad: MakeLoad): Promise<number> {
  let calls = 0;
  const failing = doEach("failing", () => {
    calls += 1;
    if (calls % failEvery === 0) throw new ToolError("conflict", "Cannot do it: this call is to fail");
  });
  using caller = openCaller(failing);
  const testCase = plainCase("fail", "one call in eight fails");
  const plan = Array.from({ length: callsOfEach }, () => ({ group: "all", testCase }));
  const { tallies } = await makeLoad({ caller, plan, onError: "count" });
  caller.conclude();
  const failed = pool(tallies).failed.values();
  return (100 * failed.reduce((sum, count) => sum + count, 0)) / callsOfEach;
}
