import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { judgeLatency, type Measured } from "../lib/benchmarks/p2p_latency.ts";
import { UsageError } from "../lib/errors.ts";
import { validity } from "../lib/measure/audit.ts";
import { mergeResults } from "../lib/merge/merge_results.ts";
import type { P2pLatency, Result } from "../lib/result.ts";
import { p2pLatency } from "../lib/results/p2p_latency.ts";
import type { Run } from "../lib/run.ts";
import { anyResult } from "./any_result.ts";
import { sampleLatency, sampleWorkflows } from "./sample_results.ts";

const plan = { iterations: 8, rounds: 3, target: 50, samples: false };
const { schema_version, started_at, ended_at, seed, machine, versions } = sampleLatency;
const run: Run = {
  fields: (audit, complete) => ({
    ...{ schema_version, complete, started_at, ended_at, seed, machine, versions },
    options: { ...plan },
    validity: validity(audit),
    audit: [...audit],
  }),
};
const merge = (...results: Result[]) =>
  mergeResults(
    results.map((result, n) => ({ name: `${n + 1}.json`, result })),
    "merged.json",
    { force: false },
  );

/** Four blocks of two samples each, as a round takes them. */
const blocks = fc.array(
  fc.array(fc.double({ min: 1e3, max: 1e8, noNaN: true }), { minLength: 2, maxLength: 2 }),
  {
    minLength: 4,
    maxLength: 4,
  },
);
const known = [
  "workflow_submit",
  "workflow_status",
  "task_submit",
  "task_status",
  "queue_stats",
  "peer_list",
];
const measuredRounds = fc
  .subarray(known, { minLength: 2 })
  .chain((tools) =>
    fc.tuple(
      fc.constant(tools),
      fc.array(fc.tuple(...tools.map(() => fc.record({ direct: blocks, http: blocks }))), {
        minLength: 3,
        maxLength: 3,
      }),
    ),
  )
  .map(([tools, rounds]) => ({
    tools,
    rounds: rounds.map((figures) =>
      figures.map(
        (arms, n): Measured => ({
          event: "measured",
          tool: tools[n] ?? "",
          category: "c",
          branch: "b",
          ...arms,
        }),
      ),
    ),
  }));

function judge(rounds: readonly Measured[][], tools: readonly string[]): P2pLatency {
  const own = rounds.map((round) => round.filter(({ tool }) => tools.includes(tool)));
  return judgeLatency(own, { ...plan, tools }, run, true);
}

