/** The ladder that runtimes make, each built upon another: which of those that were chosen stands on which. */
import { type Arm, kindOf } from "./arms.ts";
import { findRuntime, runtimes } from "./runtimes.ts";

/** What is climbed unless something else is asked for: each way in one era of the protocol. */
export const usualRungs: readonly string[] = runtimes
  .filter(({ era }) => era !== "modern")
  .map(({ name }) => name);

/** The one of them that an arm is built upon, over any that were left out between; none where it stands on the ground. */
export function baseOf(arm: Arm, arms: readonly Arm[]): Arm | undefined {
  for (let base = kindOf(arm).base; base !== undefined; base = findRuntime(base)?.base) {
    const below = arms.find(({ runtime }) => runtime === base);
    if (below) return below;
  }
  return undefined;
}

/** An arm and all that it stands upon, from the ground up. */
export function branchOf(arm: Arm, arms: readonly Arm[]): Arm[] {
  const base = baseOf(arm, arms);
  return base ? [...branchOf(base, arms), arm] : [arm];
}

/** Those on which no other one stands, but for the ground. */
export function topsOf(arms: readonly Arm[]): Arm[] {
  const bases = new Set(arms.map((arm) => baseOf(arm, arms)));
  return arms.filter((arm) => !bases.has(arm) && baseOf(arm, arms));
}
