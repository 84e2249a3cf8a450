import { z } from "zod";
import type { BroughtCall } from "../../bring/brought_call.ts";
import { oursOrBrought, ownToolsOptions } from "../../bring/options.ts";
import { peerless, quickLook } from "../../bring/quick_look.ts";
import { fewestFor } from "../../judge/shapes.ts";
import { pinOption } from "../../measure/pin.ts";
import { commonOptions, roundOptions, someOf } from "../../options.ts";
import { armOptions } from "../../runtimes/arms.ts";
import { fewestRounds } from "../../stopping.ts";
import type { Calls } from "./workloads.ts";

export const workloads = ["sequential", "concurrent", "mixed"] as const;
export type Workload = (typeof workloads)[number];

/** The arm that is made of two runtimes: P2P tools by direct call, general tools on the reference. */
export const dual = "dual";

/** The same path as the reference once more: what it differs by is noise. */
export function controlOf(reference: string): string {
  return `${reference} (control)`;
}

const concurrency = z.int().min(1).max(1024);

const mix = z
  .string()
  .default("30:70")
  .refine((text) => {
    const [p2p = Number.NaN, general = Number.NaN] = text.split(":").map(Number);
    return /^\d+:\d+$/.test(text) && p2p + general === 100;
  }, "must be the shares of P2P and general calls, which add up to 100, as in 30:70")
  .transform((text) => Number(text.split(":")[0]) / 100);

const sweep = z
  .string()
  .default("1,2,4,8,16,32")
  .refine((text) => {
    const list = text.split(",").map(Number);
    const distinct = new Set(list).size === list.length;
    return text === "none" || (distinct && list.every((value) => concurrency.safeParse(value).success));
  }, "must be different concurrencies from 1 to 1024, as in 1,2,4, or none")
  .transform((text) => (text === "none" ? [] : text.split(",").map(Number)));

const flags = z.strictObject({
  workload: someOf(workloads).describe("sequential, concurrent, mixed or all; may be repeated"),
  ...armOptions(["direct", "http", dual], "http", [dual]),
  concurrency: concurrency.default(10).describe("calls at a time, in concurrent and mixed"),
  iterations: z
    .int()
    .min(1)
    .max(100_000)
    .optional()
    .describe("calls of each tool in a round (default: 8, and 1 of tools that talk to peers)"),
  rate: z
    .number()
    .positive()
    .max(100_000, "no clock here can hold more than 100,000 calls per second")
    .optional()
    .describe(
      "mixed calls started per second, in place of a third and two thirds of what the slowest can do",
    ),
  arrivals: z.enum(["poisson", "fixed"]).default("poisson").describe("how they are spread: poisson or fixed"),
  mix: mix.describe("shares of P2P and general calls in mixed"),
  sweep: sweep.describe("concurrencies to sweep over, or none"),
  target: z.number().min(0).max(100).default(50).describe("the saving of P2P tools to reach, in percent"),
  margin: z
    .number()
    .positive()
    .max(100)
    .default(5)
    .describe("slowdown of general tools to stay within, in percent"),
  pin: pinOption.describe(
    "cores of client and servers in sequential: the same one, apart, or none in particular",
  ),
  ...ownToolsOptions,
  ...roundOptions,
  ...commonOptions("runtime_comparison"),
});

export const comparisonOptions = flags.transform(oursOrBrought()).transform(quickLook(peerless));

/** What a round is made of; mixed calls at equal rates are a part of their own. */
export const parts = [...workloads, "rates", "sweep"] as const;
export type Part = (typeof parts)[number];

export type Given = z.output<typeof comparisonOptions>;

/** Calls of each tool in a round: few, because many short rounds say more than few long ones. */
const usual = { iterations: 8, slowIterations: 1 } as const;

export function callsFor({ iterations }: Given): Calls {
  return iterations === undefined ? usual : { iterations, slowIterations: iterations };
}

/** Calls of each side in a round: mixed ones by callers, those at each rate, and those at a concurrency of the sweep. */
export function loadsFor({ iterations = usual.iterations }: Given) {
  return { mixed: 40 * iterations, atRate: 80 * iterations, swept };
}

/** In the end callers run out of calls one by one. With one call each, 32 that wait for nobody seem to do a third of what they can. */
function swept(concurrency: number): number {
  return Math.max(fewestFor.p95, 20 * concurrency);
}

/** Whether dual leaves a tool of the user's on the reference, as it does general tools of ours. */
export function isGeneral({ home }: Pick<BroughtCall, "home">): boolean {
  return home !== "direct";
}

/**
 * What was asked for: rates go with mixed calls, where there are general ones, of which they tell. A quick look has none of
 * its own accord: to find a rate takes it 2 s, and three rounds of what it has time for then have told nothing.
 */
export function partsOf({ workload, sweep, called, quick, rate }: Given): Part[] {
  const asked = new Set<Part>(workload);
  const isTold = called.length === 0 || called.some(isGeneral);
  if (asked.has("mixed") && isTold && (!quick || rate !== undefined)) asked.add("rates");
  if (sweep.length > 0) asked.add("sweep");
  return parts.filter((part) => asked.has(part));
}

/** How much the rounds will tell, about. */
export function stepsOf({ rounds = fewestRounds, runtimes, workload, sweep }: Given): number {
  const sides = runtimes.length + 1;
  return rounds * (sides * (workload.length + 2) + runtimes.length * sweep.length);
}
