import { measure } from "mitata";
import { MeasurementError } from "../errors.ts";
import type { Reply, Runtime } from "../runtimes/runtime.ts";
import { type Case, misfit } from "./case.ts";
import { median } from "./stats.ts";

/** One side of a comparison: a runtime whose every reply must prove the path it took. */
export interface Arm {
  readonly name: string;
  open(testCase: Case): Promise<Series>;
  /** Waits for work on this arm. Throws a `MeasurementError` when one of its calls takes longer than `timeoutMs`. */
  guard<T>(work: Promise<T>, timeoutMs?: number): Promise<T>;
}

/** The trials of one case on one arm, one after another. */
export interface Series {
  /** Makes one trial and answers its output. */
  attempt(): Promise<unknown>;
  /** The times of `count` trials in the order they were made, in nanoseconds. */
  sample(count: number): Promise<number[]>;
  close(): Promise<void>;
}

/**
 * Opens an arm on a runtime that nobody else calls. `now` is a clock in nanoseconds.
 * Everything it does throws a `MeasurementError` when a call fails, answers wrongly or took another path.
 */
export function openArm(runtime: Runtime, now: () => number = Bun.nanoseconds): Arm {
  const issued = new Map<Runtime, number>();
  let serial = 0;
  /** The call under way. */
  let pending: { readonly tool: string; readonly sinceMs: number } | undefined;

  const fail = (measured: string, what: string, cause?: unknown) =>
    new MeasurementError(`Cannot measure "${measured}" on ${runtime.name}: ${what}`, { cause });

  /** Calls `tool`, for the sake of the measured one. */
  const issue = async (measured: string, tool: string, input: unknown) => {
    const home = runtime.route?.(tool) ?? runtime;
    const count = (issued.get(home) ?? 0) + 1;
    issued.set(home, count);
    let reply: Reply;
    pending = { tool: measured, sinceMs: performance.now() };
    const start = now();
    try {
      reply = await runtime.call(tool, input);
    } catch (error) {
      throw fail(
        measured,
        (tool === measured ? "" : `"${tool}" before or after it: `) + describe(error),
        error,
      );
    }
    const ns = now() - start;
    pending = undefined;
    const path = `${reply.runtime}, process ${reply.pid}, call ${reply.calls}`;
    const due = `${home.name}, process ${home.pid}, call ${count}`;
    if (path !== due) throw fail(measured, `the reply came by ${path}, the call went to ${due}`);
    return { output: reply.output, ns };
  };

  return {
    name: runtime.name,

    // A time-out of its own would cost every call a timer, inside its time.
    async guard(work, timeoutMs = 30_000) {
      const hung = Promise.withResolvers<never>();
      const timer = setInterval(() => {
        if (pending && performance.now() - pending.sinceMs > timeoutMs)
          hung.reject(fail(pending.tool, `timeout: it has not answered within ${timeoutMs} ms`));
      }, timeoutMs / 20);
      try {
        return await Promise.race([work, hung.promise]);
      } finally {
        clearInterval(timer);
      }
    },

    async open({ tool, open }) {
      const session = await open(async (other, input) => (await issue(tool, other, input)).output, serial++);

      const attempt = async () => {
        const { input, expect, alone, restore } = await session.prepare(serial++);
        const { output, ns } = await issue(tool, tool, input);
        const wrong = misfit({ ...expect, ...alone }, output);
        if (wrong) throw fail(tool, wrong);
        await restore?.();
        return { output, ns };
      };

      return {
        attempt: async () => (await attempt()).output,
        close: async () => void (await session.close?.()),
        async sample(count) {
          const times: number[] = [];
          // mitata reads this stopwatch around a whole trial; it runs only while the call does.
          let stopwatch = 0;
          const trial = async () => {
            const { ns } = await attempt();
            times.push(ns);
            stopwatch += ns;
          };
          const { samples } = await measure(trial, { ...everySample(count), now: () => stopwatch });
          // mitata makes a first call to see whether it is asynchronous.
          const inOrder = times.slice(-count);
          if (
            !Bun.deepEquals(
              samples,
              inOrder.toSorted((a, b) => a - b),
            )
          )
            throw fail(
              tool,
              `mitata took ${samples.length} samples that are not the ${inOrder.length} calls`,
            );
          return inOrder;
        },
      };
    },
  };
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

function describe(error: unknown): string {
  const { code, message } = Object(error);
  return typeof code === "string" ? `${code}: ${message}` : String(error);
}

/** What the clock shows around nothing at the median, in milliseconds. */
export async function timerFloorMs(): Promise<number> {
  const { samples } = await measure(() => {}, everySample(1000));
  return median(samples) / 1e6;
}
