import type { Random } from "../random.ts";
import { drawOrders } from "./orders.ts";
import type { Visit } from "./visit.ts";

interface Asked {
  /** Samples that each arm takes of it in a round. */
  readonly samples: number;
}

/**
 * The visits of a round: again and again each of `all` that has samples left, shuffled anew, for at most `perVisit` of
 * them, and each in orders of its own that have every arm be first equally often.
 */
export function* planVisits<Of extends Asked>(
  all: readonly Of[],
  { arms, perVisit, random }: { readonly arms: number; readonly perVisit: number; readonly random: Random },
): Generator<Visit & { readonly of: Of }, void> {
  const plans = all.map((of) => ({ of, orders: drawOrders(arms, Math.ceil(of.samples / perVisit), random) }));
  for (let n = 0; plans.some(({ orders }) => n < orders.length); n++)
    for (const { of, orders } of random.shuffle(plans)) {
      const order = orders[n];
      if (order) yield { of, order, count: Math.min(perVisit, of.samples - n * perVisit), cold: n === 0 };
    }
}
