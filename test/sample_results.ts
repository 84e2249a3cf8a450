import { Histogram } from "../lib/judge/histogram.ts";
import { ruleFor } from "../lib/judge/interval.ts";
import { figure } from "../lib/judge/scale.ts";
import type { Latency, ScaleName } from "../lib/judge/shapes.ts";
import { decide } from "../lib/judge/verdicts.ts";
import { sealed } from "../lib/result/comparable.ts";
import { decideOver } from "../lib/result/over.ts";
import { type Result, version } from "../lib/result/result.ts";
import { declareTable } from "../lib/result/table.ts";

/** What three rounds around a figure come to. */
function around(value: number, scale: ScaleName = "linear") {
  return figure(
    scale,
    [0.98, 1, 1.02].map((factor) => value * factor),
  );
}

function latency(p50_ms: number): Latency {
  const [avg_ms, stdev_ms, min_ms] = [p50_ms * 1.2, p50_ms * 0.3, p50_ms * 0.7];
  return {
    n: 300,
    avg_ms,
    stdev_ms,
    min_ms,
    p50_ms,
    p95_ms: p50_ms * 2,
    p99_ms: p50_ms * 5,
    max_ms: p50_ms * 9,
  };
}

function histogram(p50Ms: number) {
  const taken = new Histogram();
  for (let n = 0; n < 300; n++) taken.record(p50Ms * 1e6 * (0.7 + ((n * 37) % 300) / 400));
  return taken.toJSON();
}

const tools = ["workflow_submit", "task_submit", "peer_connect"];
const common = {
  ...{ schema_version: version, complete: true, seed: 1 },
  ...{ started_at: "2026-01-02T03:04:05.678Z", ended_at: "2026-01-02T03:05:00.000Z" },
  options: { rounds: 3, quick: false, tool: tools, output: "results/sample.json" },
  machine: {
    ...{ os: "Linux 6.1", cpu: "Some CPU", cores: 2, memory_bytes: 8_589_934_592 },
    ...{ load_before: 0.25, load_after: 1.5, pinned: false, timer_floor_ms: 0.00003 },
  },
  noise: null,
  versions: {
    ...{ bun: "1.4.5", project: "0.1.0", commit: "0123456789abcdef" },
    dependencies: { mitata: "1.0.34" },
  },
  validity: "valid",
  audit: [{ check: "sample count", status: "passed", detail: "600 calls" }],
} satisfies Partial<Result>;

const toolTable = declareTable(
  "tools",
  "What a call of each tool takes, and saves",
  {
    tool_name: { kind: "label", title: "tool", values: tools },
    runtime: { kind: "label", title: "runtime" },
    latency: { kind: "latency", title: "", better: "lower", percentiles: ["p95", "p99"], headline: true },
    improvement_percent: {
      kind: "estimate",
      title: "saving",
      description: "how much less time it takes than the reference",
      unit: "percent",
      scale: "saving",
      better: "higher",
      headline: true,
      optional: true,
    },
    status: { kind: "status", title: "verdict", headline: true, optional: true },
    p50_ms: { kind: "estimate", title: "p50", unit: "ms", scale: "ratio", better: "lower", detail: true },
    branch: { kind: "text", title: "what was timed", detail: true },
    histogram: { kind: "histogram", title: "distribution", detail: true },
  },
  {
    empty: "No tool was measured to the end, so there is no figure.",
    charts: [
      { type: "percentiles", title: "Latency", rows: ["tool_name"], series: "runtime", value: "latency" },
      {
        type: "intervals",
        title: "Saving against the claim",
        rows: ["tool_name", "runtime"],
        value: "improvement_percent",
        status: "status",
        band: [50, 70],
      },
      { type: "distribution", title: "Times", rows: ["tool_name"], series: "runtime", value: "histogram" },
    ],
  },
);

const family = {
  ...{ value: "improvement_percent", status: "status" },
  ...({ bound: "at_least", target: 50, above: 70 } as const),
};
const savings = toolTable.of(
  tools.flatMap((tool_name, which) =>
    ["direct", "http", "mcp"].map((runtime, n) => {
      const p50 = [0.08, 0.017, 6][which] ?? 1;
      const isReference = runtime === "http";
      return {
        ...{ tool_name, runtime, branch: "one call of it" },
        latency: latency(p50 * (n + 1)),
        p50_ms: around(p50 * (n + 1), "ratio"),
        histogram: histogram(p50 * (n + 1)),
        improvement_percent: isReference ? null : around(n === 0 ? 60 : 20, "saving"),
        status: isReference ? null : n === 0 ? "met" : "missed",
      };
    }),
  ),
  ["All tools were measured alike."],
  family,
);

const saving = { unit: "percent", scale: "saving", bound: "at_least", target: 50 } as const;

