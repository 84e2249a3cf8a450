import { z } from "zod";
import { id } from "../../fields.ts";

export const home = { category: "p2p_taskqueue", home: "direct" } as const;

export const task_id = id.describe("the task's id");
export const worker_id = id.describe("the worker's id");
export const count = z.int().min(0);
export const queue_position = count.describe("how many tasks are started before it; 0 is next");
export const ms = z.number().min(0);
export const perSecond = z.number().min(0);

/** Up to a day: timers overflow after 24.8 days. */
export const seconds = z.number().min(0).max(86_400);

/** bunqueue waits no longer than an hour. */
export const backoffMs = z.int().min(0).max(3_600_000);

/** ISO-8601 of epoch ms. */
export function iso(at: number): string {
  return new Date(at).toISOString();
}
