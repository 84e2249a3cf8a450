import { KeptJson, namesBytes } from "../kept_json.ts";
import type { KeptOrder, LogLine, Task, TaskOrder, WorkerOrder } from "./records.ts";

/** Measured in the heap: a task that has ended, a worker, and beside its text a line of a log. */
const recordBytes = 1_100;
const workerBytes = 2_000;
const lineBytes = 100;

/** Measured too: what a task takes besides until it has ended, 1,200 bytes for its job and 1,600 while it runs. */
export const openBytes = 2_800;

/** Makes an order the queue's own. */
export function keepOrder({ payload, metadata, tags, ...order }: TaskOrder): KeptOrder {
  return {
    ...order,
    tags: [...new Set(tags)],
    payload: new KeptJson(payload),
    metadata: metadata && new KeptJson(metadata),
  };
}

/** What a task takes while nothing has become of it yet. */
export function orderBytes({ id, tags, payload, metadata }: KeptOrder): number {
  return recordBytes + openBytes + namesBytes(id, ...tags) + payload.bytes + (metadata?.bytes ?? 0);
}

export function resultBytes({ output, error = "" }: Pick<Task, "output" | "error">): number {
  return (output?.bytes ?? 0) + 2 * error.length;
}

export function logBytes({ message }: LogLine): number {
  return lineBytes + 2 * message.length;
}

export function workerSize({ id, metadata, resourceLimits }: WorkerOrder): number {
  return workerBytes + namesBytes(id) + (metadata?.bytes ?? 0) + (resourceLimits?.bytes ?? 0);
}
