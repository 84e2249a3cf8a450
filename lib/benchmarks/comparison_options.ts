import { z } from "zod";
import { commonOptions } from "../options.ts";
import { type Arm, arms, type jobSchema, workloads } from "./runtime_comparison.ts";

const concurrency = z.int().min(1).max(1024);

const mix = z
  .string()
  .default("30:70")
  .refine((text) => {
    const [p2p = Number.NaN, general = Number.NaN, ...more] = text.split(":").map(Number);
    return /^\d+:\d+$/.test(text) && more.length === 0 && p2p >= 0 && general >= 0 && p2p + general === 100;
  }, "must be the shares of P2P and general calls, which add up to 100, as in 30:70")
  .transform((text) => Number(text.split(":")[0]) / 100);

const sweep = z
  .string()
  .default("1,2,4,8,16,32")
  .refine((text) => {
    const list = text.split(",").map(Number);
    const distinct = new Set(list).size === list.length;
    return text === "none" || (distinct && list.every((value) => concurrency.safeParse(value).success));
  }, "must be different concurrencies from 1 to 1024, as in 1,2,4, or none")
  .transform((text) => (text === "none" ? [] : text.split(",").map(Number)));

/** The flags of runtime_comparison, and what `--quick` makes of them. */
export function comparisonOptions(name: string) {
  const options = {
    workload: z
      .array(z.enum([...workloads, "all"]))
      .default(["all"])
      .transform((names) => workloads.filter((name) => names.includes(name) || names.includes("all")))
      .describe("sequential, concurrent, mixed or all; may be repeated"),
    concurrency: concurrency.default(10).describe("calls at a time, in concurrent and mixed"),
    iterations: z
      .int()
      .min(1)
      .max(100_000)
      .optional()
      .describe("calls of each tool (default: 100, and 10 of tools that talk to peers)"),
    rate: z
      .number()
      .positive()
      .max(100_000, "no clock here can hold more than 100,000 calls per second")
      .optional()
      .describe("calls started per second whatever happens, in concurrent and mixed"),
    arrivals: z
      .enum(["poisson", "fixed"])
      .default("poisson")
      .describe("the schedule under --rate: poisson or fixed"),
    mix: mix.describe("shares of P2P and general calls in mixed"),
    sweep: sweep.describe("concurrencies to sweep over, or none"),
    target: z.number().min(0).max(100).default(50).describe("the saving of P2P tools to reach, in percent"),
    margin: z
      .number()
      .positive()
      .max(100)
      .default(5)
      .describe("slowdown of general tools to stay within, in percent"),
    timeout: z.number().positive().max(3600).default(30).describe("longest wait for one call, in seconds"),
    ...commonOptions(name),
  };
  return { options, quick: { rounds: 2, iterations: 5, sweep: "none" } };
}

const usual = { iterations: 100, slow_iterations: 10 } as const;

/** A smaller sweep point ends before its throughput is steady, a larger one costs seconds. */
const sweepCalls = 400;

type Options = z.output<z.ZodObject<ReturnType<typeof comparisonOptions>["options"]>>;

/** Every arm in every round; which one goes first changes from round to round. */
export function planJobs(given: Options, bootstrap: readonly string[]): z.infer<typeof jobSchema>[] {
  const {
    rounds,
    seed,
    workload,
    concurrency,
    iterations,
    mix,
    rate = null,
    arrivals,
    sweep,
    timeout,
  } = given;
  const turns = Array.from({ length: rounds }, (_, round) =>
    rotate(arms, round).map((arm) => ({ arm, round })),
  );
  return turns.flat().map((turn) => ({
    ...turn,
    seed,
    bootstrap: [...bootstrap],
    workloads: workload,
    concurrency,
    iterations: iterations ?? usual.iterations,
    slow_iterations: iterations ?? usual.slow_iterations,
    p2p_share: mix,
    rate,
    arrivals,
    sweep,
    sweep_calls: sweepCalls,
    timeout_ms: timeout * 1000,
  }));
}

function rotate(list: readonly Arm[], by: number): Arm[] {
  const start = by % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}
