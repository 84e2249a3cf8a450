import { audit } from "../measure/audit.ts";
import { Histogram } from "../measure/histogram.ts";
import { judge, judgeNotSlower } from "../measure/judge.ts";
import { type Estimate, estimate, mean, transform } from "../measure/stats.ts";
import { auditLoad, type Load, pool, throughput } from "../measure/tally.ts";
import type { Check, Criterion, RuntimeComparison } from "../result.ts";
import type { Run } from "../run.ts";
import { type Arm, arms, type LoadEvent, type Workload, workloads } from "./runtime_comparison.ts";
import { type SweepPoint, sumUpSweep } from "./sweep_judge.ts";

/** One workload on one arm in one round. */
export interface Measured {
  readonly round: number;
  readonly event: LoadEvent;
  readonly load: Load;
}

/** What was asked for: the saving to reach, and the slowdown to stay within, in percent. */
export interface Targets {
  readonly target: number;
  readonly margin: number;
  /** How many loads and sweep points the whole run has. */
  readonly planned: number;
}

type Figures = RuntimeComparison["workloads"][number]["arms"][number];

/** Sums up and judges what was measured so far. */
export function judgeComparison(
  measured: readonly Measured[],
  points: readonly SweepPoint[],
  targets: Targets,
  run: Run,
  complete: boolean,
): RuntimeComparison {
  const seen = workloads.filter((workload) => measured.some(({ event }) => event.workload === workload));
  return {
    benchmark: "runtime_comparison",
    ...run.fields(auditComparison(measured, points, targets.planned), complete),
    criteria: seen.flatMap((workload) => judgeWorkload(measured, workload, targets)),
    workloads: seen.map((workload) => ({
      workload,
      concurrency: measured.find(({ event }) => event.workload === workload)?.event.concurrency ?? 0,
      arms: arms.flatMap((arm) => sumUp(select(measured, workload, arm))),
    })),
    sweep: arms.flatMap((arm) => sumUpSweep(points, arm)),
  };
}

function select(measured: readonly Measured[], workload: Workload, arm: Arm): Measured[] {
  return measured.filter(({ event }) => event.workload === workload && event.arm === arm);
}

function sumUp(runs: readonly Measured[]): Figures[] {
  const [first] = runs;
  if (!first) return [];
  const all = pool(runs.flatMap(({ load }) => load.tallies));
  const over = (figure: (run: Measured) => number) => estimate(runs.map(figure));
  const latency = (kind: "service" | "response", group: string) => {
    const histogram = pool(runs.flatMap(({ load }) => load.tallies.filter((tally) => tally.group === group)))[
      kind
    ];
    return histogram.n === 0 ? null : histogram.latency();
  };
  const groups = (kind: "service" | "response") => ({
    p2p: latency(kind, "p2p"),
    general: latency(kind, "general"),
  });
  const usage = (of: "client" | "server") => ({
    cpu_percent: over(({ event }) => event[of].cpu_percent.mean),
    rss_bytes: Math.round(Math.max(...runs.map(({ event }) => event[of].rss_bytes.max))),
    samples: runs.reduce((sum, { event }) => sum + event[of].samples, 0),
  });
  return [
    {
      arm: first.event.arm,
      rounds: runs.length,
      issued: runs.reduce((sum, { load }) => sum + load.issued, 0),
      errors: Object.fromEntries(all.failed),
      throughput_per_s: over(({ load }) => throughput(load)),
      service_time: groups("service"),
      response_time: first.event.open_loop && groups("response"),
      mean_in_flight: first.event.workload === "sequential" ? null : over(({ load }) => load.meanInFlight),
      client: usage("client"),
      server: usage("server"),
      open_loop: first.event.open_loop && sumUpOpenLoop(runs),
    },
  ];
}

function sumUpOpenLoop(runs: readonly Measured[]): Figures["open_loop"] {
  const rounds = runs.flatMap(({ event }) => event.open_loop ?? []);
  const lateness = new Histogram();
  for (const round of rounds) lateness.merge(Histogram.parse(round.lateness));
  return {
    offered_per_s: estimate(rounds.map(({ offered_per_s }) => offered_per_s)),
    achieved_per_s: estimate(rounds.map(({ achieved_per_s }) => achieved_per_s)),
    unsent: rounds.reduce((sum, { unsent }) => sum + unsent, 0),
    lateness: lateness.latency(),
    saturated: rounds.flatMap(({ saturated }) => saturated ?? []),
  };
}

