import { z } from "zod";
import { UsageError } from "../../errors.ts";
import { commonOptions, roundOptions, someOf } from "../../options.ts";
import { brokerOptions } from "../../p2p/broker/options.ts";
import { armOptions, checkArms } from "../../runtimes/arms.ts";
import { everydayScenarios, scenarios } from "./scenarios.ts";

export const workflowOptions = z.strictObject({
  scenario: someOf(scenarios, { all: everydayScenarios }).describe(
    "simple, complex, dag, mixed (a third each), random, or all but random; may be repeated",
  ),
  workflows: z.int().min(1).max(100_000).default(100).describe("workflows of each scenario in a round"),
  concurrency: z.int().min(1).max(1024).default(10).describe("submissions in flight"),
  monitor: z.boolean().default(false).describe("tell what steps waited for and where the time went"),
  ...armOptions(),
  sweep: z
    .boolean()
    .default(false)
    .transform((wanted) => (wanted ? [1, 2, 4, 8, 16, 32] : []))
    .describe("also run mixed workflows at 1, 2, 4, 8, 16 and 32 submissions in flight"),
  steps: z.int().min(1).max(5_000).optional().describe("steps of a random workflow (default: 50)"),
  width: z
    .int()
    .min(1)
    .max(1_000)
    .optional()
    .describe("most steps of a random workflow side by side (default: 8)"),
  keep: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(10_000)
    .describe("ended workflows that the engine remembers, oldest forgotten first"),
  target: z.number().min(0).max(100).default(50).describe("the saving of a submission to reach, in percent"),
  linear: z
    .number()
    .positive()
    .max(100)
    .default(90)
    .describe("share of N times the throughput of one that N in flight must reach, in percent"),
  timeout: z
    .number()
    .positive()
    .max(3600)
    .default(60)
    .describe("longest wait for a call, and for workflows to end, in seconds"),
  ...brokerOptions,
  ...roundOptions,
  ...commonOptions("concurrent_workflows"),
});

export type Given = z.output<typeof workflowOptions>;

/** Fewer end before their throughput is steady. */
export const sweepWorkflows = 400;

/** What a round does: some scenarios, and the sweep or none of it. */
export type Work = Pick<Given, "runtimes" | "scenario" | "sweep">;

/** How many loads that is. */
export function loadsIn({ runtimes, scenario, sweep }: Work): number {
  return runtimes.length * (2 * scenario.length + sweep.length);
}

/** Throws a `UsageError` for flags that do not go together, and for a broker that cannot be used. */
export async function checkWorkflows(given: Given): Promise<void> {
  const { scenario, workflows, sweep, steps, width, keep, broker, broker_token } = given;
  checkArms(given);
  if (!scenario.includes("random") && (steps ?? width) !== undefined)
    throw new UsageError("Cannot take --steps or --width: they are for --scenario random");
  const most = Math.max(workflows, sweep.length > 0 ? sweepWorkflows : 0);
  if (most > keep)
    throw new UsageError(
      `Cannot run ${most} workflows: the engine forgets ended ones beyond ${keep}, so take --keep ${most} or more`,
    );
  if (broker === undefined) return;
  const { checkBroker } = await import("../../p2p/broker/broker.ts");
  await checkBroker(broker, broker_token);
}
