import { z } from "zod";
import { MeasurementError } from "../errors.ts";
import { usageSchema } from "../measure/resources.ts";
import { loadFields } from "./load_event.ts";
import { outcomesSchema } from "./workflow_outcomes.ts";
import { scenarios } from "./workflow_scenarios.ts";

export const arms = ["direct", "http"] as const;
export type Arm = (typeof arms)[number];

/** The module that runs one arm in one round. */
export const roundModule = new URL("./concurrent_workflows_round.ts", import.meta.url).pathname;

/** What a process has to do. */
export const jobSchema = z.strictObject({
  arm: z.enum(arms),
  round: z.int(),
  seed: z.int(),
  scenarios: z.array(z.enum(scenarios)),
  workflows: z.int(),
  alone: z.int(),
  concurrency: z.int(),
  sweep: z.array(z.int()),
  sweep_workflows: z.int(),
  steps: z.int(),
  width: z.int(),
  keep: z.int(),
  broker: z.string().optional(),
  timeout_ms: z.number(),
});

const scenario = { arm: z.enum(arms), scenario: z.enum(scenarios), outcomes: outcomesSchema };
const load = { ...loadFields, concurrency: z.int(), client: usageSchema, server: usageSchema };

const workflowEvent = z.discriminatedUnion("event", [
  z.strictObject({ event: z.literal("ready"), arm: z.enum(arms), client_pid: z.int(), server_pid: z.int() }),
  z.strictObject({ event: z.literal("alone"), ...scenario, submit_ns: z.array(z.number()) }),
  z.strictObject({ event: z.literal("load"), ...scenario, ...load }),
  z.strictObject({ event: z.literal("point"), ...scenario, ...load }),
  z.strictObject({ event: z.literal("failed"), message: z.string() }),
]);

/** What a process prints, one event a line. */
export type WorkflowEvent = z.infer<typeof workflowEvent>;
export type AloneEvent = Extract<WorkflowEvent, { event: "alone" }>;
export type LoadEvent = Extract<WorkflowEvent, { event: "load" | "point" }>;

/** What one round measured of one arm. */
export interface Measured<Event = AloneEvent | LoadEvent> {
  readonly round: number;
  readonly event: Event;
}

/** Reads a line that a process printed. Throws the `MeasurementError` that it met. */
export function readWorkflowEvent(line: unknown) {
  const event = workflowEvent.parse(line);
  if (event.event === "failed") throw new MeasurementError(event.message);
  return event;
}

/** What an event means, in words. */
export function describeWorkflowEvent(
  round: number,
  event: Exclude<WorkflowEvent, { event: "failed" }>,
): string {
  const where = `round ${round + 1}, ${event.arm}`;
  if (event.event === "ready")
    return `${where}: client in process ${event.client_pid}, server in ${event.server_pid}`;
  const { completed } = event.outcomes.endings;
  const how = event.event === "alone" ? "one at a time" : `${event.concurrency} at a time`;
  return `${where}: ${event.scenario}, ${how}, ${completed} workflows completed`;
}
