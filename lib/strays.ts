/** What was thrown in a process where nobody waits for it, in words; it belongs to no call. */
export interface Stray {
  readonly stray: string;
}

const longest = 300;

/**
 * From now on what is thrown here where nobody waits for it no longer ends this process: its parent is told. The first is
 * printed with its stack.
 */
export function tellStrays(): void {
  let isFirst = true;
  const tell = (error: unknown) => {
    // Once the parent has let go, what is closed may fail.
    if (!process.connected) return;
    if (isFirst) console.error(error);
    isFirst = false;
    passOn({ stray: String(error).slice(0, longest) });
  };
  process.on("uncaughtException", tell);
  process.on("unhandledRejection", tell);
}

/** Tells the parent of this process, if it has one. */
export function passOn(stray: Stray): void {
  process.send?.(stray);
}

export function isStray(message: unknown): message is Stray {
  return typeof message === "object" && message !== null && "stray" in message;
}
