import { z } from "zod";

type Units = Readonly<Record<string, number>>;

/** In milliseconds. */
export const times: Units = { ms: 1, s: 1e3 };
/** In bytes. */
export const sizes: Units = { B: 1, KB: 1e3, MB: 1e6, GB: 1e9 };

/** A flag that takes a number with its unit, as in 50ms. */
export function amountOption(units: Units) {
  const names = Object.keys(units);
  return z
    .string()
    .regex(
      new RegExp(`^\\d+(\\.\\d+)?(${names.join("|")})$`),
      `must be a number and one of ${names.join(", ")}`,
    );
}

/** What such a flag gives, in the least of its units. */
export function amountOf(text: string, units: Units): number {
  const [, number, unit = ""] = /^([\d.]+)(\D+)$/.exec(text) ?? [];
  return Number(number) * (units[unit] ?? Number.NaN);
}
