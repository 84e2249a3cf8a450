import { z } from "zod";
import { bringOptions, oursOrBrought } from "../../bring/options.ts";
import { peerless, quickLook } from "../../bring/quick_look.ts";
import { casesOf, p2pCases, toolsOf } from "../../cases.ts";
import { pinOption } from "../../measure/pin.ts";
import { commonOptions, roundOptions } from "../../options.ts";
import { armOptions } from "../../runtimes/arms.ts";

const flags = z.strictObject({
  tool: z.array(z.string()).default(["all"]).describe("measure this tool only; may be repeated"),
  ...armOptions(),
  iterations: z
    .int()
    .min(1)
    .max(100_000)
    .optional()
    .describe(
      "samples of each tool, on each runtime, in a round (default: 40, 20 to 42 of tools that dial peers, up to 300 of few)",
    ),
  target: z.number().min(0).max(100).default(50).describe("the saving to reach, in percent"),
  samples: z.boolean().default(false).describe("keep every sample in the result"),
  pin: pinOption,
  ...bringOptions,
  ...roundOptions,
  ...commonOptions("p2p_latency"),
});

export const latencyOptions = flags
  .transform(oursOrBrought(toolsOf(p2pCases)))
  .transform(quickLook(peerless));

export type Given = z.output<typeof latencyOptions>;

/** Samples of a tool in a round. More rounds narrow an interval sooner than more samples. */
const usual = { slowBrought: 10, least: 40, most: 300 } as const;

/**
 * How many samples of a tool are taken on each runtime in a round. Opening a round takes 0.2 s however few tools it visits,
 * in which few tools are visited the more; those that dial peers, whose calls take 10 ms and more, say themselves how often.
 */
export function samplesOf(
  tool: string,
  { iterations, tool: tools, called }: Pick<Given, "iterations" | "tool" | "called">,
): number {
  if (iterations !== undefined) return iterations;
  if (called.some((one) => one.tool === tool && one.slow)) return usual.slowBrought;
  const own =
    called.length === 0 ? casesOf([tool]).find(({ samples }) => samples !== undefined)?.samples : undefined;
  if (own !== undefined) return own;
  const share = Math.floor((usual.least * p2pCases.length) / tools.length);
  return Math.min(usual.most, Math.max(usual.least, share));
}