describe("merging", () => {
  test("gives the tools and the verdict that one run would have given", () => {
    fc.assert(
      fc.property(measuredRounds, fc.nat(), ({ tools, rounds }, cut) => {
        const whole = judge(rounds, tools);
        const at = 1 + (cut % (tools.length - 1));
        const parts = [tools.slice(at), tools.slice(0, at)].map((own) => judge(rounds, own));
        const merged = p2pLatency.parse(merge(...parts));
        expect(merged.tools).toEqual(whole.tools);
        expect(merged.criteria.map(({ status }) => status)).toEqual(
          whole.criteria.map(({ status }) => status),
        );
        const [ours, theirs] = [merged.aggregate, whole.aggregate];
        expect(ours?.improvement_percent.estimate).toBeCloseTo(theirs?.improvement_percent.estimate ?? 0, 6);
        expect(ours?.improvement_percent.low).toBeCloseTo(theirs?.improvement_percent.low ?? 0, 4);
        expect(ours?.runtimes.http).toMatchObject({ n: theirs?.runtimes.http.n ?? 0 });
        const p50 = theirs?.runtimes.http.p50_ms ?? 0;
        expect(Math.abs((ours?.runtimes.http.p50_ms ?? 0) - p50)).toBeLessThan(0.006 * p50);
      }),
      { numRuns: 30 },
    );
  });

  test.each([
    ["0123456789abcdef", "valid", []],
    ["0123456789abcdef-dirty", "suspect", ["files differed from 0123456789abcdef"]],
    [null, "suspect", ["nobody knows of which the parts are"]],
  ])("of parts at revision %p gives a %s result", (commit, validity, found) => {
    const parts = ["task_submit", "task_status"].map((tool) => ({
      ...sampleLatency,
      versions: { ...versions, commit },
      options: { ...plan, tool: [tool] },
      tools: sampleLatency.tools.filter(({ tool_name }) => tool_name === tool),
    }));
    const merged = merge(...parts);
    expect(merged.validity).toBe(validity as Result["validity"]);
    expect(merged.audit.filter(({ check }) => check === "one revision").map(({ detail }) => detail)).toEqual([
      ...found,
    ]);
  });

  test("joins whatever the schema allows, or refuses it in one line", () => {
    let joined = 0;
    fc.assert(
      fc.property(anyResult(), (result) => {
        const parts = splitUp(result);
        const merged = attempt(() => merge(...parts));
        if (!merged) return;
        joined++;
        expect(merged.complete).toBe(result.complete);
        expect(namesOf(merged).toSorted()).toEqual(namesOf(result).toSorted());
      }),
      { numRuns: 300, seed: 1 },
    );
    expect(joined).toBeGreaterThan(100);
  });

  test("is as valid as the worst part, complete only with all of them, and names the part of each audit", () => {
    const bad = {
      ...sampleLatency,
      complete: false,
      validity: "invalid" as const,
      tools: [],
      aggregate: null,
    };
    const merged = merge(sampleLatency, bad);
    expect(merged).toMatchObject({ complete: false, validity: "invalid", criteria: [] });
    expect(merged.audit[0]?.check).toBe(`${sampleLatency.audit[0]?.check} (1.json)`);
  });

  test("tells of the choices of all parts, and the sweep of the one that made it", () => {
    const part = (scenario: string, sweep: boolean): Result => ({
      ...sampleWorkflows,
      options: { workflows: 50, scenario: [scenario], sweep, output: `${scenario}.json` },
      scenarios: [],
      sweep: sweep ? sampleWorkflows.sweep : [],
    });
    const [simple, dag] = [part("simple", false), part("dag", true)];
    const merged = merge(simple, dag);
    const options = { workflows: 50, scenario: ["simple", "dag"], sweep: true, output: "merged.json" };
    expect(merged).toMatchObject({ options, sweep: sampleWorkflows.sweep });
    expect(() => merge(dag, dag)).toThrow('Cannot merge "2.json" with "1.json": both have "direct"');
  });

  test("joins other machines with force only, and calls that suspect", () => {
    const other = { ...sampleWorkflows, machine: { ...machine, cpu: "Other CPU" }, scenarios: [], sweep: [] };
    const parts = [sampleWorkflows, other].map((result, n) => ({ name: `${n + 1}.json`, result }));
    expect(() => mergeResults(parts, "m.json", { force: false })).toThrow(
      /^Cannot merge "2.json" with "1.json": it ran on .*Other CPU, the other on .*Some CPU; --force/,
    );
    const merged = mergeResults(parts, "m.json", { force: true });
    expect(merged.validity).toBe("suspect");
    expect(merged.audit.at(-1)).toMatchObject({ check: "one kind of machine", status: "suspect" });
  });

  test.each([
    ["seed", { seed: 9 }, "seed is 9 there and 1 here"],
    [
      "commit",
      { versions: { ...versions, commit: "f00" } },
      'versions.commit is "f00" there and "0123456789abcdef" here',
    ],
    ["Bun", { versions: { ...versions, bun: "1.3.0" } }, 'versions.bun is "1.3.0" there and "1.4.5" here'],
    ["option", { options: { ...sampleLatency.options, rounds: 5 } }, "options.rounds is 5 there and 3 here"],
    [
      "flag",
      { options: { ...sampleLatency.options, quick: true } },
      "options.quick is true there and false here",
    ],
  ])("refuses another %s", (_, change, message) => {
    expect(() => merge(sampleLatency, { ...sampleLatency, ...change, tools: [] })).toThrow(
      new UsageError(`Cannot merge "2.json" with "1.json": ${message}`),
    );
  });

  test("refuses the same tool twice, another benchmark, and nothing at all", () => {
    const [tool] = sampleLatency.tools;
    expect(() => merge(sampleLatency, sampleLatency)).toThrow(
      `Cannot merge "2.json" with "1.json": both have "${tool?.tool_name}"`,
    );
    expect(() => merge(sampleLatency, sampleWorkflows)).toThrow(
      'benchmark is "concurrent_workflows" there and "p2p_latency" here',
    );
    expect(() => merge()).toThrow("Cannot merge nothing: name the result files of the shards");
  });
});

/** One part for each thing that a shard can hold alone. */
function splitUp(result: Result): Result[] {
  const rest = (list: readonly unknown[]) => (list.length === 0 ? [result] : []);
  const first = <T>(sweep: T[], n: number) => (n === 0 ? sweep : []);
  switch (result.benchmark) {
    case "p2p_latency":
      return [...rest(result.tools), ...result.tools.map((tool) => ({ ...result, tools: [tool] }))];
    case "runtime_comparison":
      return [
        ...rest(result.workloads),
        ...result.workloads.map((one, n) => ({ ...result, workloads: [one], sweep: first(result.sweep, n) })),
      ];
    case "concurrent_workflows":
      return [
        ...rest(result.scenarios),
        ...result.scenarios.map((one, n) => ({ ...result, scenarios: [one], sweep: first(result.sweep, n) })),
      ];
    case "memory_usage": {
      const none = { ...result, baseline: [], per_request: [], leak_detection: [], gc_impact: [] };
      const { baseline, per_request, leak_detection, gc_impact } = result;
      return [
        { ...none, baseline, per_request },
        { ...none, leak_detection },
        { ...none, gc_impact },
      ];
    }
  }
}

function namesOf(result: Result): string[] {
  if (result.benchmark === "p2p_latency") return result.tools.map(({ tool_name }) => tool_name);
  if (result.benchmark === "runtime_comparison") return result.workloads.map(({ workload }) => workload);
  if (result.benchmark === "concurrent_workflows") return result.scenarios.map(({ scenario }) => scenario);
  const { baseline, per_request, leak_detection, gc_impact } = result;
  return [...baseline, ...per_request, ...leak_detection, ...gc_impact].map((one) => JSON.stringify(one));
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return undefined;
  }
}
