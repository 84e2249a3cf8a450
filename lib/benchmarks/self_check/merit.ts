import type { Criterion } from "../../judge/shapes.ts";

/** What a figure of an instrument must be. */
export type Ask = Pick<Criterion, "bound" | "target" | "unit"> & {
  /** What is looked at, in words. */
  readonly what: string;
  /** What is so in truth, in words, or what it is held against. */
  readonly truth: string;
};

export interface Scope {
  /** Whether it may take minutes. */
  readonly full: boolean;
  readonly seed: number;
  /** What is put here is closed before the process ends. */
  readonly opened: AsyncDisposableStack;
}

/** What was found about one of the asks. */
export interface Measured {
  /** `null` where it could not be measured, which `detail` says why. */
  readonly figure: number | null;
  /** The same of what the instrument is made of: where that misses too, this machine may allow no better. */
  readonly bare?: number;
  /** What it was counted in, or what was seen besides. */
  readonly detail: string;
}

/** Something that the instruments are held to against a known truth, in a process of its own. */
export interface Merit<Name extends string = string> {
  readonly name: string;
  /** Taken with `full` alone, because it takes minutes. */
  readonly long?: true;
  readonly asks: Readonly<Record<Name, Ask>>;
  measure(scope: Scope): Promise<Readonly<Record<Name, Measured>>>;
}

/** The type of its figures follows from what it asks. */
export function defineMerit<Name extends string>(merit: Merit<Name>): Merit<Name> {
  return merit;
}

/** So many percent of them. */
export function share(count: number, of: number): number {
  return (100 * count) / of;
}
