import { measure } from "mitata";
import { median } from "../judge/stats.ts";
import { cannotMeasure, type Series } from "./caller.ts";

/**
 * Makes one trial of each of these series, one after another, and answers how long each call took, in nanoseconds. Throws
 * a `MeasurementError` when a call fails, answers wrongly or took another path.
 */
export async function sample(plan: readonly Series[]): Promise<number[]> {
  const [first] = plan;
  if (!first) return [];
  const times: number[] = [];
  // mitata reads this stopwatch around a whole trial; it runs only while the call does.
  let stopwatch = 0;
  let made = -1;
  const trial = async () => {
    const { ns } = await (plan[made] ?? first).attempt();
    made += 1;
    times.push(ns);
    stopwatch += ns;
  };
  const { samples } = await measure(trial, { ...everySample(plan.length), now: () => stopwatch });
  // mitata makes a first call to see whether it is asynchronous.
  const inOrder = times.slice(1);
  if (
    !Bun.deepEquals(
      samples,
      inOrder.toSorted((a, b) => a - b),
    ) ||
    samples.length !== plan.length
  )
    throw cannotMeasure(
      first.tool,
      first.runtime,
      `mitata took ${samples.length} samples that are not the ${plan.length} calls`,
    );
  return inOrder;
}

/**
 * Settings under which mitata 1.0.34 takes exactly `count` samples of one call each. Its defaults average calls under
 * 65 us in batches of 4096 and drop the two fastest and the two slowest samples past 12, which hides the tail.
 */
function everySample(count: number) {
  return {
    min_samples: count,
    max_samples: count,
    min_cpu_time: 0,
    batch_threshold: -1,
    batch_samples: 1,
    batch_unroll: 1,
    warmup_threshold: Number.POSITIVE_INFINITY,
    warmup_samples: 0,
    samples_threshold: Number.POSITIVE_INFINITY,
    gc: false,
  };
}

/** What the clock shows around nothing at the median, in milliseconds. */
export async function timerFloorMs(): Promise<number> {
  const { samples } = await measure(() => {}, everySample(1000));
  return median(samples) / 1e6;
}
