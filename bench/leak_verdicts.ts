/**
 * How often does a tool that leaks pass for one that does not, by the size of the leak and the noise of a reading, where
 * each reading is like the last by 0.57, as those of a heap are? `bun bench/leak_verdicts.ts [LIKENESS]`
 */
import { normal } from "../lib/benchmarks/self_check/coverage.ts";
import { judgeLeak, type LeakSample } from "../lib/judge/leak.ts";
import { openRandom, type Random } from "../lib/random.ts";

const likeness = Number(Bun.argv[2] ?? 0.57);
const [runs, readings, calls, most, threshold] = [500, 26, 1_000, 10_000, 16];
const random = openRandom(7);

/** Readings over so many calls, each of which leaves these bytes, one object in 64 of them. */
function read(random: Random, count: number, bytes: number, noise: number): LeakSample[] {
  let off = normal(random);
  return Array.from({ length: readings }, (_, n) => {
    off = likeness * off + Math.sqrt(1 - likeness ** 2) * normal(random);
    const made = Math.round((n * count) / (readings - 1));
    const heap_bytes = Math.round(1e7 + bytes * made + noise * off);
    return { calls: made, heap_bytes, object_count: Math.round(heap_bytes / 64), types: null };
  });
}

/** In percent, of tests that take more calls where they need them, as `runLeakTest` does. */
function passing(bytes: number, noise: number): string {
  let passed = 0;
  for (let run = 0; run < runs; run++) {
    let verdict = judgeLeak(read(random, calls, bytes, noise), read(random, calls, 0, noise), threshold);
    for (let made = calls; verdict.needed_calls !== null && made < most; ) {
      made = Math.min(most, verdict.needed_calls);
      verdict = judgeLeak(read(random, made, bytes, noise), read(random, made, 0, noise), threshold);
    }
    if (verdict.verdict === "no leak") passed++;
  }
  return ((100 * passed) / runs).toFixed(1);
}

const leaks = [17, 20, 24, 32];
console.log(`noise    ${leaks.map((bytes) => `${bytes} B`.padStart(7)).join("")}`);
for (const noise of [250, 500, 1_000, 2_000, 4_000])
  console.log(`${noise} B`.padEnd(8), leaks.map((bytes) => passing(bytes, noise).padStart(6)).join(" "));
