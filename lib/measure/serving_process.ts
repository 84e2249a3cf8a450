import { waitsOf } from "../processes.ts";

/** How many empty requests tell who answers them. On a busy machine the next one may be there before it can sleep. */
const requests = 50;
const fewestWaits = 5;
const mostAttempts = 10;

/**
 * Which of some processes, in the order of their starts, answers what is sent: it sleeps until that comes. Those that have
 * started it, as `npx` does, sleep all the while, or pass on what they read to one that started later. `null` where the
 * system does not tell.
 */
export async function findServing(
  pids: readonly number[],
  send: () => Promise<void>,
): Promise<number | null> {
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    const before = pids.map(waitsOf);
    for (let n = 0; n < requests; n++) await send();
    const waits = pids.map((pid, n) => waitsOf(pid) - (before[n] ?? 0));
    const most = Math.max(...waits);
    if (most >= fewestWaits) return pids.findLast((_, n) => (waits[n] ?? 0) >= most / 2) ?? null;
  }
  return null;
}
