import { Histogram } from "../lib/measure/histogram.ts";
import type {
  ConcurrentWorkflows,
  MemoryUsage,
  P2pLatency,
  RuntimeComparison,
  Status,
} from "../lib/result.ts";

const around = (estimate: number, spread = 0.1) => ({
  estimate,
  low: estimate * (1 - spread),
  high: estimate * (1 + spread),
});

const latency = (p50: number) => ({
  n: 300,
  avg_ms: p50 * 1.2,
  stdev_ms: p50 * 0.3,
  min_ms: p50 * 0.7,
  p50_ms: p50,
  p95_ms: p50 * 2,
  p99_ms: p50 * 5,
  max_ms: p50 * 9,
});

function histogram(p50Ms: number) {
  const taken = new Histogram();
  for (let n = 0; n < 300; n++) taken.record(p50Ms * 1e6 * (0.7 + ((n * 37) % 300) / 400));
  return taken.toJSON();
}

const common = {
  schema_version: 1 as const,
  complete: true,
  started_at: "2026-01-02T03:04:05.678Z",
  ended_at: "2026-01-02T03:05:00.000Z",
  seed: 1,
  options: { rounds: 3, quick: false, tool: ["task_submit"] },
  machine: {
    os: "Linux 6.1",
    cpu: "Some CPU",
    cores: 2,
    memory_bytes: 8_589_934_592,
    load_before: 0.25,
    load_after: 1.5,
    pinned: false,
    timer_floor_ms: 0.00003,
  },
  versions: {
    bun: "1.4.5",
    project: "0.1.0",
    commit: "0123456789abcdef",
    dependencies: { mitata: "1.0.34" },
  },
  validity: "valid" as const,
  audit: [{ check: "every call took its path", status: "passed" as const, detail: "600 calls" }],
  criteria: [
    {
      name: "time saved",
      target: "at least 50 %",
      ...around(62, 0.05),
      unit: "%",
      smallest_effect: 3,
      status: "met" as const,
    },
  ],
};

const tool = (
  tool_name: string,
  category: string,
  p50: number,
  status: Status,
): P2pLatency["tools"][number] => ({
  tool_name,
  category,
  branch: "one call of it",
  iterations: 100,
  rounds: 3,
  runtimes: { direct: latency(p50), http: latency(p50 * 3) },
  histograms: { direct: histogram(p50), http: histogram(p50 * 3) },
  per_round: [{ p50_ms: { direct: p50, http: p50 * 3 }, control: { direct: 0.01, http: null } }],
  improvement_percent: around(66, 0.05),
  added_ms: around(p50 * 2),
  noise_percent: 2,
  status,
  above_range: false,
});

/** A whole result of `p2p_latency`, with figures made up. */
export const sampleLatency: P2pLatency = {
  benchmark: "p2p_latency",
  ...common,
  tools: [
    tool("workflow_submit", "p2p_workflow", 0.08, "met"),
    tool("task_submit", "p2p_taskqueue", 0.017, "missed"),
    tool("peer_connect", "p2p_peer", 6, "inconclusive"),
  ],
  aggregate: {
    improvement_percent: around(66, 0.05),
    runtimes: { direct: latency(0.08), http: latency(0.24) },
  },
};

const usage = { cpu_percent: around(40), rss_bytes: 120_000_000, samples: 50 };
const scaling = {
  lambda: around(2000),
  sigma: around(0.2),
  kappa: around(0.01),
  r_squared: around(0.9),
  peak: around(9),
};
const concurrencies = [1, 2, 4, 8, 16];

const arm = (name: string, rate: number): RuntimeComparison["workloads"][number]["arms"][number] => ({
  arm: name,
  rounds: 3,
  issued: 900,
  errors: {},
  throughput_per_s: around(rate),
  service_time: { p2p: latency(300 / rate), general: latency(400 / rate) },
  response_time: null,
  mean_in_flight: around(9.9),
  client: usage,
  server: usage,
  open_loop: null,
});

/** A whole result of `runtime_comparison`, with figures made up. */
export const sampleComparison: RuntimeComparison = {
  benchmark: "runtime_comparison",
  ...common,
  workloads: [
    { workload: "mixed", concurrency: 10, arms: [arm("direct", 3000), arm("http", 900), arm("dual", 2000)] },
  ],
  sweep: ["direct", "http", "dual"].map((arm, which) => ({
    arm,
    points: concurrencies.map((concurrency) => ({
      concurrency,
      throughput_per_s: around((2000 + 300 * which) * concurrency ** 0.3),
      p95_ms: around(concurrency / 2),
    })),
    scaling,
  })),
};

const execution = {
  endings: { completed: 300, failed: 0, cancelled: 0, timeout: 0 },
  completion: latency(2),
  hand_over: latency(0.2),
};

