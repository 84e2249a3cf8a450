import { Histogram } from "../measure/histogram.ts";
import { judgeSaving } from "../measure/judge.ts";
import { type Estimate, estimate, type Latency, summarize, transform } from "../measure/stats.ts";
import { pool, throughput } from "../measure/tally.ts";
import type { ConcurrentWorkflows, Criterion } from "../result.ts";
import type { Run } from "../run.ts";
import { type AloneEvent, type Arm, arms, type LoadEvent, type Measured } from "./concurrent_workflows.ts";
import { toLoad } from "./load_event.ts";
import { auditWorkflows } from "./workflow_audit.ts";
import { completedPerSecond, endings, type OutcomesJson, type Span } from "./workflow_outcomes.ts";
import { type Scenario, scenarios } from "./workflow_scenarios.ts";
import { sumUpWorkflowSweep } from "./workflow_sweep.ts";

/** What was asked for. */
export interface Targets {
  /** The saving of a submission to reach, in percent. */
  readonly target: number;
  /** The share of linear scaling to reach, in percent. */
  readonly linear: number;
  /** Whether to tell where the time of steps went. */
  readonly monitor: boolean;
  /** How many parts the whole run has. */
  readonly planned: number;
}

type Runtimes = ConcurrentWorkflows["scenarios"][number]["runtimes"];
type Together = NonNullable<Runtimes[number]["together"]>;

/** Sums up and judges what was measured so far. */
export function judgeWorkflows(
  measured: readonly Measured[],
  targets: Targets,
  run: Run,
  complete: boolean,
): ConcurrentWorkflows {
  const loads = measured.flatMap(({ round, event }) => (event.event === "load" ? [{ round, event }] : []));
  const points = measured.flatMap(({ round, event }) => (event.event === "point" ? [{ round, event }] : []));
  const alone = measured.flatMap(({ round, event }) => (event.event === "alone" ? [{ round, event }] : []));
  const seen = scenarios.filter((scenario) => alone.some(({ event }) => event.scenario === scenario));
  const swept = arms.flatMap((arm) => sumUpWorkflowSweep(points, arm, targets.linear));
  const compared = seen.map((scenario) => ({
    scenario,
    difference: compare(alone, scenario, targets.target),
  }));
  return {
    benchmark: "concurrent_workflows",
    ...run.fields(auditWorkflows(measured, targets.planned), complete),
    criteria: [
      ...compared.flatMap(({ difference }) => difference?.criterion ?? []),
      ...swept.flatMap(({ criterion }) => criterion ?? []),
    ],
    scenarios: compared.map(({ scenario, difference }) => ({
      scenario,
      concurrency: loads[0]?.event.concurrency ?? 0,
      runtimes: arms.flatMap((arm): Runtimes => {
        const together = select(loads, scenario, arm);
        const single = select(alone, scenario, arm);
        if (single.length === 0) return [];
        const submitted = summarize(single.flatMap(({ event }) => event.submit_ns));
        return [
          {
            runtime: arm,
            rounds: single.length,
            alone: { submission: submitted, execution: execution(single) },
            together: together.length === 0 ? null : sumUp(together, targets.monitor),
          },
        ];
      }),
      http_adds: difference?.figures ?? null,
    })),
    sweep: swept.map(({ figures }) => figures),
  };
}

function select<Event extends AloneEvent | LoadEvent>(
  measured: readonly Measured<Event>[],
  scenario: Scenario,
  arm: Arm,
): Measured<Event>[] {
  return measured.filter(({ event }) => event.scenario === scenario && event.arm === arm);
}

function sumUp(runs: readonly Measured<LoadEvent>[], monitor: boolean): Together {
  const loads = runs.map(({ event }) => toLoad(event));
  const all = pool(loads.flatMap(({ tallies }) => tallies));
  const rates = runs.flatMap(({ event }) => completedPerSecond(event.outcomes) ?? []);
  const usage = (of: "client" | "server") => ({
    cpu_percent: estimate(runs.map(({ event }) => event[of].cpu_percent.mean)),
    rss_bytes: Math.round(Math.max(...runs.map(({ event }) => event[of].rss_bytes.max))),
    samples: runs.reduce((sum, { event }) => sum + event[of].samples, 0),
  });
  return {
    issued: loads.reduce((sum, { issued }) => sum + issued, 0),
    errors: Object.fromEntries(all.failed),
    submitted_per_s: estimate(loads.map(throughput)),
    submission: all.ok === 0 ? null : all.service.latency(),
    completed_per_s: rates.length === 0 ? null : estimate(rates),
    execution: execution(runs),
    detail: monitor ? detail(runs) : null,
    client: usage("client"),
    server: usage("server"),
  };
}

function execution(runs: readonly Measured[]): Together["execution"] {
  const counts = { completed: 0, failed: 0, cancelled: 0, timeout: 0 };
  for (const { event } of runs)
    for (const ending of endings) counts[ending] += event.outcomes.endings[ending];
  return { endings: counts, completion: span(runs, "completion"), hand_over: span(runs, "hand_over") };
}

function detail(runs: readonly Measured[]): Together["detail"] {
  const [waiting, running] = [span(runs, "waiting"), span(runs, "running")];
  const [critical_path, added] = [span(runs, "critical_path"), span(runs, "added")];
  if (!waiting || !running || !critical_path || !added) return null;
  const timeline = runs[0]?.event.outcomes.timeline ?? [];
  return { waiting, running, critical_path, added, added_per_edge: span(runs, "per_edge"), timeline };
}

function span(runs: readonly Measured[], name: Span): Latency | null {
  const histogram = new Histogram();
  for (const { event } of runs) histogram.merge(Histogram.parse(event.outcomes.spans[name]));
  return histogram.n === 0 ? null : histogram.latency();
}

/** What HTTP adds to the submission of a workflow while none runs; `null` until one round has both. */
function compare(alone: readonly Measured<AloneEvent>[], scenario: Scenario, target: number) {
  const pairs = select(alone, scenario, "direct").flatMap(({ round, event: direct }) => {
    const http = select(alone, scenario, "http").find((one) => one.round === round)?.event;
    return http
      ? [{ baseline: quarters(http.submit_ns), candidate: quarters(direct.submit_ns), direct }]
      : [];
  });
  if (pairs.length === 0) return null;
  const { percent, addedMs, noisePercent, status } = judgeSaving(pairs, target);
  const edges = meanEdges(pairs[0]?.direct.outcomes);
  const perEdge: Estimate | null = edges > 0 ? transform(addedMs, (ms) => ms / edges) : null;
  const criterion: Criterion = {
    name: `${scenario}: time that a direct submission saves`,
    target: `at least ${target} %`,
    ...percent,
    unit: "%",
    smallest_effect: null,
    status,
  };
  const figures = {
    saving_percent: percent,
    per_workflow_ms: addedMs,
    per_edge_ms: perEdge,
    noise_percent: noisePercent,
  };
  return { criterion, figures };
}

/** In the order taken, so that the outer and the inner ones can be held against each other as an A/A control. */
function quarters(samples: readonly number[]): number[][] {
  const size = Math.ceil(samples.length / 4);
  return [0, 1, 2, 3].map((n) => samples.slice(n * size, (n + 1) * size));
}

function meanEdges(outcomes: OutcomesJson | undefined): number {
  return outcomes && outcomes.endings.completed > 0 ? outcomes.edges / outcomes.endings.completed : 0;
}
