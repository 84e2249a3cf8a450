/** What the protocol was until 2025-11-25, with a handshake and sessions, and what it is since 2026-07-28, without. */
export type Era = "legacy" | "modern";

/** The version of the second. */
export const modernVersion = "2026-07-28";

export const eras: readonly Era[] = ["legacy", "modern"];

/** What a runtime is called in an era, so that every result tells which it was. */
export function nameIn(era: Era, name: string): string {
  return era === "legacy" ? name : `${name}-${era}`;
}

/** Whether the protocol takes it for the arguments of a call, and legacy clients for its structured content. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
