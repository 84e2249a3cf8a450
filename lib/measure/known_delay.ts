import { plainCase } from "../case.ts";
import { type Blocks, middle } from "../judge/pairs.ts";
import type { Random } from "../random.ts";
import { openCaller } from "./caller.ts";
import { doEach } from "./do_each.ts";
import { drawOrders } from "./orders.ts";
import { takeTurns, thereAndBack } from "./turns.ts";

/** How much longer the slower of two arms takes in truth. */
export const delayPercent = 10;

/** How much longer it was seen to take, in percent, over all of them and in each visit; `null` where the clock showed nothing. */
export interface DelaySeen {
  readonly percent: number | null;
  readonly visits: readonly (number | null)[];
  readonly calls: number;
}

export interface Clock {
  /** In nanoseconds. */
  now(): number;
  /** A piece of work that takes some of its time. */
  work(): void;
}

interface Looking {
  readonly random: Random;
  readonly maxMs: number;
  readonly clock?: Clock;
}

const [data, digest] = [new Uint8Array(4_096), new Uint8Array(32)];

/** Some 3 us, in which no compiler and no collector has a part; what takes five times as long spreads eight times as far. */
function hash(): void {
  Bun.CryptoHasher.hash("sha256", data, digest);
}

const pieces = 10;
const perVisit = 4;
const visits = 16;
/** More looks would tell no more, whatever time there is. */
const mostLooks = 8;

/**
 * Measures two arms, one of which does eleven pieces of the same work in place of ten: that is a tenth more whatever the
 * clock counts in, and on any machine.
 */
export async function findDelay({
  random,
  maxMs,
  clock: { now, work } = { now: Bun.nanoseconds, work: hash },
}: Looking): Promise<DelaySeen> {
  using opened = new DisposableStack();
  const callers = [pieces, pieces * (1 + delayPercent / 100)].map((times) => {
    const arm = doEach(`${times} pieces`, () => {
      for (let n = 0; n < times; n++) work();
    });
    return opened.use(openCaller(arm, { now }));
  });
  const series = await Promise.all(callers.map((caller) => caller.open(plainCase("work", "some hashing"))));
  const [plain, slower]: [number[][], number[][]] = [[], []];
  const startMs = performance.now();
  for (let look = 1; look <= mostLooks; look++) {
    const turns = drawOrders(2, visits, random).flatMap((order) => thereAndBack(order, perVisit));
    const [a = [], b = []] = await takeTurns(series, turns);
    plain.push(...a.map((block) => [...block]));
    slower.push(...b.map((block) => [...block]));
    const spentMs = performance.now() - startMs;
    if (spentMs + spentMs / look > maxMs) break;
  }
  for (const caller of callers) caller.conclude();
  // A visit goes there and back.
  const at = (blocks: Blocks, n: number) => blocks.slice(2 * n, 2 * n + 2);
  const each = Array.from({ length: plain.length / 2 }, (_, n) => excess(at(plain, n), at(slower, n)));
  return { percent: excess(plain, slower), visits: each, calls: 2 * plain.flat().length };
}

function excess(reference: Blocks, candidate: Blocks): number | null {
  const [one, other] = [middle(reference), middle(candidate)];
  return one > 0 && other > 0 ? (other / one - 1) * 100 : null;
}
