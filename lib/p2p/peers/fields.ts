import { peerIdFromString } from "@libp2p/peer-id";
import { z } from "zod";
import { id } from "../../fields.ts";
import { maxTimeoutMs } from "./node.ts";

export const place = { category: "p2p_peer", home: "direct" } as const;

/** The id of a libp2p peer, in any of its spellings. */
export const peerId = id.transform((text, context) => {
  try {
    return peerIdFromString(text);
  } catch {
    context.addIssue({ code: "custom", message: "must be the id of a libp2p peer" });
    return z.NEVER;
  }
});

export const ms = z.number().min(0);

/** A wait that the caller chooses. */
export function seconds(usual: number) {
  return z
    .number()
    .positive()
    .max(maxTimeoutMs / 1_000)
    .default(usual);
}

export function deadline(timeoutSeconds: number): AbortSignal {
  return AbortSignal.timeout(timeoutSeconds * 1_000);
}
