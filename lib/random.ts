import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

/** A stream of random numbers that a seed repeats. */
export interface Random {
  /** From 0 up to 1, which it never is. */
  fraction(): number;
  /** A copy in random order, each order as likely. */
  shuffle<T>(items: readonly T[]): T[];
}

/** The numbers that the seeds give, together; every other seed gives others. */
export function openRandom(...seeds: readonly number[]): Random {
  const generator = xoroshiro128plus(Bun.hash.crc32(seeds.join()));
  return {
    fraction: () => uniformFloat64(generator),
    shuffle: (items) =>
      items
        .map((item) => ({ item, key: uniformFloat64(generator) }))
        .sort((a, b) => a.key - b.key)
        .map(({ item }) => item),
  };
}
