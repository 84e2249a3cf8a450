import type { Case } from "./case.ts";
import type { Arm } from "./latency.ts";
import { judgeLeak, type LeakSample, type LeakVerdict } from "./leak.ts";
import { type MemoryReading, type Probe, typeCounts } from "./memory.ts";

export interface LeakTestOptions {
  /** Nobody else calls its runtime. */
  readonly arm: Arm;
  /** Of the process that serves the arm's runtime. */
  readonly probe: Probe;
  readonly testCase: Case;
  /** How many calls the memory is read over; two and a half times as many go before them (slow ones: one and a half). */
  readonly calls: number;
  /** Where those say too little, others follow that are judged alone, up to so many at a time; by default 0. */
  readonly mostCalls?: number;
  /** Where they show a leak, so many others must show it too: what is kept for some seconds only is none; by default 0. */
  readonly confirmCalls?: number;
  /** The most bytes per call that are no leak. */
  readonly thresholdBytes: number;
  readonly signal: AbortSignal;
  /** That of an earlier test with as many calls, by the same arm and probe; without it one is taken. */
  readonly control?: readonly LeakSample[];
}

export interface LeakTest {
  readonly samples: readonly LeakSample[];
  /** The same readings without calls between them. */
  readonly control: readonly LeakSample[];
  readonly verdict: LeakVerdict;
}

/** Readings beside the first, or one a call where there are fewer: with libp2p in the process each takes 40 ms. */
const readings = 25;

/** How often a reading is rehearsed, with calls and without, twice: the code that reads is compiled by then. */
const rehearsals = 125;

/** The readings before those that count: collecting drops compiled code that was idle, and calls compile it again. */
const leadIn = 10;

/**
 * Calls a tool over and over, and reads what its process holds in between. Throws a `MeasurementError` when a call
 * fails, answers wrongly, takes another path or hangs, or when the memory cannot be read.
 */
export async function runLeakTest(options: LeakTestOptions): Promise<LeakTest> {
  const { arm, probe, testCase, calls, thresholdBytes, signal } = options;
  const { mostCalls = 0, confirmCalls = 0 } = options;
  const series = await arm.guard(arm.open(testCase));
  const nothing = () => Promise.resolve();
  const readAlong = async (work: () => Promise<unknown>, count: number, steps: number, wait = true) => {
    const log = openLog(steps + 1);
    await log.keep(0, await probe.read({ wait }), probe);
    for (let step = 1, made = 0; step <= steps; step++) {
      const due = Math.round((step * count) / steps);
      for (; made < due; made++) {
        signal.throwIfAborted();
        await work();
      }
      await log.keep(made, await probe.read({ wait }), probe);
    }
    return log;
  };
  const called = (count: number, steps: number, wait?: boolean) =>
    arm.guard(readAlong(series.attempt, count, steps, wait));
  const steps = Math.min(readings, calls);
  const half = Math.ceil(calls / 2);

  const takeControl = async () => {
    await readAlong(nothing, leadIn, leadIn);
    return (await readAlong(nothing, calls, steps)).samples();
  };
  for (let n = 0; n < 2; n++) {
    await called(testCase.slow ? half : calls, rehearsals, false);
    if (!options.control) await readAlong(nothing, half, rehearsals, false);
  }
  const control = options.control ?? (await takeControl());
  await called(half, leadIn);
  const look = async (count: number) => {
    const samples = (await called(count, steps)).samples();
    return { samples, control, verdict: judgeLeak(samples, stretch(control, count / calls), thresholdBytes) };
  };
  let test = await look(calls);
  for (let made = calls; steps === readings; ) {
    const more = Math.min(mostCalls, test.verdict.needed_calls ?? 0);
    if (more <= made) break;
    test = await look(more);
    made = more;
  }
  if (test.verdict.verdict === "leak" && confirmCalls > 0) test = await look(confirmCalls);
  await arm.guard(series.close());
  return test;
}

/** What the instrument grows by belongs to its readings: with as many of them over more calls, each call has less of it. */
function stretch(control: readonly LeakSample[], factor: number): LeakSample[] {
  return control.map((sample) => ({ ...sample, calls: sample.calls * factor }));
}

/** What the counts by type of one reading take as JSON: 5 KB with every tool in the process. */
const typesBytes = 32 * 1024;

/** Keeps readings in storage allocated beforehand, which may be part of what is measured. */
function openLog(length: number) {
  const numbers = new Float64Array(4 * length);
  const texts = new Uint8Array(3 * typesBytes);
  const textLengths = new Uint32Array(3);
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();
  let kept = 0;
  /** The place for the types of this sample, if they are kept. */
  const slotOf = (sample: number) => [0, length >> 1, length - 1].indexOf(sample);
  const textAt = (slot: number) => texts.subarray(slot * typesBytes, (slot + 1) * typesBytes);
  return {
    async keep(calls: number, { heap_bytes, object_count, rss_bytes }: MemoryReading, probe: Probe) {
      numbers.set([calls, heap_bytes, object_count, rss_bytes], 4 * kept);
      const slot = slotOf(kept);
      if (slot >= 0) {
        const text = JSON.stringify(await probe.types());
        textLengths[slot] = encoder.encodeInto(text, textAt(slot)).written;
      }
      kept += 1;
    },
    samples: (): LeakSample[] =>
      Array.from({ length: kept }, (_, sample) => {
        const [calls = 0, heap_bytes = 0, object_count = 0, rss_bytes = 0] = numbers.subarray(4 * sample);
        const slot = slotOf(sample);
        const text = slot < 0 ? "null" : decoder.decode(textAt(slot).subarray(0, textLengths[slot]));
        return {
          calls,
          heap_bytes,
          object_count,
          rss_bytes,
          types: typeCounts.nullable().parse(JSON.parse(text)),
        };
      }),
  };
}
