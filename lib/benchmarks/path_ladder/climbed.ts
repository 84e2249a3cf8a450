import { type Given, samplesOf, toolsIn } from "./options.ts";
import type { Finds, Work } from "./said.ts";
import { type ClimbRound, type Rung, roundsOf, sumUpRungs } from "./summary.ts";

/** A call that is made in every round: of a tool, with a payload, or by a way that serves more tools. */
export interface Call {
  readonly kind: Exclude<Work["kind"], "cold">;
  readonly of: string;
  /** On each rung, in a round. */
  readonly samples: number;
  /** How many rungs stand side by side. */
  readonly width: number;
}

export function callsIn(given: Given): Call[] {
  const { payload, registered, runtimes, iterations } = given;
  const ways = registered.length > 0 ? [...new Set(runtimes.map(({ runtime }) => runtime))] : [];
  const width = runtimes.length;
  return [
    ...toolsIn(given).map((of): Call => ({ kind: "tools", of, samples: samplesOf(of, given), width })),
    ...payload.map((one): Call => {
      return { kind: "payload", of: one.name, samples: samplesOf(one, given), width };
    }),
    ...ways.map((of): Call => ({ kind: "registered", of, samples: iterations, width: registered.length })),
  ];
}

/** What `askedOf` calls it. */
export function partOf({ kind, of }: Pick<Call, "kind" | "of">): string {
  return `${kind} ${of}`;
}

/** A call, and what was measured of it so far. */
export interface Climbed extends Call {
  readonly rounds: readonly ClimbRound[];
  /** None where it is not the ways that stand side by side. */
  readonly rungs: readonly Rung[];
}

export function climbedIn(found: Finds, given: Given): Climbed[] {
  return callsIn(given).map((call) => {
    const rounds = roundsOf(call.kind, call.of, found);
    return { ...call, rounds, rungs: call.kind === "registered" ? [] : sumUpRungs(rounds, given.runtimes) };
  });
}

/** What a call is called on one way. */
export function nameOf(of: string, { runtime }: Pick<Rung, "runtime">): string {
  return `${of} on ${runtime}`;
}
