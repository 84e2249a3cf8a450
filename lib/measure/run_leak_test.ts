import type { Case } from "../case.ts";
import { judgeLeak, type LeakSample, type LeakVerdict } from "../judge/leak.ts";
import type { MemoryReading, Probe, TypeCounts } from "../runtimes/probe.ts";
import type { Caller } from "./caller.ts";

/**
 * What the process that is tested is started with. Its engine, JavaScriptCore, drops code that has been idle for 5 s and
 * more: 380 KB of what started a server, at once and when it likes, which hid a leak of 26 bytes a call in 4 of 6 tests
 * that took so long.
 */
export const keepingCode = { BUN_JSC_forceCodeBlockLiveness: "1" } as const;

export interface LeakTestOptions {
  readonly caller: Caller;
  /** Of the process that serves its runtime, started with `keepingCode`. */
  readonly probe: Probe;
  readonly testCase: Case;
  /** How many calls the memory is read over; two and a half times as many go before them (slow ones: one and a half). */
  readonly calls: number;
  /** Where those say too little, others follow that are judged alone, up to so many at a time. */
  readonly mostCalls: number;
  /**
   * Where they show a leak, so many others must show it too. Ten times as many tell a leak from a cache: one of 700
   * entries that gets one in five calls grows all through 1,000 calls and those before them.
   */
  readonly confirmCalls: number;
  /** The most bytes per call that are no leak. */
  readonly thresholdBytes: number;
}

export interface LeakTest {
  readonly samples: readonly LeakSample[];
  readonly verdict: LeakVerdict;
}

/** Readings beside the first, or one a call where there are fewer: with libp2p in the process each takes 40 ms. */
const readings = 25;

/** How often a reading is rehearsed, with calls and without, twice: the code that reads is compiled by then. */
const rehearsals = 125;

/** The readings before those that count: the first let go of some KB that rehearsals left behind. */
const leadIn = 10;

/**
 * Calls a tool over and over, and reads what its process holds in between. Throws a `MeasurementError` when a call
 * fails, answers wrongly, takes another path or hangs, or when the memory cannot be read.
 */
export async function runLeakTest(options: LeakTestOptions): Promise<LeakTest> {
  const { caller, probe, testCase, calls, mostCalls, confirmCalls, thresholdBytes } = options;
  const series = await caller.open(testCase);
  const nothing = () => Promise.resolve();
  const readAlong = async (work: () => Promise<unknown>, count: number, steps: number, wait = true) => {
    const log = openLog(steps + 1);
    await log.keep(0, await probe.read({ wait }), probe);
    for (let step = 1, made = 0; step <= steps; step++) {
      const due = Math.round((step * count) / steps);
      for (; made < due; made++) await work();
      await log.keep(made, await probe.read({ wait }), probe);
    }
    return log;
  };
  const called = (count: number, steps: number, wait?: boolean) =>
    readAlong(series.attempt, count, steps, wait);
  const steps = Math.min(readings, calls);
  const half = Math.ceil(calls / 2);

  for (let n = 0; n < 2; n++) {
    await called(testCase.slow ? half : calls, rehearsals, false);
    await readAlong(nothing, half, rehearsals, false);
  }
  await readAlong(nothing, leadIn, leadIn);
  const control = (await readAlong(nothing, calls, steps)).samples();
  await called(half, leadIn);
  const look = async (count: number) => {
    const samples = (await called(count, steps)).samples();
    return { samples, verdict: judgeLeak(samples, stretch(control, count / calls), thresholdBytes) };
  };
  let test = await look(calls);
  for (let made = calls; steps === readings; ) {
    const more = Math.min(mostCalls, test.verdict.needed_calls ?? 0);
    if (more <= made) break;
    test = await look(more);
    made = more;
  }
  if (test.verdict.verdict === "leak") test = await look(confirmCalls);
  await series.close();
  caller.conclude();
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
  const numbers = new Float64Array(3 * length);
  const texts = new Uint8Array(3 * typesBytes);
  const textLengths = new Uint32Array(3);
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();
  let kept = 0;
  /** The place for the types of this sample, if they are kept. */
  const slotOf = (sample: number) => [0, length >> 1, length - 1].indexOf(sample);
  const textAt = (slot: number) => texts.subarray(slot * typesBytes, (slot + 1) * typesBytes);
  return {
    async keep(calls: number, { heap_bytes, object_count }: MemoryReading, probe: Probe) {
      numbers.set([calls, heap_bytes, object_count], 3 * kept);
      const slot = slotOf(kept);
      if (slot >= 0) {
        const text = JSON.stringify(await probe.types());
        textLengths[slot] = encoder.encodeInto(text, textAt(slot)).written;
      }
      kept += 1;
    },
    samples: (): LeakSample[] =>
      Array.from({ length: kept }, (_, sample) => {
        const [calls = 0, heap_bytes = 0, object_count = 0] = numbers.subarray(3 * sample);
        const slot = slotOf(sample);
        const text = slot < 0 ? "null" : decoder.decode(textAt(slot).subarray(0, textLengths[slot]));
        const types: TypeCounts | null = JSON.parse(text);
        return { calls, heap_bytes, object_count, types };
      }),
  };
}
