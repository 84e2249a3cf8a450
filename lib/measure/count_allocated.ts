import { MeasurementError } from "../errors.ts";
import type { GcLog } from "./gc_log.ts";

/** So many collections, and so many calls, are enough to know what a call allocates within some per cent. */
const enough = { collections: 8, calls: 20 } as const;

/**
 * The bytes that a process allocates per call, by the counter of its engine, garbage or not. It runs under `counting`,
 * and `log` is what it writes. The count goes from one collection to the first after enough, or to the last within
 * `most` calls; `null` when those allocate too little for two collections. Throws a `MeasurementError` when the log does
 * not tell.
 *
 * What native code allocates without telling the engine is not in it, so that it is a lower bound.
 */
export async function countAllocated(log: GcLog, call: () => unknown, most: number): Promise<number | null> {
  log.grew();
  log.take();
  let bytes = 0;
  let collections = 0;
  /** Those of them that say how much was allocated. */
  let counted = 0;
  /** The calls until the first collection, and until the last. */
  let [first, last] = [0, 0];
  for (let made = 1; made <= most; made++) {
    await call();
    if (!log.grew()) continue;
    const found = log.take();
    // What the program itself wrote to its standard error.
    if (found.length === 0) continue;
    if (first > 0) {
      // One that no allocation caused has no figure, which makes the count a lower one.
      const figures = found.flatMap(({ allocatedBytes }) => allocatedBytes ?? []);
      bytes += figures.reduce((sum, figure) => sum + figure, 0);
      counted += figures.length;
      collections += found.length;
    } else first = made;
    last = made;
    if (collections >= enough.collections && last - first >= enough.calls) break;
  }
  if (last > first && counted === 0)
    throw new MeasurementError("Cannot count allocations: this Bun does not log them as 1.4.5 does");
  return last > first ? bytes / (last - first) : null;
}
