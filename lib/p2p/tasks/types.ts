import { setTimeout as after } from "node:timers/promises";
import { z } from "zod";

const longestSleepMs = 24 * 3_600_000;

/** Does the work of one attempt, here or elsewhere. Throws when that fails or `signal` fires. */
export type TaskExecutor = (
  type: string,
  payload: unknown,
  signal: AbortSignal,
  limits: { readonly priority: number; readonly timeoutMs: number | undefined },
) => Promise<unknown>;

type Handler = (payload: unknown, signal: AbortSignal) => unknown;

const numbers = z.strictObject({ values: z.array(z.number()) });

/** Every task type. A payload it cannot read fails the task. */
const handlers = new Map<string, Handler>([
  ["echo", (payload) => payload],
  ["hash", (payload) => new Bun.CryptoHasher("sha256").update(canonicalJson(payload)).digest("hex")],
  ["sort", reading(numbers, ({ values }) => values.toSorted((a, b) => a - b))],
  ["sum", reading(numbers, ({ values }) => finite(values.reduce((sum, value) => sum + value, 0)))],
  [
    "sleep",
    reading(z.strictObject({ ms: z.int().min(0).max(longestSleepMs) }), ({ ms }, signal) =>
      after(ms, ms, { signal }),
    ),
  ],
  [
    "fail",
    reading(z.strictObject({ message: z.string().max(500).default("asked to fail") }), ({ message }) => {
      throw new Error(message);
    }),
  ],
]);

export const taskType = z.enum([...handlers.keys()]);

/** Does the work of one attempt here. Throws when the payload is not the type's, the work fails or `signal` fires. */
export async function runTask(type: string, payload: unknown, signal: AbortSignal): Promise<unknown> {
  const handler = handlers.get(type);
  if (!handler) throw new TypeError(`Cannot run "${type}": no such task type`);
  return handler(payload, signal);
}

function reading<P extends z.ZodType>(
  schema: P,
  run: (payload: z.output<P>, signal: AbortSignal) => unknown,
): Handler {
  return (raw, signal) => {
    const payload = schema.safeParse(raw);
    if (payload.success) return run(payload.data, signal);
    const [fault] = payload.error.issues;
    throw new TypeError(`Cannot read the payload: ${fault?.path.join(".") || "payload"}: ${fault?.message}`);
  };
}

/** JSON with the keys of every object in order, so that equal payloads have equal hashes. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

function finite(sum: number): number {
  if (!Number.isFinite(sum)) throw new RangeError("Cannot sum the values: the sum is not finite");
  return sum;
}
