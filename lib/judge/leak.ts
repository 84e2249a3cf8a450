import type { Estimate } from "./shapes.ts";
import { type Slope, theilSen } from "./theil_sen.ts";

/** What a process held after so many calls, its garbage collected. */
export interface LeakSample {
  readonly calls: number;
  readonly heap_bytes: number;
  readonly object_count: number;
  /** Only of the first, the middle and the last sample; keeping it for each would be growth of the instrument's own. */
  readonly types: Readonly<Record<string, number>> | null;
}

export interface LeakVerdict {
  readonly verdict: "leak" | "no leak" | "insufficient data";
  /** What each call leaves behind, less what the control grows by; `null` with too few samples. */
  readonly bytes_per_call: Estimate | null;
  readonly objects_per_call: Estimate | null;
  /** The types whose number grew in both halves, the fastest first. */
  readonly growing_types: readonly { readonly type: string; readonly per_call: number }[];
  /** How many calls may be enough; `null` unless the data are insufficient. */
  readonly needed_calls: number | null;
}

/** With fewer samples in a half, the interval of its slope says next to nothing. */
const fewestSamples = 10;

/** Samples of one call each are the most that calls can give. */
const fewestCalls = 2 * fewestSamples;

/**
 * How many times as wide an interval has to be of which *no leak* is said. A reading of a heap is like the last (by 0.57
 * and 0.43, the medians of two full runs), which the interval does not know of: sqrt((1 + r) / (1 - r)) makes up for the
 * larger one (Yue & Wang, 2004, Water Resources Management 18: 201-18). Without it a leak of 17 B passed for none in 26 % of
 * tests with 2 KB of noise (`bench/leak_verdicts.ts`).
 */
const sure = 1.9;

/**
 * Whether calls leave memory behind. The control is the same loop without the calls.
 *
 * It is a *leak* when the bytes per call exceed the threshold with their lower bound, the number of objects grows with
 * its own, both still grow in the later half, and types that grew in both halves make up half of the objects. A cache
 * that fills and stops, code that is compiled and a pool that grows once do not, and what is cleared in bulk is none. It
 * is *no leak* when the whole interval of the bytes, or that of the later half, `sure` times as wide, is within the
 * threshold of 0; a heap that may fall by more may hide a leak. Anything else says too little.
 */
export function judgeLeak(
  samples: readonly LeakSample[],
  control: readonly LeakSample[],
  thresholdBytes: number,
): LeakVerdict {
  const growing_types = growingTypes(samples);
  const later = samples.slice(Math.floor(samples.length / 2));
  const whole = slopes(samples, control);
  const end = slopes(later, control);
  if (!whole || !end || later.length < fewestSamples)
    return {
      verdict: "insufficient data",
      bytes_per_call: whole?.bytes ?? null,
      objects_per_call: whole?.objects ?? null,
      growing_types,
      needed_calls: Math.max(fewestCalls, spanOf(samples) * 2),
    };

  const answer = (verdict: "leak" | "no leak", { bytes, objects }: Slopes) => ({
    verdict,
    bytes_per_call: bytes,
    objects_per_call: objects,
    growing_types,
    needed_calls: null,
  });
  const grows = whole.bytes.low > thresholdBytes && whole.objects.low > 0;
  const stillGrows = end.bytes.estimate > thresholdBytes && end.objects.low > 0;
  const named = growing_types.reduce((sum, { per_call }) => sum + per_call, 0);
  const isNamed = named >= whole.objects.estimate / 2;
  if (grows && stillGrows && isNamed && !isCleared(samples)) return answer("leak", whole);
  const isFlat = ({ bytes: { estimate, low, high } }: Slopes) =>
    estimate - sure * (estimate - low) >= -thresholdBytes &&
    estimate + sure * (high - estimate) <= thresholdBytes;
  if (isFlat(whole)) return answer("no leak", whole);
  if (isFlat(end)) return answer("no leak", end);
  return {
    verdict: "insufficient data",
    bytes_per_call: whole.bytes,
    objects_per_call: whole.objects,
    growing_types,
    needed_calls: neededCalls(spanOf(samples), whole.bytes, thresholdBytes),
  };
}

interface Slopes {
  readonly bytes: Slope;
  readonly objects: Slope;
}

function slopes(samples: readonly LeakSample[], control: readonly LeakSample[]): Slopes | null {
  const of = (value: (sample: LeakSample) => number) => {
    const points = (all: readonly LeakSample[]) =>
      all.map((sample) => [sample.calls, value(sample)] as const);
    const [slope, instrument] = [theilSen(points(samples)), theilSen(points(control))];
    return slope && instrument && less(slope, instrument);
  };
  const bytes = of(({ heap_bytes }) => heap_bytes);
  const objects = of(({ object_count }) => object_count);
  return bytes && objects && { bytes, objects };
}

/**
 * The difference of two independent estimates; their half-widths add up as the sides of a right triangle do. A control
 * that falls takes nothing off: code from the start is dropped after 5 s or more, and would make a leak of every tool.
 */
function less(a: Slope, control: Slope): Slope {
  const b = atLeastZero(control);
  const estimate = a.estimate - b.estimate;
  return {
    estimate,
    low: estimate - Math.hypot(a.estimate - a.low, b.high - b.estimate),
    high: estimate + Math.hypot(a.high - a.estimate, b.estimate - b.low),
  };
}

function atLeastZero({ estimate, low, high }: Slope): Slope {
  return { estimate: Math.max(0, estimate), low: Math.max(0, low), high: Math.max(0, high) };
}

/** Whether most of what had grown goes at once, bytes and objects: what comes back until the next time is no leak. */
function isCleared(samples: readonly LeakSample[]): boolean {
  const falls = (value: (sample: LeakSample) => number) => {
    const values = samples.map(value);
    const steepest = Math.max(...values.slice(1).map((after, n) => (values[n] ?? after) - after));
    return steepest > (Math.max(...values) - Math.min(...values)) / 2;
  };
  return falls(({ heap_bytes }) => heap_bytes) && falls(({ object_count }) => object_count);
}

/** With as many samples, and the same noise in each, the interval narrows in proportion to the calls. */
function neededCalls(calls: number, { estimate, low, high }: Slope, thresholdBytes: number): number {
  const width = estimate > thresholdBytes ? estimate - low : sure * (high - estimate);
  const ratio = width / Math.abs(estimate - thresholdBytes);
  return Math.ceil(calls * Math.min(10, Math.max(2, ratio)));
}

function spanOf(samples: readonly LeakSample[]): number {
  return (samples.at(-1)?.calls ?? 0) - (samples[0]?.calls ?? 0);
}

/** A type that grows slower than a leak in every 100th call does is not named. */
const slowestGrowth = 0.01;

function growingTypes(samples: readonly LeakSample[]) {
  const known = samples.filter(({ types }) => types !== null);
  const [first, middle, last] = [known[0], known[Math.floor(known.length / 2)], known.at(-1)];
  if (!first || !middle || !last || known.length < 3) return [];
  const between = (type: string, from: LeakSample, to: LeakSample) =>
    ((to.types?.[type] ?? 0) - (from.types?.[type] ?? 0)) / (to.calls - from.calls);
  return Object.keys(last.types ?? {})
    .filter((type) => between(type, first, middle) >= slowestGrowth)
    .filter((type) => between(type, middle, last) >= slowestGrowth)
    .map((type) => ({ type, per_call: between(type, first, last) }))
    .sort((a, b) => b.per_call - a.per_call);
}
