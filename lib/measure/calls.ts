import { ToolError } from "../errors.ts";

/** How a call ended: with a value or with an error, on a clock in nanoseconds. */
export type Ending<T> = Outcome<T> & { readonly startNs: number; readonly endNs: number };
type Outcome<T> = { readonly value: T } | { readonly error: unknown };

/** The calls under way. None of them is waited for longer than the time-out, though it may never return. */
export interface CallsUnderWay<T> extends Disposable {
  /** Makes a call; one over the time-out ends with a `ToolError` that has the code `timeout`. */
  make(call: () => Promise<T>): Promise<Ending<T>>;
  /** How many calls were under way from the start until now, integrated over time, in call nanoseconds. */
  area(): number;
}

interface UnderWay<T> {
  startNs: number;
  /** Its place in the list; -1 once it has ended. */
  index: number;
  readonly resolve: (ending: Ending<T>) => void;
}

/** Starts counting. `now` is a clock in nanoseconds. */
export function openCalls<T>(timeoutMs: number, now: () => number): CallsUnderWay<T> {
  const timeoutNs = timeoutMs * 1e6;
  const underWay: UnderWay<T>[] = [];
  let timer: NodeJS.Timeout | undefined;
  let area = 0;
  let changedNs = now();

  const addUntil = (ns: number) => {
    area += underWay.length * (ns - changedNs);
    changedNs = ns;
  };

  const end = (call: UnderWay<T>, outcome: Outcome<T> | null) => {
    const endNs = now();
    const { startNs, index, resolve } = call;
    if (index < 0) return;
    addUntil(endNs);
    call.index = -1;
    // The last one takes the place of the one that leaves: a Set would cost a call 0.7 us.
    const last = underWay.pop();
    if (last && last !== call) {
      last.index = index;
      underWay[index] = last;
    }
    if (outcome && endNs - startNs < timeoutNs) resolve({ startNs, endNs, ...outcome });
    else resolve({ startNs, endNs, error: overdue(timeoutMs) });
  };

  // One timer for all: one each would cost a call more than the rest of this.
  const watch = () => {
    const nowNs = now();
    for (const call of underWay.filter(({ startNs }) => nowNs - startNs >= timeoutNs)) end(call, null);
    const oldestNs = underWay.reduce((oldest, { startNs }) => Math.min(oldest, startNs), nowNs);
    timer = setTimeout(watch, Math.ceil((oldestNs + timeoutNs - nowNs) / 1e6));
  };

  return {
    make: (call) =>
      new Promise((resolve) => {
        timer ??= setTimeout(watch, timeoutMs);
        const one = { startNs: now(), index: underWay.length, resolve };
        addUntil(one.startNs);
        underWay.push(one);
        call().then(
          (value) => end(one, { value }),
          (error) => end(one, { error }),
        );
      }),
    area() {
      addUntil(now());
      return area;
    },
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}

function overdue(timeoutMs: number): ToolError {
  return new ToolError("timeout", `Cannot wait any longer: no answer came within ${timeoutMs} ms`);
}
