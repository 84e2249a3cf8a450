import type { Random } from "../random.ts";
import type { Clock, DelaySeen } from "./known_delay.ts";
import type { ErrorsSeen } from "./known_errors.ts";

export type CanaryName = "delay" | "errors";

/** What one job found of what is known; `null` for what it was not asked for. */
export interface Sighting {
  readonly delay: DelaySeen | null;
  readonly errors: ErrorsSeen | null;
}

interface Asked {
  readonly canaries: readonly CanaryName[];
  readonly random: Random;
  /** How long looking for a delay may take; it is looked for once at least. */
  readonly maxMs: number;
  readonly clock?: Clock;
}

/** Finds again what is known, in this process, as it is bound to cores now. */
export async function lookForCanaries({ canaries, ...asked }: Asked): Promise<Sighting> {
  // Only what is needed: to load the loads takes as long as to look for a delay.
  const findDelay = async () => (await import("./known_delay.ts")).findDelay(asked);
  const countErrors = async () => (await import("./known_errors.ts")).countErrors();
  return {
    delay: canaries.includes("delay") ? await findDelay() : null,
    errors: canaries.includes("errors") ? await countErrors() : null,
  };
}
