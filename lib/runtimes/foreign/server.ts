import { type Era, nameIn } from "../mcp/era.ts";

/** A server that somebody else wrote, and the one way in which it is reached. */
export type ForeignServer = Limits &
  (
    | { readonly by: "command"; readonly words: readonly string[]; readonly era: Era }
    | { readonly by: "mcp_url"; readonly place: Place; readonly era: Era }
    | { readonly by: "url"; readonly place: Place }
  );

export interface Limits {
  /** How long it may take to start, and to answer a call. */
  readonly timeoutMs: number;
}

/** Both may hold what nobody else is to know. */
export interface Place {
  readonly url: string;
  /** Sent with each request. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The runtime that it is, so that its figures stand beside those of ours that are reached alike. */
export function runtimeNameOf(by: ForeignServer["by"], era: Era): string {
  return by === "url" ? "http" : nameIn(era, by === "command" ? "mcp-stdio" : "mcp-http");
}

/** What its tools are listed under. */
export const foreignCategory = "foreign";

/** As others may see it: without what stands for a user, and what it asks for. */
export function shownUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

/** What went wrong, in a line. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/\s+/g, " ").slice(0, 200);
}
