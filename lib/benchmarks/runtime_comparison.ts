import { z } from "zod";
import { MeasurementError } from "../errors.ts";
import { histogramSchema } from "../measure/histogram.ts";
import { usageSchema } from "../measure/resources.ts";
import { loadFields } from "./load_event.ts";

export const arms = ["direct", "http", "dual"] as const;
export const workloads = ["sequential", "concurrent", "mixed"] as const;
export type Arm = (typeof arms)[number];
export type Workload = (typeof workloads)[number];

/** The module that runs one arm in one round. */
export const roundModule = new URL("./runtime_comparison_round.ts", import.meta.url).pathname;

/** What a process has to do. */
export const jobSchema = z.strictObject({
  arm: z.enum(arms),
  round: z.int(),
  seed: z.int(),
  bootstrap: z.array(z.string()),
  workloads: z.array(z.enum(workloads)),
  concurrency: z.int(),
  iterations: z.int(),
  slow_iterations: z.int(),
  p2p_share: z.number(),
  rate: z.number().nullable(),
  arrivals: z.enum(["fixed", "poisson"]),
  sweep: z.array(z.int()),
  sweep_calls: z.int(),
  timeout_ms: z.number(),
});

const load = {
  arm: z.enum(arms),
  concurrency: z.int(),
  ...loadFields,
  open_loop: z
    .strictObject({
      offered_per_s: z.number(),
      achieved_per_s: z.number(),
      unsent: z.int(),
      saturated: z.string().nullable(),
      lateness: histogramSchema,
    })
    .nullable(),
};

const armEvent = z.discriminatedUnion("event", [
  z.strictObject({ event: z.literal("ready"), arm: z.enum(arms), client_pid: z.int(), server_pid: z.int() }),
  z.strictObject({
    event: z.literal("load"),
    workload: z.enum(workloads),
    ...load,
    client: usageSchema,
    server: usageSchema,
  }),
  z.strictObject({ event: z.literal("point"), ...load }),
  z.strictObject({ event: z.literal("failed"), message: z.string() }),
]);

/** What a process prints, one event a line. */
export type ArmEvent = z.infer<typeof armEvent>;
export type LoadEvent = Extract<ArmEvent, { event: "load" }>;

/** Reads a line that a process printed. Throws the `MeasurementError` that it met. */
export function readArmEvent(line: unknown) {
  const event = armEvent.parse(line);
  if (event.event === "failed") throw new MeasurementError(event.message);
  return event;
}

/** What an event means, in words. */
export function describeArmEvent(round: number, event: Exclude<ArmEvent, { event: "failed" }>): string {
  const where = `round ${round + 1}, ${event.arm}`;
  if (event.event === "ready")
    return `${where}: client in process ${event.client_pid}, server in ${event.server_pid}`;
  const what = event.event === "load" ? event.workload : `sweep at ${event.concurrency}`;
  return `${where}: ${what}, ${event.issued} calls in ${event.elapsed_ms.toFixed(0)} ms`;
}
