import { z } from "zod";
import { fewestFor, type Latency } from "./shapes.ts";

/** Buckets for each doubling of the time: the middle of one is within 0.3 % of every value in it. */
const perDoubling = 128;
/** Up to 2^50 ns, which is 13 days; 50 KB. */
const bucketCount = 50 * perDoubling;

export const histogramSchema = z
  .strictObject({
    n: z.int().min(0),
    sum_ns: z.number(),
    squares: z.number().describe("the sum of the squared distances from the mean"),
    min_ns: z.number().nullable(),
    max_ns: z.number().nullable(),
    buckets: z
      .array(
        z.tuple([
          z
            .int()
            .min(0)
            .max(bucketCount - 1),
          z.int().min(1),
        ]),
      )
      .describe(
        "those that are not empty: index and count; bucket 0 is below 1 ns, bucket i starts at 2^((i - 1) / 128) ns",
      ),
  })
  .refine(({ n, buckets }) => buckets.reduce((sum, [, count]) => sum + count, 0) === n, {
    path: ["buckets"],
    error: "they do not add up to n",
  })
  .refine(({ min_ns, max_ns }) => (min_ns ?? 0) <= (max_ns ?? 0), {
    path: ["max_ns"],
    error: "it is below min_ns",
  });

/** A distribution as a result file holds it. */
export type StoredHistogram = z.infer<typeof histogramSchema>;

/** Where a bucket of a stored distribution starts, in nanoseconds. */
export function bucketStartNs(index: number): number {
  return index === 0 ? 0 : 2 ** ((index - 1) / perDoubling);
}

/**
 * A distribution of times in 50 KB, however many they are. Count, sum, deviation, minimum and maximum are exact; a
 * percentile is within 0.3 %. Its buckets are those of DDSketch (Masson, Rim & Lee, VLDB 2019).
 */
export class Histogram {
  #n = 0;
  #sum = 0;
  #squares = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = 0;
  readonly #buckets = new Float64Array(bucketCount);

  static parse(json: unknown): Histogram {
    const { n, sum_ns, squares, min_ns, max_ns, buckets } = histogramSchema.parse(json);
    const histogram = new Histogram();
    histogram.#n = n;
    histogram.#sum = sum_ns;
    histogram.#squares = squares;
    histogram.#min = min_ns ?? Number.POSITIVE_INFINITY;
    histogram.#max = max_ns ?? 0;
    for (const [index, count] of buckets) histogram.#buckets[index] = count;
    return histogram;
  }

  get n(): number {
    return this.#n;
  }

  get sumNs(): number {
    return this.#sum;
  }

  /** Throws a `RangeError` for what is no time, or one of more than 13 days. */
  record(ns: number): void {
    const index = ns < 1 ? 0 : 1 + Math.trunc(Math.log2(ns) * perDoubling);
    const count = this.#buckets[index];
    if (count === undefined || ns < 0) throw new RangeError(`Cannot record "${ns}": it is no time in ns`);
    this.#buckets[index] = count + 1;
    // Welford's update: the difference of two large sums would lose a small deviation.
    const before = this.#n === 0 ? ns : this.#sum / this.#n;
    this.#n += 1;
    this.#sum += ns;
    this.#squares += (ns - before) * (ns - this.#sum / this.#n);
    if (ns < this.#min) this.#min = ns;
    if (ns > this.#max) this.#max = ns;
  }

  /** Adds what another one holds. */
  merge(other: Histogram): void {
    if (other.#n === 0) return;
    const apart = this.#n === 0 ? 0 : this.#sum / this.#n - other.#sum / other.#n;
    this.#squares += other.#squares + (apart ** 2 * this.#n * other.#n) / (this.#n + other.#n);
    this.#n += other.#n;
    this.#sum += other.#sum;
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
    other.#buckets.forEach((count, index) => {
      this.#buckets[index] = (this.#buckets[index] ?? 0) + count;
    });
  }

  /** The nearest-rank percentile (`share` of 1) in nanoseconds. Throws a `RangeError` when nothing was recorded. */
  percentile(share: number): number {
    if (this.#n === 0) throw new RangeError("Cannot take a percentile of 0 values");
    const rank = Math.ceil(share * this.#n - 1e-9);
    if (rank <= 1) return this.#min;
    if (rank >= this.#n) return this.#max;
    let below = 0;
    const index = this.#buckets.findIndex((count) => {
      below += count;
      return below >= rank;
    });
    const middle = index === 0 ? 0 : 2 ** ((index - 0.5) / perDoubling);
    return Math.min(this.#max, Math.max(this.#min, middle));
  }

  /** The shape of every latency figure. Throws a `RangeError` when nothing was recorded. */
  latency(): Latency {
    const n = this.#n;
    const ms = (share: number) => this.percentile(share) / 1e6;
    return {
      n,
      avg_ms: this.#sum / n / 1e6,
      stdev_ms: n < 2 ? 0 : Math.sqrt(this.#squares / (n - 1)) / 1e6,
      min_ms: ms(0),
      p50_ms: ms(0.5),
      p95_ms: n < fewestFor.p95 ? null : ms(0.95),
      p99_ms: n < fewestFor.p99 ? null : ms(0.99),
      max_ms: ms(1),
    };
  }

  toJSON(): z.infer<typeof histogramSchema> {
    return {
      n: this.#n,
      sum_ns: this.#sum,
      squares: this.#squares,
      min_ns: this.#n === 0 ? null : this.#min,
      max_ns: this.#n === 0 ? null : this.#max,
      buckets: Array.from(this.#buckets, (count, index): [number, number] => [index, count]).filter(
        ([, count]) => count > 0,
      ),
    };
  }
}