/** A whole result like one of `p2p_latency` with three runtimes, its figures made up. */
export const sampleLatency: Result = sealed({
  ...common,
  benchmark: "p2p_latency",
  question: "What does a call of each P2P tool cost, and how much does the direct way save?",
  criteria: ["direct", "mcp"].flatMap((runtime) => {
    const over = { table: "tools", column: "improvement_percent", where: { runtime } };
    const asked = { id: "saving", about: { runtime }, name: "time that a call saves, all tools together" };
    return decideOver({ ...asked, ...saving, over }, [savings], ruleFor(3)) ?? [];
  }),
  tables: [savings],
});

const loadTable = declareTable("load", "Under load", {
  workload: { kind: "label", title: "workload", values: ["mixed", "p2p_only"] },
  arm: { kind: "label", title: "arm" },
  throughput_per_s: {
    ...{ kind: "estimate", title: "calls", unit: "per_s", scale: "ratio", better: "higher", headline: true },
  },
  service_time: { kind: "latency", title: "service time", better: "lower", headline: true, optional: true },
  rss_bytes: { kind: "count", title: "memory", unit: "bytes", better: "lower" },
  open_loop: { kind: "flag", title: "open loop" },
});

const sweepTable = declareTable(
  "sweep",
  "Throughput at each concurrency",
  {
    arm: { kind: "label", title: "arm" },
    concurrency: { kind: "label", title: "concurrency" },
    throughput_per_s: { kind: "estimate", title: "calls", unit: "per_s", scale: "ratio", better: "higher" },
    p95_ms: { kind: "estimate", title: "p95", unit: "ms", scale: "ratio", better: "lower", optional: true },
  },
  {
    empty: "This run made no sweep over concurrencies.",
    charts: [
      {
        type: "lines",
        title: "Throughput against concurrency",
        series: "arm",
        x: "concurrency",
        y: "throughput_per_s",
        law: "laws",
      },
    ],
  },
);

const lawTable = declareTable("laws", "The Universal Scalability Law", {
  arm: { kind: "label", title: "arm" },
  lambda: { kind: "estimate", title: "calls of one caller", unit: "per_s" },
  sigma: { kind: "estimate", title: "share that queues" },
  kappa: { kind: "estimate", title: "cost in pairs" },
  r_squared: { kind: "estimate", title: "explained", optional: true },
  peak: { kind: "estimate", title: "peak", optional: true },
});

const arms = ["direct", "http", "dual"];
const criterion = {
  ...{ id: "general_not_slower", about: { workload: "mixed" }, name: "what a general tool takes more" },
  ...({ bound: "at_most", target: 5, unit: "percent", scale: "excess" } as const),
};

/** A whole result like one of `runtime_comparison`, with a sweep and its laws, its figures made up. */
export const sampleComparison: Result = sealed({
  ...common,
  benchmark: "runtime_comparison",
  question: "What happens when P2P tools run by direct call and general tools stay on HTTP?",
  criteria: [decide(criterion, around(1, "excess"), { rule: ruleFor(3) })],
  tables: [
    loadTable.of(
      arms.map((arm, n) => ({
        ...{ workload: "mixed", arm, open_loop: false, rss_bytes: 120_000_000 + n },
        throughput_per_s: around(3000 - 900 * n, "ratio"),
        service_time: n === 2 ? null : latency(0.1 * (n + 1)),
      })),
    ),
    sweepTable.of(
      arms.flatMap((arm, n) =>
        [1, 2, 4, 8, 16].map((concurrency) => ({
          ...{ arm, concurrency: `${concurrency}` },
          throughput_per_s: around((2000 + 300 * n) * concurrency ** 0.3, "ratio"),
          p95_ms: concurrency === 1 ? null : around(concurrency / 2, "ratio"),
        })),
      ),
    ),
    lawTable.of(
      arms.map((arm) => ({
        ...{ arm, lambda: around(2000), sigma: around(0.2), kappa: around(0.01) },
        ...{ r_squared: null, peak: around(9) },
      })),
    ),
  ],
});

const leakTable = declareTable(
  "leaks",
  "What calls leave behind",
  {
    subject: { kind: "label", title: "subject" },
    runtime: { kind: "label", title: "runtime" },
    bytes_per_call: {
      kind: "estimate",
      title: "a call",
      unit: "bytes_per_call",
      better: "lower",
      headline: true,
    },
    verdict: { kind: "status", title: "verdict", headline: true },
    growing_types: { kind: "texts", title: "what grows" },
    calls: { kind: "numbers", title: "calls", detail: true },
    heap_bytes: { kind: "numbers", title: "heap", unit: "bytes", detail: true },
  },
  {
    folded: true,
    charts: [
      {
        type: "growth",
        title: "Heap after each batch of calls",
        rows: ["subject"],
        series: "runtime",
        x: "calls",
        y: "heap_bytes",
        slope: "bytes_per_call",
      },
    ],
  },
);