const runtime = (
  name: string,
  rate: number,
): ConcurrentWorkflows["scenarios"][number]["runtimes"][number] => ({
  runtime: name,
  rounds: 3,
  alone: { submission: latency(300 / rate), execution },
  together: {
    issued: 300,
    errors: {},
    submitted_per_s: around(rate),
    submission: latency(900 / rate),
    completed_per_s: around(rate * 0.9),
    execution,
    detail: {
      waiting: latency(0.4),
      running: latency(0.005),
      critical_path: latency(0.02),
      added: latency(1.9),
      added_per_edge: latency(0.6),
      timeline: [
        { step_id: "init", depends_on: [], started_ms: 0.2, ended_ms: 0.3 },
        { step_id: "left", depends_on: ["init"], started_ms: 0.5, ended_ms: 0.9 },
        { step_id: "right", depends_on: ["init"], started_ms: 0.6, ended_ms: 0.8 },
        { step_id: "merge", depends_on: ["left", "right"], started_ms: 1.1, ended_ms: 1.2 },
      ],
    },
    client: usage,
    server: usage,
  },
});

/** A whole result of `concurrent_workflows`, with figures made up. */
export const sampleWorkflows: ConcurrentWorkflows = {
  benchmark: "concurrent_workflows",
  ...common,
  scenarios: ["simple", "dag"].map((scenario) => ({
    scenario,
    concurrency: 10,
    runtimes: [runtime("direct", 3000), runtime("http", 900)],
    http_adds: {
      saving_percent: around(61, 0.2),
      per_workflow_ms: around(0.3),
      per_edge_ms: around(0.05),
      noise_percent: 4,
    },
  })),
  sweep: ["direct", "http"].map((runtime, which) => ({
    runtime,
    points: concurrencies.map((concurrency) => ({
      concurrency,
      completed_per_s: around((2000 - 900 * which) * concurrency ** 0.3),
      p95_ms: around(concurrency),
      client_cpu_percent: around(50),
      server_cpu_percent: around(70),
    })),
    scaling,
    bend: { concurrency: 4, cause: "queue" as const },
  })),
};

const runtimes = ["direct", "http"];
const leak = (
  tool_name: string,
  runtime: string,
  bytesPerCall: number,
): MemoryUsage["leak_detection"][number] => ({
  runtime,
  subject: bytesPerCall > 0 ? "canary" : "tool",
  tool_name,
  branch: "one call of it",
  iterations: 1000,
  verdict: bytesPerCall > 0 ? "leak" : "no leak",
  bytes_per_call: { estimate: bytesPerCall, low: bytesPerCall - 1, high: bytesPerCall + 1 },
  objects_per_call: around(bytesPerCall / 32),
  growing_types: bytesPerCall > 0 ? [{ type: "Object", per_call: 1 }] : [],
  needed_calls: null,
  samples: Array.from({ length: 10 }, (_, batch) => ({
    calls: batch * 100,
    heap_bytes: 20_000_000 + batch * 100 * bytesPerCall + ((batch * 37) % 10) * 500,
  })),
});

/** A whole result of `memory_usage`, with figures made up. */
export const sampleMemory: MemoryUsage = {
  benchmark: "memory_usage",
  ...common,
  baseline: runtimes.map((runtime) => ({
    runtime,
    rounds: 3,
    stages: ["started", "tools open"].map((stage) => ({
      stage,
      heap_bytes: around(20_000_000),
      rss_bytes: around(90_000_000),
      added_heap_bytes: around(2_000_000),
      added_rss_bytes: around(5_000_000),
    })),
    idle: { drift_bytes: around(100), margin_bytes: 200_000, verdict: "stable" },
  })),
  per_request: runtimes.map((runtime) => ({
    runtime,
    rounds: 3,
    calls: 1000,
    retained_bytes_per_call: around(2),
    control_allocated_bytes_per_call: null,
    tools: [{ tool_name: "task_submit", allocated_bytes_per_call: around(4000) }],
  })),
  leak_detection: runtimes.flatMap((runtime) => [
    leak("task_submit", runtime, 0),
    leak("one object a call", runtime, 300),
  ]),
  gc_impact: ["natural", "forced"].flatMap((mode) =>
    runtimes.map((runtime) => ({
      runtime,
      mode,
      rounds: 3,
      calls: 1000,
      throughput_per_s: around(2000),
      throughput_change_percent: mode === "natural" ? null : around(-12),
      latency: latency(0.1),
      latency_without_collections: latency(0.09),
      overlapping_calls: 5,
      eden_collections: 4,
      full_collections: 1,
      pauses: { count: 5, total_ms: 9, p50_ms: 1.5, max_ms: 3 },
      unobserved: null,
    })),
  ),
};

/** One whole result of each benchmark. */
export const sampleResults = [sampleLatency, sampleComparison, sampleWorkflows, sampleMemory] as const;
