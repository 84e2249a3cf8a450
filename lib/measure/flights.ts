import { ToolError } from "../errors.ts";

/** How a call ended: with a value or with an error, on a clock in nanoseconds. */
export type Landing<T> = Outcome<T> & { readonly startNs: number; readonly endNs: number };
type Outcome<T> = { readonly value: T } | { readonly error: unknown };

/** The calls under way. None of them is waited for longer than the time-out, though it may never return. */
export interface Flights<T> extends Disposable {
  /** Makes a call; one over the time-out ends with a `ToolError` that has the code `timeout`. */
  make(call: () => Promise<T>): Promise<Landing<T>>;
  /** How many calls were under way from the start until now, integrated over time, in call nanoseconds. */
  area(): number;
}

interface Flight<T> {
  readonly startNs: number;
  /** Its place in the list; -1 once it has landed. */
  index: number;
  readonly resolve: (landing: Landing<T>) => void;
}

/** Starts counting. `now` is a clock in nanoseconds. */
export function openFlights<T>(timeoutMs: number, now: () => number): Flights<T> {
  const timeoutNs = timeoutMs * 1e6;
  const flights: Flight<T>[] = [];
  let timer: NodeJS.Timeout | undefined;
  let area = 0;
  let changedNs = now();

  const addUntil = (ns: number) => {
    area += flights.length * (ns - changedNs);
    changedNs = ns;
  };

  const land = (flight: Flight<T>, outcome: Outcome<T> | null) => {
    const endNs = now();
    const { startNs, index, resolve } = flight;
    if (index < 0) return;
    addUntil(endNs);
    flight.index = -1;
    // The last one takes the place of the one that leaves: a Set would cost a call 0.7 us.
    const last = flights.pop();
    if (last && last !== flight) {
      last.index = index;
      flights[index] = last;
    }
    if (outcome && endNs - startNs < timeoutNs) resolve({ startNs, endNs, ...outcome });
    else resolve({ startNs, endNs, error: overdue(timeoutMs) });
  };

  // One timer for all: one each would cost a call more than the rest of this.
  const watch = () => {
    const nowNs = now();
    for (const flight of flights.filter(({ startNs }) => nowNs - startNs >= timeoutNs)) land(flight, null);
    const oldestNs = flights.reduce((oldest, { startNs }) => Math.min(oldest, startNs), nowNs);
    timer = setTimeout(watch, Math.ceil((oldestNs + timeoutNs - nowNs) / 1e6));
  };

  return {
    make: (call) =>
      new Promise((resolve) => {
        const flight = { startNs: now(), index: flights.length, resolve };
        addUntil(flight.startNs);
        flights.push(flight);
        timer ??= setTimeout(watch, timeoutMs);
        call().then(
          (value) => land(flight, { value }),
          (error) => land(flight, { error }),
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