/** A whole result like one of `memory_usage`, its figures made up. */
export const sampleMemory: Result = sealed({
  ...common,
  benchmark: "memory_usage",
  question: "What does a call leave behind?",
  criteria: [],
  tables: [
    leakTable.of(
      ["task_submit", "one object a call"].flatMap((subject, n) =>
        ["direct", "http"].map((runtime) => ({
          ...{ subject, runtime, verdict: n === 0 ? "no leak" : "leak" },
          bytes_per_call: around(n * 300 + 0.1),
          growing_types: n === 0 ? [] : ["Object (1 a call)"],
          calls: [0, 100, 200, 300],
          heap_bytes: [0, 100, 200, 300].map((calls) => 20_000_000 + calls * n * 300),
        })),
      ),
    ),
  ],
});

const stepTable = declareTable(
  "steps",
  "One workflow among others in flight",
  {
    scenario: { kind: "label", title: "scenario" },
    runtime: { kind: "label", title: "runtime" },
    step_id: { kind: "label", title: "step" },
    depends_on: { kind: "texts", title: "after" },
    started_ms: { kind: "number", title: "started", unit: "ms" },
    ended_ms: { kind: "number", title: "ended", unit: "ms" },
  },
  {
    charts: [
      {
        ...{ type: "timeline", title: "The steps of one workflow", each: ["scenario", "runtime"] },
        ...{ step: "step_id", depends_on: "depends_on", started: "started_ms", ended: "ended_ms" },
      },
    ],
  },
);

/** A whole result like one of `concurrent_workflows`, its figures made up; none of them is a figure to export. */
export const sampleWorkflows: Result = sealed({
  ...common,
  benchmark: "concurrent_workflows",
  question: "How many workflows a second, and what does HTTP add to each?",
  criteria: [],
  tables: [
    stepTable.of(
      ["direct", "http"].flatMap((runtime, n) =>
        [["init"], ["left", "init"], ["right", "init"], ["merge", "left", "right"]].map(
          ([step_id = "", ...depends_on], at) => ({
            ...{ scenario: "dag", runtime, step_id, depends_on },
            ...{ started_ms: at * (n + 1), ended_ms: (at + 1.5) * (n + 1) },
          }),
        ),
      ),
    ),
  ],
});

const ladderTable = declareTable(
  "ladder",
  "What each way adds to the one it is built upon",
  {
    tool_name: { kind: "label", title: "tool" },
    runtime: { kind: "label", title: "way" },
    added_ms: { kind: "estimate", title: "adds", unit: "ms", scale: "linear", optional: true },
    base: { kind: "text", title: "to", optional: true },
    p50_ms: { kind: "estimate", title: "p50", unit: "ms", scale: "ratio", better: "lower" },
  },
  {
    charts: [
      {
        ...{ type: "waterfall", title: "What each way adds", each: ["tool_name"], step: "runtime" },
        ...{ base: "base", level: "p50_ms", value: "added_ms" },
      },
    ],
  },
);

const ways = [
  ["direct", null, 0.02],
  ["http", "direct", 0.06],
  ["mcp-http", "http", 0.1],
  ["mcp-memory", "direct", 0.04],
] as const;

/** A whole result like one of `path_ladder`, its figures made up. */
export const sampleLadder: Result = sealed({
  ...common,
  benchmark: "path_ladder",
  question: "What does each layer between a caller and a tool add?",
  criteria: [],
  tables: [
    ladderTable.of(
      ["queue_stats", "task_list"].flatMap((tool_name) =>
        ways.map(([runtime, base, p50]) => {
          const below = ways.find(([name]) => name === base)?.[2];
          const added_ms = below === undefined ? null : around(p50 - below);
          return { tool_name, runtime, base, added_ms, p50_ms: around(p50, "ratio") };
        }),
      ),
    ),
  ],
});

/** One whole result of each of five benchmarks. */
export const sampleResults = [
  sampleLatency,
  sampleComparison,
  sampleWorkflows,
  sampleMemory,
  sampleLadder,
] as const;

/** As it stands in the file after an interrupted run. */
export const incomplete: Result = { ...sampleLatency, complete: false, criteria: [] };

export const suspect: Result = {
  ...sampleLatency,
  validity: "suspect",
  audit: [{ check: "A/A control", status: "suspect", detail: "too few samples or rounds to run one" }],
};

export const invalid: Result = {
  ...sampleLatency,
  validity: "invalid",
  audit: [{ check: "path", status: "failed", detail: "another process answered" }],
};
