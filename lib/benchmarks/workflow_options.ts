import { z } from "zod";
import { brokerOptions } from "../broker_options.ts";
import { UsageError } from "../errors.ts";
import { commonOptions } from "../options.ts";
import { type Arm, arms, type jobSchema } from "./concurrent_workflows.ts";
import { everydayScenarios, type Scenario, scenarios } from "./workflow_scenarios.ts";

/** The flags of concurrent_workflows, and what `--quick` makes of them. */
export function workflowOptions(name: string) {
  const options = {
    scenario: z
      .array(z.enum([...scenarios, "all"]))
      .default(["all"])
      .transform((names): Scenario[] => {
        const chosen = new Set<string>(names.flatMap((name) => (name === "all" ? everydayScenarios : name)));
        return scenarios.filter((scenario) => chosen.has(scenario));
      })
      .describe("simple, complex, dag, mixed (a third each), random, or all but random; may be repeated"),
    workflows: z.int().min(1).max(100_000).default(100).describe("workflows of each scenario in a round"),
    concurrency: z.int().min(1).max(1024).default(10).describe("submissions in flight"),
    monitor: z.boolean().default(false).describe("tell what steps waited for and where the time went"),
    runtime: z
      .enum([...arms, "trio", "fastapi", "all"])
      .default("all")
      .describe("direct (also: trio), http (also: fastapi) or all"),
    sweep: z
      .boolean()
      .default(false)
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
    target: z
      .number()
      .min(0)
      .max(100)
      .default(50)
      .describe("the saving of a submission to reach, in percent"),
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
    ...commonOptions(name),
  };
  return { options, quick: { workflows: 30 } };
}

type Options = z.output<z.ZodObject<ReturnType<typeof workflowOptions>["options"]>>;
type Job = z.infer<typeof jobSchema>;

const concurrencies = [1, 2, 4, 8, 16, 32];
/** Fewer end before their throughput is steady. */
const sweepWorkflows = 400;
/** More, one at a time, would take seconds. */
const mostAlone = 100;

/** Every arm in every round; which one goes first changes from round to round. Throws a `UsageError`. */
export function planWorkflowJobs(given: Options): Job[] {
  const { scenario, steps, width, keep } = given;
  if (!scenario.includes("random") && (steps ?? width) !== undefined)
    throw new UsageError("Cannot take --steps or --width: they are for --scenario random");
  const most = Math.max(given.workflows, given.sweep ? sweepWorkflows : 0);
  if (most > keep)
    throw new UsageError(
      `Cannot run ${most} workflows: the engine forgets ended ones beyond ${keep}, so take --keep ${most} or more`,
    );
  const runs = chosenArms(given.runtime);
  const turns = Array.from({ length: given.rounds }, (_, round) =>
    (round % 2 === 0 ? runs : runs.toReversed()).map((arm) => ({ arm, round })),
  );
  return turns.flat().map((turn) => ({
    ...turn,
    seed: given.seed,
    scenarios: scenario,
    workflows: given.workflows,
    alone: Math.min(given.workflows, mostAlone),
    concurrency: given.concurrency,
    sweep: given.sweep ? concurrencies : [],
    sweep_workflows: sweepWorkflows,
    steps: steps ?? 50,
    width: width ?? 8,
    keep,
    broker: given.broker,
    timeout_ms: given.timeout * 1000,
  }));
}

/** How many loads, one at a time ones and sweep points the jobs have. */
export function countParts(jobs: readonly Job[]): number {
  return jobs.reduce((sum, { scenarios, sweep }) => sum + 2 * scenarios.length + sweep.length, 0);
}

function chosenArms(runtime: Options["runtime"]): readonly Arm[] {
  if (runtime === "all") return arms;
  return [runtime === "trio" ? "direct" : runtime === "fastapi" ? "http" : runtime];
}