function judgeWorkload(
  measured: readonly Measured[],
  workload: Workload,
  { target, margin }: Targets,
): Criterion[] {
  const ratios = (group: string) => {
    const http = select(measured, workload, "http");
    return select(measured, workload, "dual").flatMap((dual) => {
      const pair = http.find(({ round }) => round === dual.round);
      return pair ? (logRatio(dual.load, pair.load, group) ?? []) : [];
    });
  };
  const saving = (figure: Estimate) => transform(figure, (ratio) => (1 - Math.exp(ratio)) * 100);
  const [p2p, general] = [ratios("p2p"), ratios("general")];
  const criteria: Criterion[] = [];
  if (p2p.length > 0) {
    const percent = saving(estimate(p2p));
    const name = `${workload}: time that P2P tools save in dual against all HTTP`;
    const status = judge(percent, target);
    criteria.push({
      name,
      target: `at least ${target} %`,
      ...percent,
      unit: "%",
      smallest_effect: null,
      status,
    });
  }
  if (general.length > 0) {
    const { percent, smallestEffect, status } = judgeNotSlower(general, margin);
    const name = `${workload}: time that general tools take more in dual than all HTTP`;
    criteria.push({
      name,
      target: `at most ${margin} %`,
      ...percent,
      unit: "%",
      smallest_effect: smallestEffect,
      status,
    });
  }
  return criteria;
}

/** The logarithm of the geometric mean of the tools' ratios of medians; `null` when no tool of the group was called. */
function logRatio(candidate: Load, baseline: Load, group: string): number | null {
  const ratios = candidate.tallies.flatMap((tally) => {
    const other = baseline.tallies.find(({ tool }) => tool === tally.tool);
    if (tally.group !== group || !other || tally.service.n === 0 || other.service.n === 0) return [];
    // An open loop is judged by what its callers waited, a stall before the call included.
    const kind = tally.response.n > 0 ? "response" : "service";
    return [Math.log(tally[kind].percentile(0.5) / other[kind].percentile(0.5))];
  });
  return ratios.length === 0 ? null : mean(ratios);
}

function auditComparison(
  measured: readonly Measured[],
  points: readonly SweepPoint[],
  planned: number,
): Check[] {
  const done = measured.length + points.length;
  const saturated = measured.flatMap(({ round, event }) =>
    event.open_loop?.saturated ? [`${event.workload} ${event.arm} ${round + 1}`] : [],
  );
  // Sequential calls are one at a time by construction; that every one was made and answered, their counters prove.
  const loads = measured.filter(({ event }) => event.workload !== "sequential");
  const named = [
    ...loads.map(({ round, event, load }) => ({
      name: `${event.workload} ${event.arm} ${round + 1}`,
      load,
    })),
    ...points.map(({ round, arm, concurrency, load }) => ({
      name: `sweep ${arm} ${round + 1} at ${concurrency}`,
      load,
    })),
  ];
  const failing = (check: number) =>
    named.flatMap(({ name, load }) => {
      const found = auditLoad(load)[check];
      return found && found.status !== "passed" ? [`${name} (${found.detail})`] : [];
    });
  const calls = ({ load }: Measured) =>
    load.tallies.map(({ tool, service, failed }) => [tool, service.n, [...failed]]).sort();
  const unequal = measured.filter((one) => {
    const http = measured.find(
      ({ round, event }) =>
        round === one.round && event.arm === "http" && event.workload === one.event.workload,
    );
    return http && !Bun.deepEquals(calls(one), calls(http));
  });
  return [
    audit(
      "every load was run",
      `${planned} loads and sweep points`,
      done === planned ? [] : [`${done} were`],
    ),
    {
      check: "the answers kept up",
      status: saturated.length === 0 ? "passed" : "suspect",
      detail: saturated.length === 0 ? "with every schedule of calls" : `saturated: ${saturated.join(", ")}`,
    },
    audit("every call is accounted for", "issued = ok + failed, in every load and sweep point", failing(0)),
    audit(
      "Little's law",
      "calls in flight = rate x time, within 5 %, in every load and sweep point",
      failing(1),
    ),
    audit(
      "every process was watched",
      "its CPU time and memory were read during every load",
      measured.flatMap(({ round, event }) =>
        event.client.samples > 0 && event.server.samples > 0
          ? []
          : [`${event.workload} ${event.arm} ${round + 1}`],
      ),
    ),
    audit(
      "every arm made the same calls",
      "as many of each tool as the arm on HTTP",
      unequal.map(({ round, event }) => `${event.workload} ${event.arm} ${round + 1}`),
    ),
  ];
}
