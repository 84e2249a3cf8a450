import { z } from "zod";
import { needPeers } from "../../bring/called.ts";
import { isBrought, oursOrBrought, ownToolsOptions } from "../../bring/options.ts";
import { quickLook } from "../../bring/quick_look.ts";
import { bytesIn } from "../../byte_size.ts";
import type { Case } from "../../case.ts";
import { p2pCases, toolsOf } from "../../cases.ts";
import { commonOptions, someOf } from "../../options.ts";
import { type Arm, armOptions, kindOf } from "../../runtimes/arms.ts";
import type { VanishingClient } from "../../runtimes/runtime.ts";

export const memoryTests = ["baseline", "per_request", "leak_detection", "gc_impact"] as const;
export type MemoryTest = (typeof memoryTests)[number];

/** What the leak is called that is made to be found. */
export const canary = "known_leak";

const flags = z.strictObject({
  test: someOf(memoryTests).describe(`${memoryTests.join(", ")} or all; may be repeated`),
  ...armOptions(),
  tool: z.array(z.string()).default(["all"]).describe("call this tool only; may be repeated"),
  iterations: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(1000)
    .describe("calls of each tool, a tenth of those that dial peers; gc_impact makes twice as many in all"),
  threshold: z.number().positive().max(1e9).default(16).describe("bytes per call that are no leak, at most"),
  margin: z
    .number()
    .positive()
    .max(1000)
    .default(10)
    .describe("what a runtime may take more memory than the reference, in percent"),
  rounds: z
    .int()
    .min(1)
    .max(200)
    .optional()
    .describe(
      "fresh processes of each test on each runtime, but of leak_detection (default: 8 for baseline, 3 for the others)",
    ),
  max_memory: z
    .string()
    .default("2GiB")
    .transform((text, context) => {
      const bytes = bytesIn(text);
      if (bytes !== null) return bytes;
      context.addIssue("must be a number of bytes, or one with kB, MiB or the like behind it");
      return z.NEVER;
    })
    .describe("resident memory at which a process is ended, as in 512MiB or in bytes"),
  ...ownToolsOptions,
  ...commonOptions("memory_usage"),
});

/** Quick to call, so that it is the readings that take the time; 300 calls told too little. */
const quickTools = ["queue_stats"];

export const memoryOptions = flags
  .transform(oursOrBrought(toolsOf(p2pCases)))
  .transform(quickLook(quickTools));

export type Given = z.output<typeof memoryOptions>;

/** What a runtime holds takes rounds to be judged, and what collecting does has no verdict. */
export const quick = { rounds: 1, test: ["per_request", "leak_detection"] };

/** One test of one runtime, in a process of its own. */
export interface Turn {
  readonly test: MemoryTest;
  readonly arm: Arm;
  readonly round: number;
  /** What is called, by name: tools; where leaks are looked for, one tool, one client that vanishes, or the known leak. */
  readonly subjects: readonly string[];
}

export interface MemoryJob extends Turn {
  readonly given: Given;
  /** Addresses of peers to join; none where no call needs them. */
  readonly bootstrap: readonly string[];
  /** The file for what the process that serves the tools logs of its collections, where it does. */
  readonly logPath: string;
}

/**
 * How many rounds a test has. The verdict on what a runtime holds rests on those of the baseline, and 8 have an interval a
 * third as wide as 3; a round of the others takes five times as long, and has no verdict.
 */
export function roundsOf(test: MemoryTest, { rounds }: Given): number {
  if (test === "leak_detection") return 1;
  return rounds ?? (test === "baseline" ? 8 : 3);
}

/** How often a tool is called where others are called so often: those that dial peers take a hundred times as long. */
export function callsOf({ slow }: Pick<Case, "slow">, iterations: number): number {
  return slow ? Math.ceil(iterations / 10) : iterations;
}

/** The client of that name which vanishes, if clients of the runtime do so. */
export function findClient(arm: Arm, name: string): VanishingClient | undefined {
  return clientsOf(arm).find((client) => client.name === name);
}

function clientsOf(arm: Arm): readonly VanishingClient[] {
  const kind = kindOf(arm);
  return "serve" in kind ? (kind.vanishing ?? []) : [];
}

/** Whether a turn needs a network of peers. */
export function joinsPeers({ test, arm, subjects }: Turn, given: Given): boolean {
  if (isBrought(given)) return false;
  return (
    test === "baseline" ||
    needPeers(given, subjects) ||
    subjects.some((name) => findClient(arm, name)?.slow === true)
  );
}

/**
 * Every test on every runtime, in a fresh process each round; which runtime goes first changes from round to round. Only
 * leaks are looked for in tools that dial peers, unless some tools are named: they take a hundred times as long as others.
 *
 * Leaks are looked for last and in one round, because it is the slope within a process that tells, and in one process for
 * each tool: what others ran before left there, and let go of meanwhile, hid a known leak of 80 bytes per call.
 */
export function planTurns(given: Given): Turn[] {
  const { test, runtimes, tool } = given;
  const swift = toolsOf(p2pCases.filter(({ slow }) => !slow));
  const called = isBrought(given) || tool.length < p2pCases.length ? tool : swift;
  const repeated = test.filter((name) => name !== "leak_detection");
  const most = Math.max(0, ...repeated.map((name) => roundsOf(name, given)));
  const turns = Array.from({ length: most }, (_, round) => {
    const first = round % runtimes.length;
    const order = [...runtimes.slice(first), ...runtimes.slice(0, first)];
    return repeated
      .filter((name) => round < roundsOf(name, given))
      .flatMap((name) =>
        order.map((arm) => ({ test: name, arm, round, subjects: name === "baseline" ? [] : called })),
      );
  });
  return [
    ...turns.flat(),
    ...(test.includes("leak_detection") ? runtimes : []).flatMap(planLeakTests(given)),
  ];
}

function planLeakTests(given: Given) {
  return (arm: Arm): Turn[] => {
    // In a quick look they would take as long as all the rest of it.
    const clients = given.quick
      ? []
      : clientsOf(arm).filter(({ slow }) => !slow || needPeers(given, given.tool));
    const names = [...given.tool, canary, ...clients.map(({ name }) => name)];
    return names.map((name) => ({ test: "leak_detection", arm, round: 0, subjects: [name] }));
  };
}
