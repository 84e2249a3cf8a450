import { closestMatch } from "leven";
import { z } from "zod";
import { peerCases } from "../cases/peer.ts";
import { p2pCases } from "../cases.ts";
import { commonOptions } from "../options.ts";
import { connectionKinds } from "./memory_connections.ts";
import { canary, type MemoryJob, type MemoryRuntime, memoryRuntimes, memoryTests } from "./memory_usage.ts";

/** The names of the runtimes in the benchmark that this one replaces. */
const formerNames: Readonly<Record<string, MemoryRuntime>> = { fastapi: "http", trio: "direct" };

const units: Readonly<Record<string, number>> = { "": 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };
const size = /^(\d+(?:\.\d+)?)\s*([KMG]iB|)$/;

/** Some of the names, or `all` of them; a name that is not there is told the nearest. */
function someOrAll<Name extends string>(
  names: readonly Name[],
  otherNames: Readonly<Record<string, Name>> = {},
) {
  return z
    .array(z.string())
    .default(["all"])
    .transform((given, context): Name[] => {
      const chosen = given.map((word) => names.find((one) => one === word) ?? otherNames[word] ?? word);
      const known: readonly string[] = [...names, ...Object.keys(otherNames), "all"];
      const wrong = chosen.find((word) => !known.includes(word));
      if (wrong === undefined) return names.filter((name) => chosen.includes(name) || chosen.includes("all"));
      const nearest = closestMatch(wrong, known, { maxDistance: Math.ceil(wrong.length / 3) });
      const hint = nearest ? `the nearest is "${nearest}"` : `there are ${known.join(", ")}`;
      context.addIssue(`there is no "${wrong.slice(0, 64)}", ${hint}`);
      return z.NEVER;
    });
}

/** The flags of memory_usage, and what `--quick` makes of them. */
export function memoryOptions(name: string) {
  const options = {
    test: someOrAll(memoryTests).describe(
      "baseline, per_request, leak_detection, gc_impact or all; may be repeated",
    ),
    runtime: someOrAll(memoryRuntimes, formerNames).describe(
      "direct (or trio), http (or fastapi), or all; may be repeated",
    ),
    tool: z.array(z.string()).default([]).describe("call this tool only; may be repeated"),
    iterations: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(1000)
      .describe("calls of each tool, a tenth of those that dial peers; gc_impact makes twice as many in all"),
    threshold: z
      .number()
      .positive()
      .max(1e9)
      .default(16)
      .describe("bytes per call that are no leak, at most"),
    margin: z
      .number()
      .positive()
      .max(1000)
      .default(10)
      .describe("what direct may take more memory than http, in percent"),
    max_memory: z
      .string()
      .default("2GiB")
      .refine((text) => size.test(text), "must be a number of bytes, or one with KiB, MiB or GiB behind it")
      .transform((text) => {
        const [, number, unit = ""] = size.exec(text) ?? [];
        return Math.round(Number(number) * (units[unit] ?? 1));
      })
      .describe("resident memory at which a process is ended, as in 512MiB or in bytes"),
    ...commonOptions(name),
  };
  return {
    options,
    // Both are quick to call, so that it is the readings that take the time; 300 calls told too little.
    quick: { rounds: 2, tool: ["queue_stats", "worker_status"] },
  };
}

type Options = z.output<z.ZodObject<ReturnType<typeof memoryOptions>["options"]>>;

/** Of the tools that dial peers, which take tens of milliseconds a call. */
const slowShare = 0.1;

/** How often a test calls each tool, and gc_impact all of them together, in iterations. */
const callsPerIteration = { baseline: 0, per_request: 1, leak_detection: 1, gc_impact: 2 } as const;

/** Whether one of the tools, or of the kinds of connections, acts on peers. */
export function needsPeers(tools: readonly string[]): boolean {
  return (
    peerCases.some(({ tool }) => tools.includes(tool)) ||
    connectionKinds.some(({ name, slow }) => slow && tools.includes(name))
  );
}

/**
 * Every test on every runtime, in a fresh process each round; which runtime goes first changes from round to round.
 * Leaks are looked for in one round, because it is the slope within a process that tells, and in one process for each
 * tool: where others ran before, their compiled code is dropped meanwhile, which hid a known leak of 80 bytes per call.
 * Only there tools that dial peers are called unless they are named; they take a hundred times as long as others.
 */
export function planJobs(
  given: Options,
  tools: readonly string[],
  bootstrap: readonly string[],
): MemoryJob[] {
  const { rounds, test, runtime, seed, iterations, threshold } = given;
  const swift = p2pCases.filter(({ tool, slow }) => !slow && tools.includes(tool)).map(({ tool }) => tool);
  const lookedInto = (name: MemoryRuntime) => [
    ...tools,
    canary,
    ...connectionKinds
      .filter(({ slow }) => name === "http" && (!slow || needsPeers(tools)))
      .map((kind) => kind.name),
  ];
  const turns = Array.from({ length: rounds }, (_, round) =>
    test.flatMap((name) =>
      (round % 2 === 0 ? runtime : runtime.toReversed()).flatMap((on) => {
        const turn = { test: name, runtime: on, round };
        if (name !== "leak_detection") return [{ ...turn, tools: given.tool.length > 0 ? tools : swift }];
        return round === 0 ? lookedInto(on).map((one) => ({ ...turn, tools: [one] })) : [];
      }),
    ),
  );
  return turns.flat().map((turn) => {
    const calls = Math.ceil(iterations * callsPerIteration[turn.test]);
    return {
      ...turn,
      tools: [...turn.tools],
      seed,
      bootstrap: turn.test === "baseline" || needsPeers(turn.tools) ? [...bootstrap] : [],
      iterations: calls,
      slow_iterations: Math.ceil(calls * slowShare),
      threshold_bytes: threshold,
      log_path: null,
    };
  });
}
