import { z } from "zod";

/** bunqueue takes frames of 64 MB; a batch of the largest messages has 48. */
export const batchSize = 24;
const maxBytes = 2 * 1024 * 1024;

const replyPrefix = "tool-runtime.replies.";
const jobPrefix = "tool-runtime.";

/** Where the work of a kind waits for a worker. */
export const workQueue = (kind: string) => jobPrefix + kind;
/** Where a submitter waits for outcomes. */
export const replyQueue = (submitter: string) => replyPrefix + submitter;

/** A job as bunqueue hands it out. What its data holds is not known yet: anybody may push. */
const pulled = z.object({ id: z.string(), data: z.unknown() });
/** What a server answers to PULLB. */
export const pulledJobs = z.object({ jobs: z.array(pulled), tokens: z.array(z.string()).default([]) });

/** What a worker is asked: where the answer goes, and the work as JSON, whose shape its kind knows. */
export const order = z.strictObject({
  reply_to: z.string().regex(/^tool-runtime\.replies\.[0-9a-f-]{36}$/),
  work: z.string().max(maxBytes),
});

/** What became of it: its output and the texts to store as JSON, or why it failed. */
const outcome = z.union([
  z.strictObject({
    id: z.string().max(256),
    ran_ms: z.number().min(0),
    result: z.string().max(maxBytes),
  }),
  z.strictObject({ id: z.string().max(256), ran_ms: z.number().min(0), error: z.string().max(1_000) }),
]);
export type Outcome = z.infer<typeof outcome>;

/** Outcomes travel together where they can: to a server on a disk each job is a dozen writes. */
export const reply = z.strictObject({ outcomes: z.array(outcome).max(batchSize) });

/** What the JSON of a result holds. */
export const result = z.strictObject({
  output: z.unknown(),
  stored: z.array(z.string()).max(1_000),
});

/** The work failed where it ran; the message is that of the worker. */
export class RemoteFailure extends Error {
  override readonly name = "RemoteFailure";
}

/** Puts outcomes together that fit in one message. */
export function pack(outcomes: readonly Outcome[]): Outcome[][] {
  const packs: Outcome[][] = [];
  let left = 0;
  for (const outcome of outcomes) {
    const bytes = Buffer.byteLength("error" in outcome ? outcome.error : outcome.result);
    const last = packs.at(-1);
    if (last && bytes <= left) last.push(outcome);
    else packs.push([outcome]);
    left = (last && bytes <= left ? left : maxBytes) - bytes;
  }
  return packs;
}

/** JSON that fits in a message. Throws a `RangeError` if it does not. */
export function encode(what: string, value: unknown): string {
  const text = JSON.stringify(value);
  const bytes = Buffer.byteLength(text);
  if (bytes > maxBytes) throw new RangeError(`Cannot send "${what}": ${bytes} bytes, more than ${maxBytes}`);
  return text;
}
