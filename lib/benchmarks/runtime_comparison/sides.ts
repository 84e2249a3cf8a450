import { casesOf, openCalled } from "../../bring/called.ts";
import { isBrought } from "../../bring/options.ts";
import { toolsOf } from "../../cases.ts";
import type { JobTools } from "../../experiment.ts";
import { type Caller, openCaller, shareCalls } from "../../measure/caller.ts";
import { compareAnswers } from "../../measure/compare_answers.ts";
import { type Meter, openMeter } from "../../measure/meter.ts";
import { openRandom, type Random } from "../../random.ts";
import { openRouter } from "../../runtimes/router.ts";
import type { Runtime } from "../../runtimes/runtime.ts";
import { controlOf, dual, type Given, isGeneral } from "./options.ts";
import { openTraffic, type Traffic } from "./traffic_table.ts";
import { ours, type Subject } from "./workloads.ts";

/** One side of the comparison. */
export interface Side {
  readonly name: string;
  readonly caller: Caller;
  /** The process that serves its general tools. */
  readonly serverPid: number;
}

/** All sides of a round, open at once; those that use the same runtime share it, as they do in life. */
export interface Sides {
  readonly all: readonly Side[];
  /** Where the router sends its calls. */
  readonly traffic: Traffic;
  readonly random: Random;
  readonly meter: Meter;
  readonly subject: Subject;
  readonly given: Given;
  readonly round: number;
  /** Stands before each visit and block. */
  turn(): Promise<void>;
}

/** Opens each runtime once, holds their answers against each other, and opens the sides on them. */
export async function openSides(
  given: Given,
  bootstrap: readonly string[] | undefined,
  round: number,
  { opened, turn }: Pick<JobTools<never>, "opened" | "turn">,
): Promise<Sides> {
  const { runtimes, reference, seed, timeout } = given;
  const options = { timeoutMs: timeout * 1000 };
  const names = new Set([...runtimes.map(({ runtime }) => runtime), reference, "direct"]);
  names.delete(dual);
  const arms = [...names].map((name) => ({ name, runtime: name }));
  const hosts = new Map(
    (await openCalled({ ...given, runtimes: arms }, { bootstrap }, opened)).map((host) => [host.name, host]),
  );
  const traffic = openTraffic();
  const router = opened.use(
    await openRouter({ runtimes: [...hosts.values()], fallback: reference, onCall: traffic.count }),
  );

  const apart = [...hosts.values()].map((host) => ({ host, shared: shareCalls() }));
  const callers = apart.map(({ host, shared }) => opened.use(openCaller(host, { ...options, shared })));
  const subject = await subjectOf(given);
  await compareAnswers(callers, [...subject.p2p, ...subject.general]);
  const shared = { ...shareCalls(), serial: Math.max(...apart.map((one) => one.shared.serial)) };

  const open = (name: string, runtime: Runtime | undefined): Side => {
    if (!runtime) throw new RangeError(`Cannot open "${name}": there is no such runtime`);
    const caller = opened.use(openCaller(runtime, { ...options, shared }));
    return { name, caller, serverPid: (runtime.route?.(subject.general[0]?.tool ?? "") ?? runtime).pid };
  };
  const all = runtimes.map(({ name, runtime }) => open(name, runtime === dual ? router : hosts.get(runtime)));
  if (all.length > 1) all.push(open(controlOf(reference), hosts.get(reference)));
  const meter = opened.use(openMeter([process.pid, ...all.map(({ serverPid }) => serverPid)]));
  return { all, traffic, random: openRandom(seed, round), meter, subject, given, round, turn };
}

/** The tools of the user, where they are brought, in the group that they are at home in. */
async function subjectOf(given: Given): Promise<Subject> {
  if (!isBrought(given)) return ours(given.left_out);
  const { called } = given;
  const cases = await casesOf(given, toolsOf(called));
  const far = toolsOf(called.filter(isGeneral));
  const plain = toolsOf(called.filter(({ input }) => input !== null));
  return {
    p2p: cases.filter(({ tool }) => !far.includes(tool)),
    general: cases.filter(({ tool }) => far.includes(tool)),
    swept: plain.length === 0 ? cases : cases.filter(({ tool }) => plain.includes(tool)),
  };
}

/** The processes that serve general tools, beside this one. */
export function serversOf({ all }: Sides): number[] {
  return [...new Set(all.map(({ serverPid }) => serverPid))].filter((pid) => pid !== process.pid);
}
