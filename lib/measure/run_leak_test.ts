import type { Case } from "./case.ts";
import type { Arm } from "./latency.ts";
import { judgeLeak, type LeakSample, type LeakVerdict } from "./leak.ts";
import { type MemoryReading, memoryReading, type Probe } from "./memory.ts";

export interface LeakTestOptions {
  /** Nobody else calls its runtime. */
  readonly arm: Arm;
  /** Of the process that serves the arm's runtime. */
  readonly probe: Probe;
  readonly testCase: Case;
  /** How many calls the memory is read over; half as many go before them, unread. */
  readonly calls: number;
  /** The most bytes per call that are no leak. */
  readonly thresholdBytes: number;
  readonly signal: AbortSignal;
}

export interface LeakTest {
  readonly samples: readonly LeakSample[];
  /** The same readings without calls between them. */
  readonly control: readonly LeakSample[];
  readonly verdict: LeakVerdict;
}

/** Readings beside the first, or one a call where there are fewer: with libp2p in the process each takes 40 ms. */
const readings = 25;

/**
 * Calls a tool over and over, and reads what its process holds in between. Throws a `MeasurementError` when a call
 * fails, answers wrongly, takes another path or hangs, or when the memory cannot be read.
 */
export async function runLeakTest(options: LeakTestOptions): Promise<LeakTest> {
  const { arm, probe, testCase, calls, thresholdBytes, signal } = options;
  const steps = Math.min(readings, calls);
  const at = (step: number) => Math.round((step * calls) / steps);
  const readAlong = async (work: () => Promise<unknown>) => {
    const log = openLog(steps + 1);
    log.keep(0, await probe.read());
    for (let step = 1; step <= steps; step++) {
      for (let call = at(step - 1); call < at(step); call++) {
        signal.throwIfAborted();
        await work();
      }
      log.keep(at(step), await probe.read());
    }
    return log;
  };
  const warmUp = async () => {
    for (let call = 0; call < calls / 2; call++) {
      signal.throwIfAborted();
      await series.attempt();
    }
  };

  const series = await arm.guard(arm.open(testCase));
  await arm.guard(warmUp());
  const control = await readAlong(() => Promise.resolve());
  const measured = await arm.guard(readAlong(series.attempt));
  await arm.guard(series.close());
  const [samples, idle] = [measured.samples(), control.samples()];
  return { samples, control: idle, verdict: judgeLeak(samples, idle, thresholdBytes) };
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
    keep(calls: number, { heap_bytes, object_count, rss_bytes, types }: MemoryReading) {
      numbers.set([calls, heap_bytes, object_count, rss_bytes], 4 * kept);
      const slot = slotOf(kept);
      if (slot >= 0) textLengths[slot] = encoder.encodeInto(JSON.stringify(types), textAt(slot)).written;
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
          types: memoryReading.shape.types.nullable().parse(JSON.parse(text)),
        };
      }),
  };
}
