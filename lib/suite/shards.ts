import { z } from "zod";
import { type Benchmark, chosenOf, type Flags } from "./presets.ts";

/** One of several shares of all the work, counted from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

const shardHint = "must be one of up to 100 shares, as in 2/5";

/** A shard as a command line names it, such as 2/5. */
export const shardSchema = z
  .string()
  .regex(/^\d+\/\d+$/, shardHint)
  .transform((text): Shard => {
    const [index = 0, count = 0] = text.split("/").map(Number);
    return { index, count };
  })
  .refine(({ index, count }) => index >= 1 && index <= count && count <= 100, shardHint);

/** A benchmark to run, with these flags. */
export interface Run {
  readonly benchmark: Benchmark;
  readonly flags: Flags;
}

/**
 * The runs of a shard; one that has nothing to do there is missing. Everything that can be shared out is dealt to one
 * shard after another, so that each is in exactly one, and what is alike, as it stands side by side, in different ones.
 */
export function takeShard(runs: readonly Run[], { index, count }: Shard): Run[] {
  let dealt = 0;
  return runs.flatMap(({ benchmark, flags }) => {
    const { share } = benchmark;
    const names = chosenOf(share, flags);
    const taken = names.filter(() => dealt++ % count === index - 1);
    if (taken.length === 0) return [];
    const others = taken[0] === names[0] ? {} : share.others;
    return [{ benchmark, flags: { ...flags, [share.flag]: taken, ...others } }];
  });
}

/** A run without `check` and `strict` where there is nothing to judge, which those take for a criterion not met. */
export function judgeable({ benchmark, flags }: Run): Run {
  const { share } = benchmark;
  const isJudged = chosenOf(share, flags).some((name) => !share.unjudged?.includes(name));
  return { benchmark, flags: isJudged ? flags : { ...flags, check: false, strict: false } };
}
