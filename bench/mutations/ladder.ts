import type { Changes } from "./mutation.ts";

/** The ladder of ways, the probe of servers, and the check of the instruments themselves. */
export const ladder: readonly Changes[] = [
  {
    file: "lib/benchmarks/path_ladder/summary.ts",
    tests: ["judge_ladder"],
    changes: [
      {
        from: `return { reference: candidate, candidate: reference };`,
        to: `return { reference, candidate };`,
        breaks: "what a way adds has the wrong sign",
      },
      {
        from: `const pairs = rounds.flatMap(({ pairs }) => pairs[index] ?? []);`,
        to: `const pairs = rounds.flatMap(({ pairs }) => pairs.find((one) => one !== null) ?? []);`,
        breaks: "every way adds what the first does",
      },
      {
        from: `const [ground = arm] = branchOf(arm, arms);`,
        to: `const [, ground = arm] = branchOf(arm, arms);`,
        breaks: "what a way adds in all leaves its first step out",
      },
      {
        from: `Map.groupBy(visits, ({ round }) => round)`,
        to: `Map.groupBy(visits, () => 0)`,
        breaks: "all rounds are one",
      },
    ],
  },
  {
    file: "lib/benchmarks/path_ladder/sums.ts",
    tests: ["judge_ladder"],
    changes: [
      { from: `if (off.length > 0)`, to: `if (off.length > 99)`, breaks: "steps always add up" },
      {
        from: `Math.abs(estimate) <= mostOffPercent ? 1 :`,
        to: `estimate <= mostOffPercent ? 1 :`,
        breaks: "steps that come to too much add up",
      },
      {
        from: `total + middle(pair.candidate) - middle(pair.reference)`,
        to: `total + middle(pair.reference) - middle(pair.candidate)`,
        breaks: "steps are taken off",
      },
    ],
  },
  {
    file: "lib/benchmarks/path_ladder/audit.ts",
    tests: ["judge_ladder"],
    changes: [
      {
        from: `all.length === width && all.every((blocks) => blocks.flat().length === samples)`,
        to: `all.length === width`,
        breaks: "missing samples are overlooked",
      },
      {
        from: `const isCold = high !== null && high < -mostDriftPercent;`,
        to: `const isCold = false;`,
        breaks: "ways that get faster are warm",
      },
    ],
  },
  {
    file: "lib/benchmarks/path_ladder/criteria.ts",
    tests: ["judge_ladder"],
    changes: [
      {
        from: `return (turn * target) / 100;`,
        to: `return turn * target;`,
        breaks: "a hundred times as much may be added",
      },
      { from: `given.payload.at(-1)`, to: `given.payload.at(0)`, breaks: "the smallest payload is judged" },
      {
        from: `{ table: ladder, column: "total_ms", where: { runtime } }`,
        to: `{ table: ladder, column: "added_ms", where: { runtime } }`,
        breaks: "the last step is judged for the whole branch",
      },
    ],
  },
  {
    file: "lib/benchmarks/path_ladder/asked.ts",
    tests: ["judge_ladder"],
    changes: [
      {
        from: `known.length === 0 ? null : Math.max(...known)`,
        to: `known.length === 0 ? null : 0`,
        breaks: "everything is narrow enough",
      },
    ],
  },
  {
    file: "lib/benchmarks/probe_server/calls_table.ts",
    tests: ["probe_server_judge"],
    changes: [
      {
        from: `callNs.length >= fewestFor.p95`,
        to: `callNs.length >= 1`,
        breaks: "p95 is told of a handful of calls",
      },
      {
        from: `(median(nothingNs) / median(callNs)) * 100`,
        to: `(median(callNs) / median(nothingNs)) * 100`,
        breaks: "the transport takes more than all",
      },
      {
        from: `check: "limits could be judged", status: "suspect"`,
        to: `check: "limits could be judged", status: "passed"`,
        breaks: "a limit that was not judged is kept",
      },
    ],
  },
  {
    file: "lib/benchmarks/probe_server/crowd_table.ts",
    tests: ["probe_server_judge"],
    changes: [
      {
        from: `Math.min(100, Math.max(0, ((quickMs - aloneMs) / slowLeftMs) * 100))`,
        to: `(quickMs / slowLeftMs) * 100`,
        breaks: "what a call takes alone counts as waiting",
      },
      {
        from: `percent >= shares.serial ? "one at a time" : "partly concurrent"`,
        to: `"partly concurrent"`,
        breaks: "a server that does one thing at a time does not",
      },
    ],
  },
  {
    file: "lib/benchmarks/probe_server/memory_table.ts",
    tests: ["probe_server_judge"],
    changes: [
      {
        from: `if (row.never_ended > 0) {`,
        to: `if (row.never_ended > 5) {`,
        breaks: "a server that ends most of the time always does",
      },
      {
        from: `never_ended: ends.length - ended.length,`,
        to: `never_ended: 0,`,
        breaks: "a server always ends",
      },
    ],
  },
  {
    file: "lib/benchmarks/probe_server/judge.ts",
    tests: ["probe_server_judge"],
    changes: [
      {
        from: `status: most === 0 ? "met" : "missed"`,
        to: `status: "met"`,
        breaks: "what is no message on stdout is none",
      },
      {
        from: `audit("the same server", "one version answered in all rounds", servers.slice(1))`,
        to: `audit("the same server", "one version answered in all rounds", [])`,
        breaks: "two versions are one server",
      },
    ],
  },
  {
    file: "lib/benchmarks/probe_server/plan_rounds.ts",
    tests: ["probe_server_judge"],
    changes: [
      {
        from: `now() - startMs + perRound > budget * 1e3`,
        to: `now() - startMs > budget * 1e3`,
        breaks: "the budget is overspent",
      },
      { from: `round >= fewest &&`, to: ``, breaks: "one round is enough" },
    ],
  },
];
