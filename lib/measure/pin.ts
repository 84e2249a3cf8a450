import { z } from "zod";
import { UsageError } from "../errors.ts";
import { allowedCores, bind } from "./cores.ts";

export const pinModes = ["same", "apart", "none"] as const;
export type PinMode = (typeof pinModes)[number];

/** The flag of scripts that time one call at a time. */
export const pinOption = z
  .enum(pinModes)
  .default("same")
  .describe("cores of client and servers: the same one, apart, or none in particular");

/** Throws a `UsageError` for cores that are not there. */
export function checkPin({ pin }: { pin: PinMode }): void {
  if (pin === "apart" && allowedCores().length < 2)
    throw new UsageError(
      "Cannot pin client and servers apart: this process may run on one core only; take --pin same",
    );
}

/** What processes were bound to. */
export interface Pinned {
  /** `none` also where the system binds nothing. */
  readonly mode: PinMode;
  /** Those that client and servers may run on now. */
  readonly cores: readonly number[];
  readonly threads: number;
  /** Threads that stayed where they were. */
  readonly refused: number;
}

/**
 * Binds this process and those that serve it. Unpinned, a pair over loopback falls into one of two states, 40 or 110 us a
 * call, and stays there; on one core two fresh pairs are as alike as one with itself (SD of the log ratio 0.013).
 */
export function pinTogether(mode: PinMode, servers: readonly number[]): Pinned {
  const cores = allowedCores();
  const [first, second] = [cores.at(-1), cores.at(-2)];
  if (mode === "none" || first === undefined) return { mode: "none", cores, threads: 0, refused: 0 };
  const there = mode === "apart" ? (second ?? first) : first;
  const bound = [bind(process.pid, [first]), ...servers.map((pid) => bind(pid, [there]))];
  const sum = (of: (one: (typeof bound)[number]) => number) =>
    bound.reduce((total, one) => total + of(one), 0);
  return {
    mode,
    cores: [...new Set([first, there])],
    threads: sum(({ threads }) => threads),
    refused: sum(({ refused }) => refused),
  };
}

/** Does work with this process and its servers bound to one core, and lets them run anywhere again. */
export async function whilePinned<T>(
  mode: PinMode,
  servers: readonly number[],
  work: () => Promise<T>,
): Promise<T> {
  const before = allowedCores();
  const { mode: pinned } = pinTogether(mode, servers);
  try {
    return await work();
  } finally {
    if (pinned !== "none") for (const pid of [process.pid, ...servers]) bind(pid, before);
  }
}
