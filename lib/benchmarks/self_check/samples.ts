import { measure } from "mitata";
import type { Case } from "../../case.ts";
import { median, percentile, summarize } from "../../judge/stats.ts";
import { openCaller } from "../../measure/caller.ts";
import { sample, timerFloorMs } from "../../measure/sample.ts";
import type { Runtime } from "../../runtimes/runtime.ts";
import { costlyEcho, echo, fakeClock, fakeRuntime } from "./fake_runtime.ts";
import { defineMerit, share } from "./merit.ts";

/** Around where an off-by-one would show: of mitata's settings, and of the fewest samples that percentiles take. */
const counts = [1, 2, 3, 11, 12, 13, 16, 58, 59, 60, 100, 298, 299, 300, 500, 1000];

/** So many samples of a case on a runtime. */
async function take(runtime: Runtime, count: number, testCase: Case = echo, now = Bun.nanoseconds) {
  using caller = openCaller(runtime, { now });
  const series = await caller.open(testCase);
  return sample(Array.from({ length: count }, () => series));
}

/** Samples of known times on a clock of their own, and those times; as `take` does it unless another way is handed in. */
async function takeKnown(count: number, testCase: Case, isAsync: boolean, way = take) {
  const clock = fakeClock();
  const due: number[] = [];
  const runtime = fakeRuntime((call, input) => {
    // Calls that only prepare or put back take long, so that one of them among the samples shows.
    const ns = input === "before" || input === "after" ? 1e9 : 1 + ((call * 7919) % 1009);
    if (ns < 1e9) due.push(ns);
    clock.pass(ns);
    return isAsync ? Promise.resolve(input).then((same) => same) : input;
  });
  const samples = await way(runtime, count, testCase, clock.now);
  // mitata makes one call to see whether it is asynchronous.
  return { samples, due: due.slice(1) };
}

/** Whether samples are the calls that were asked for, each once and in order, and percentiles those of an oracle. */
export function samplesMerit(way = take, sumUp = summarize) {
  return defineMerit({
    name: "samples",
    asks: {
      wrong_samples: {
        what: "runs whose samples are not the calls asked for, in order",
        truth: "1 to 1,000 calls of known times, answered at once or later, prepared and put back",
        ...({ bound: "at_most", target: 0, unit: "percent" } as const),
      },
      wrong_percentiles: {
        what: "percentiles that are not those of an exact oracle",
        truth: "the nearest rank among the same times, sorted",
        ...({ bound: "at_most", target: 0, unit: "percent" } as const),
      },
    },
    async measure() {
      const runs = counts.flatMap((count) =>
        [echo, costlyEcho].flatMap((one) => [true, false].map((late) => [count, one, late] as const)),
      );
      const looked: { samples: boolean; percentiles: boolean }[] = [];
      for (const [count, testCase, late] of runs) {
        const { samples, due } = await takeKnown(count, testCase, late, way);
        const { p50_ms, p95_ms, p99_ms, max_ms } = sumUp(samples);
        const sorted = due.toSorted((a, b) => a - b);
        const oracle = [0.5, 0.95, 0.99, 1].map(
          (part) => (sorted[Math.ceil(part * count - 1e-9) - 1] ?? 0) / 1e6,
        );
        const found = [p50_ms, p95_ms ?? oracle[1], p99_ms ?? oracle[2], max_ms];
        looked.push({ samples: Bun.deepEquals(samples, due), percentiles: Bun.deepEquals(found, oracle) });
      }
      const wrong = (of: "samples" | "percentiles") => looked.filter((one) => !one[of]).length;
      const detail = `${runs.length} runs`;
      return {
        wrong_samples: { figure: share(wrong("samples"), runs.length), detail },
        wrong_percentiles: { figure: share(wrong("percentiles"), runs.length), detail },
      };
    },
  });
}

const settings = {
  ...{
    min_samples: 100,
    max_samples: 100,
    min_cpu_time: 0,
    batch_threshold: -1,
    batch_samples: 1,
    batch_unroll: 1,
  },
  ...{ warmup_threshold: Number.POSITIVE_INFINITY, warmup_samples: 0, gc: false },
  samples_threshold: Number.POSITIVE_INFINITY,
};

/** What the instrument adds of its own to a call that does nothing, in its samples and outside of them. */
export const nothing = defineMerit({
  name: "nothing",
  asks: {
    no_op_p99: {
      what: "p99 of 100 calls that do nothing, above the floor of the timer",
      truth: "0; the same calls of mitata alone may take as long",
      ...({ bound: "at_most", target: 250e-6, unit: "ms" } as const),
    },
    outside_samples: {
      what: "time that passes outside of the samples, for each of them",
      truth: "what preparing, checking the answer and proving its path take",
      ...({ bound: "at_most", target: 200e-6, unit: "ms" } as const),
    },
  },
  async measure({ full }) {
    const floorMs = await timerFloorMs();
    const runtime = fakeRuntime((_, input) => input);
    const [tails, bareTails, outside, bareOutside]: [number[], number[], number[], number[]] = [
      [],
      [],
      [],
      [],
    ];
    const bare = async () => {};
    // A process makes thousands of calls in a run, and its code is compiled by then.
    for (let n = 0; n < 20; n++) await take(runtime, 1_000);
    for (let n = 0; n < (full ? 100 : 20); n++) {
      const times = await take(runtime, 100);
      tails.push(
        percentile(
          times.toSorted((a, b) => a - b),
          0.99,
        ) /
          1e6 -
          floorMs,
      );
      const { samples } = await measure(bare, settings);
      bareTails.push(percentile(samples, 0.99) / 1e6 - floorMs);
      const startNs = Bun.nanoseconds();
      const many = await take(runtime, 10_000);
      const elapsedNs = Bun.nanoseconds() - startNs;
      outside.push((elapsedNs - many.reduce((sum, ns) => sum + ns, 0)) / many.length / 1e6);
      const bareStartNs = Bun.nanoseconds();
      const { samples: bareSamples } = await measure(bare, {
        ...settings,
        min_samples: 10_000,
        max_samples: 10_000,
      });
      const bareNs = Bun.nanoseconds() - bareStartNs;
      bareOutside.push((bareNs - bareSamples.reduce((sum, ns) => sum + ns, 0)) / bareSamples.length / 1e6);
    }
    return {
      no_op_p99: { figure: median(tails), bare: median(bareTails), detail: `median of ${tails.length} runs` },
      outside_samples: {
        figure: median(outside),
        bare: median(bareOutside),
        detail: `median of ${outside.length} runs of 10,000 calls`,
      },
    };
  },
});
