import fc from "fast-check";

const uniform = fc.noBias(fc.integer({ min: 1, max: 2 ** 31 - 1 }));

/** Standard normal values by Box and Muller. */
export const normal = fc
  .tuple(uniform, uniform)
  .map(([a, b]) => Math.sqrt(-2 * Math.log(a / 2 ** 31)) * Math.cos((2 * Math.PI * b) / 2 ** 31));
