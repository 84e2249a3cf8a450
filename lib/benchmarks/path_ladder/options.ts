import { z } from "zod";
import { bringOptions, oursOrBrought } from "../../bring/options.ts";
import { foreignRuntime } from "../../bring/place.ts";
import { quickLook } from "../../bring/quick_look.ts";
import { bytesIn } from "../../byte_size.ts";
import { allCases, casesOf, toolsOf } from "../../cases.ts";
import { UsageError } from "../../errors.ts";
import { checkPin, pinOption } from "../../measure/pin.ts";
import { commonOptions, roundOptions } from "../../options.ts";
import { runtimesOption } from "../../runtimes/arms.ts";
import { usualRungs } from "../../runtimes/rungs.ts";

/** How much text a call carries there and back. */
export interface Payload {
  /** As it was asked for. */
  readonly name: string;
  readonly bytes: number;
}

/** Servers of ours read bodies of up to 1 MiB, of which the call around the text takes some. */
const mostBytes = 1_000_000;

const payload = z
  .string()
  .default("none")
  .transform((text, context): Payload[] => {
    const names = text === "none" ? [] : text.split(",").map((name) => name.trim());
    const payloads = names.map((name) => ({ name, bytes: bytesIn(name) ?? 0 }));
    const distinct = new Set(payloads.map(({ bytes }) => bytes));
    if (distinct.size === names.length && payloads.every(({ bytes }) => bytes > 0 && bytes <= mostBytes))
      return payloads.sort((a, b) => a.bytes - b.bytes);
    context.addIssue("must be different sizes from 1B to 1MB, as in 100B,10KB, or none");
    return z.NEVER;
  });

const registered = z
  .string()
  .default("none")
  .transform((text, context): number[] => {
    const counts = text === "none" ? [] : text.split(",").map((word) => Number(word.trim() || "0"));
    const isSound = counts.every((count) => Number.isInteger(count) && count >= 1 && count <= 1_000);
    if (isSound && new Set(counts).size === counts.length && counts.length !== 1)
      return counts.sort((a, b) => a - b);
    context.addIssue("must be two or more different numbers from 1 to 1000, as in 1,26,100, or none");
    return z.NEVER;
  });

const flags = z.strictObject({
  tool: z
    .array(z.string())
    .optional()
    .describe(
      "climb with this tool, or with all; may be repeated (default: three of ours, none beside --payload or --registered, or all that are brought)",
    ),
  runtimes: runtimesOption(usualRungs),
  payload: payload.describe("also carry as much text there and back, as in 100B,1KB,1MB, or none"),
  registered: registered.describe(
    "also serve so many tools, of which one is called, as in 1,26,100, or none",
  ),
  warmup: z.int().min(0).max(1_000_000).default(2_000).describe("calls of each way before it is timed"),
  iterations: z
    .int()
    .min(1)
    .max(100_000)
    .default(100)
    .describe(
      "samples of each tool, on each way, in a round; a tenth of tools that dial peers, and above 100KB",
    ),
  cold: z
    .int()
    .min(0)
    .max(50)
    .default(3)
    // As a list, which may differ between shards that are merged.
    .transform((times) => Array.from({ length: times }, (_, n) => n))
    .describe("how often each way is started cold"),
  turn: z.number().positive().max(1e6).default(500).describe("what a turn of a model takes, in ms"),
  target: z
    .number()
    .positive()
    .max(100)
    .default(1)
    .describe("how much of that a way may add to a call, in percent"),
  pin: pinOption,
  ...bringOptions,
  ...roundOptions,
  ...commonOptions("path_ladder"),
});

/**
 * One that reads some counters, so that nearly all of a call is the way to it; one with 6 µs of work and a small answer;
 * and one with 24 µs and an answer of 1 KB. None of them takes other calls before or after it.
 */
export const usualTools: readonly string[] = ["queue_stats", "dataset_aggregate", "text_embed_hash"];

/** A quick look has time to warm up all ways for one tool. */
const quickly = quickLook(usualTools.slice(0, 1), usualTools);

export const ladderOptions = flags
  .transform(oursOrBrought(toolsOf(allCases)))
  .transform((given) => (given.payload.length + given.registered.length > 0 ? given : quickly(given)));

export type Given = z.output<typeof ladderOptions>;

/** Throws a `UsageError` for cores that are not there, and for what a server of somebody else's cannot be asked. */
export function checkLadder(given: Given): void {
  checkPin(given);
  const flag = given.payload.length > 0 ? "payload" : "registered";
  if (foreignRuntime(given) !== null && given.payload.length + given.registered.length > 0)
    throw new UsageError(
      `Cannot take --${flag}: it has tools of its own, which a server of somebody else's does not have`,
    );
}

/** The tools to climb with. */
export function toolsIn({ tool, payload, registered, left_out }: Given): readonly string[] {
  if (tool !== undefined || payload.length + registered.length > 0) return tool ?? [];
  return usualTools.filter((one) => !left_out.some((other) => other.tool === one));
}

const large = 100_000;

/** Whether a call takes milliseconds: it talks to peers, or carries as much as takes JSON so long. */
export function isSlow(of: string | Payload, { called }: Pick<Given, "called">): boolean {
  if (typeof of !== "string") return of.bytes > large;
  const known = called.length > 0 ? called : casesOf([of]);
  return known.some(({ tool, slow }) => tool === of && slow === true);
}

/** Samples of each rung in a visit: half of them in a row, since the first few pay for what ran before. */
export const perVisit = 50;

/** Samples of a call in a round. */
export function samplesOf(of: string | Payload, given: Given): number {
  return isSlow(of, given) ? Math.ceil(given.iterations / 10) : given.iterations;
}

/** What each way is started cold for, and how often it is called then. */
export function coldCallOf(given: Given): { readonly tool: string; readonly calls: number } {
  const [first = "", ...others] = given.called.length > 0 ? toolsIn(given) : usualTools;
  const tool = [first, ...others].find((one) => !isSlow(one, given)) ?? first;
  // For longer than a warm-up takes, so that it shows how steady calls are after that.
  const calls = Math.ceil(given.warmup * 1.5);
  return { tool, calls: Math.max(1, isSlow(tool, given) ? Math.ceil(calls / 100) : calls) };
}
