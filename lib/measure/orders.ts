import type { Random } from "../random.ts";

/**
 * In which order arms (by index) are visited, visit after visit: drawn, and such that each of them is first, second, …
 * equally often, as far as the number of visits allows.
 */
export function drawOrders(arms: number, visits: number, random: Random): number[][] {
  const indices = Array.from({ length: arms }, (_, arm) => arm);
  // Nobody is first of none: their orders are empty, and drawing them one after another would never end.
  if (arms === 0) return Array.from({ length: visits }, () => []);
  const orders: number[][] = [];
  while (orders.length < visits) {
    const drawn = random.shuffle(indices);
    // All rotations of one order: a Latin square.
    for (const by of random.shuffle(indices)) orders.push([...drawn.slice(by), ...drawn.slice(0, by)]);
  }
  return orders.slice(0, visits);
}
