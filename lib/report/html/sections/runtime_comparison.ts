import { throughputAt } from "../../../measure/scaling.ts";
import type { RuntimeComparison } from "../../../result.ts";
import { lawSheet, openLoopSheet, sweepSheet, workloadSheet } from "../../sheets/runtime_comparison.ts";
import { percentileChart } from "../charts/percentile_chart.ts";
import { scalingChart } from "../charts/scaling_chart.ts";
import { missingPart, type Part } from "../part.ts";

type Workload = RuntimeComparison["workloads"][number];
export type Scaling = RuntimeComparison["sweep"][number]["scaling"];

/** What `runtime_comparison` found. */
export function comparisonParts(result: RuntimeComparison): Part[] {
  const workloads =
    result.workloads.length > 0
      ? result.workloads.map(toPart)
      : [missingPart("Workloads", "No workload was run to the end, so there is no figure.")];
  return [...workloads, sweepPart(result)];
}

function toPart(workload: Workload): Part {
  const { arms, concurrency } = workload;
  const title = `Workload: ${workload.workload}`;
  if (arms.length === 0) return missingPart(title, "No arm was measured to the end, so there is no figure.");
  const open = arms.some(({ open_loop }) => open_loop);
  const load = open
    ? "Calls start on a schedule, whatever happens; response times count from the intended start."
    : `${workload.workload === "sequential" || concurrency === 1 ? "One call at a time" : `${concurrency} calls at a time`}.`;
  const groups = (["p2p", "general"] as const).filter((group) => arms.some((arm) => arm.service_time[group]));
  const names = { p2p: "P2P tools", general: "general tools" } as const;
  return {
    title,
    words: `${load} In the arm “dual”, P2P tools run by direct call and general tools over HTTP.`,
    drawings: [
      percentileChart(
        `Latency by arm, ${workload.workload} workload`,
        groups.map((group) => ({
          name: names[group],
          lanes: arms.map(({ arm, service_time }) => ({ series: arm, latency: service_time[group] })),
        })),
      ),
    ],
    sheets: [workloadSheet(workload), openLoopSheet(workload)],
  };
}

function sweepPart(result: RuntimeComparison): Part {
  const { sweep } = result;
  const title = "Throughput by concurrency";
  if (sweep.length === 0) return missingPart(title, "This run made no sweep over concurrencies.");
  return {
    title,
    words: sayLaw(sweep.map(({ arm, scaling }) => ({ name: arm, scaling }))),
    drawings: [
      scalingChart(
        "Throughput by concurrency",
        "calls per second",
        sweep.map(({ arm, points, scaling }) => ({
          series: arm,
          points: points.map(({ concurrency, throughput_per_s }) => ({
            concurrency,
            figure: throughput_per_s,
          })),
          law: toLaw(scaling),
        })),
      ),
      scalingChart(
        "95th percentile by concurrency",
        "p95, ms",
        sweep.map(({ arm, points }) => ({
          series: arm,
          points: points.map(({ concurrency, p95_ms }) => ({ concurrency, figure: p95_ms })),
          law: null,
        })),
      ),
    ],
    sheets: [
      sweepSheet(result),
      lawSheet(
        result.benchmark,
        sweep.map(({ arm, scaling }) => ({ name: arm, scaling })),
      ),
    ],
  };
}

export function toLaw(scaling: Scaling): ((concurrency: number) => number) | null {
  if (!scaling) return null;
  const parameters = {
    lambda: scaling.lambda.estimate,
    sigma: scaling.sigma.estimate,
    kappa: scaling.kappa.estimate,
  };
  const law = (concurrency: number) => throughputAt(concurrency, parameters);
  // A file of anybody's may hold parameters with which the law divides by 0.
  return [1, 2, 1024].every((n) => Number.isFinite(law(n)) && law(n) >= 0) ? law : null;
}

export function sayLaw(series: readonly { name: string; scaling: Scaling }[]): string {
  const said = series.map(({ name, scaling }) => {
    if (!scaling) return `${name}: too few concurrencies to fit the law to`;
    const { peak } = scaling;
    return `${name}: ${peak ? `highest at ${peak.estimate.toFixed(0)}` : "no peak that every round shows"}`;
  });
  return `By the fitted law, ${said.join("; ")}.`;
}
