import type { GcLog } from "./gc_log.ts";

/**
 * The bytes that a process allocates per call, by the counter of its engine, garbage or not. It runs under `counting`,
 * and `log` is what it writes. The count goes from one collection to another, over `calls` calls and those that go on
 * until the next collection; `null` when `calls` of them allocate too little for one, less than 64 KiB together.
 *
 * What native code allocates without telling the engine is not in it, so that it is a lower bound.
 */
export async function countAllocated(log: GcLog, call: () => unknown, calls: number): Promise<number | null> {
  const untilCollected = async () => {
    for (let made = 1; made <= calls; made++) {
      await call();
      if (log.grew()) return made;
    }
    return null;
  };
  log.grew();
  if ((await untilCollected()) === null) return null;
  log.take();
  for (let made = 0; made < calls; made++) await call();
  const more = await untilCollected();
  if (more === null) return null;
  const bytes = log.take().reduce((sum, { allocatedBytes }) => sum + (allocatedBytes ?? 0), 0);
  return bytes / (calls + more);
}
