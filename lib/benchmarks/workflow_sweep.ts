import { availableParallelism } from "node:os";
import { Histogram } from "../measure/histogram.ts";
import { judge } from "../measure/judge.ts";
import { estimate, transform } from "../measure/stats.ts";
import type { ConcurrentWorkflows, Criterion } from "../result.ts";
import type { Arm, LoadEvent, Measured } from "./concurrent_workflows.ts";
import { concurrenciesOf, fitSweep, type RoundPoint } from "./sweep_judge.ts";
import { completedPerSecond } from "./workflow_outcomes.ts";

type Sweep = ConcurrentWorkflows["sweep"][number];

/** A process that takes this much of a core is what limits the throughput. */
const busyPercent = 80;

/**
 * What the throughput of completed workflows does with the submissions in flight, and whether it is linear up to the
 * cores there are: at least `linearPercent` of N times the throughput of one. Nothing when it was not swept.
 */
export function sumUpWorkflowSweep(
  measured: readonly Measured<LoadEvent>[],
  arm: Arm,
  linearPercent: number,
  cores = availableParallelism(),
): { figures: Sweep; criterion: Criterion | null }[] {
  const own = measured.filter(({ event }) => event.arm === arm);
  const rates = own.flatMap(({ round, event }) => {
    const perSecond = completedPerSecond(event.outcomes);
    return perSecond === null ? [] : [{ round, concurrency: event.concurrency, perSecond, event }];
  });
  if (rates.length === 0) return [];
  const concurrencies = concurrenciesOf(rates);
  const points = concurrencies.map((concurrency) => {
    const runs = rates.filter((rate) => rate.concurrency === concurrency);
    const of = (figure: (event: LoadEvent) => number) => estimate(runs.map(({ event }) => figure(event)));
    return {
      concurrency,
      completed_per_s: estimate(runs.map(({ perSecond }) => perSecond)),
      p95_ms: of(({ outcomes }) => Histogram.parse(outcomes.spans.completion).percentile(0.95) / 1e6),
      client_cpu_percent: of(({ client }) => client.cpu_percent.mean),
      server_cpu_percent: of(({ server }) => server.cpu_percent.mean),
    };
  });
  const bent = points.find(({ concurrency }) => {
    const share = shareOfLinear(rates, concurrency);
    return share !== null && share.estimate < linearPercent;
  });
  const bend = bent ? { concurrency: bent.concurrency, cause: causeOf(bent, arm) } : null;
  return [
    {
      figures: { runtime: arm, points, scaling: fitSweep(rates), bend },
      criterion: judgeLinear(rates, arm, linearPercent, Math.max(...concurrencies.filter((n) => n <= cores))),
    },
  ];
}

/** Above the cores there are nothing can be linear, and one in flight always is. */
function judgeLinear(
  rates: readonly RoundPoint[],
  arm: Arm,
  linearPercent: number,
  most: number,
): Criterion | null {
  const share = shareOfLinear(rates, most);
  if (share === null) return null;
  return {
    name: `${arm}: linear scaling up to ${most} submissions in flight`,
    target: `at least ${linearPercent} % of ${most} times one`,
    ...share,
    unit: "%",
    smallest_effect: null,
    status: judge(share, linearPercent),
  };
}

/** The throughput at N, in percent of N times that at 1, over the rounds that have both; `null` for N = 1. */
function shareOfLinear(rates: readonly RoundPoint[], concurrency: number) {
  const ratios = rates.flatMap((rate) => {
    const one = rates.find(({ round, concurrency }) => round === rate.round && concurrency === 1);
    if (rate.concurrency !== concurrency || concurrency === 1 || !one) return [];
    return [Math.log(rate.perSecond / (concurrency * one.perSecond))];
  });
  return ratios.length === 0 ? null : transform(estimate(ratios), (ratio) => Math.exp(ratio) * 100);
}

type Cause = NonNullable<Sweep["bend"]>["cause"];

function causeOf({ client_cpu_percent, server_cpu_percent }: Sweep["points"][number], arm: Arm): Cause {
  const [client, server] = [client_cpu_percent.estimate, server_cpu_percent.estimate];
  if (Math.max(client, server) < busyPercent) return "queue";
  if (arm === "direct") return "process";
  return server >= client ? "server" : "client";
}
