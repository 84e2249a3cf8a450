import { availableParallelism } from "node:os";
import type { Findings } from "../../experiment.ts";
import { Histogram } from "../../judge/histogram.ts";
import { ruleFor } from "../../judge/interval.ts";
import { type Figure, figure } from "../../judge/scale.ts";
import type { Criterion } from "../../judge/shapes.ts";
import { mean } from "../../judge/stats.ts";
import { type Sweep, sumUpSweep } from "../../judge/sweep.ts";
import { decide } from "../../judge/verdicts.ts";
import { declareTable, type RowOf } from "../../result/table.ts";
import { fitLaws, lawTable } from "../law_table.ts";
import type { InRound, Swept } from "./loads.ts";
import type { Given } from "./options.ts";
import { completedPerSecond } from "./outcomes.ts";

const cpu = { kind: "number", unit: "percent", minimum: 0 } as const;

export const sweepTable = declareTable(
  "sweep",
  "Completed workflows by submissions in flight",
  {
    runtime: { kind: "label", title: "runtime" },
    concurrency: { kind: "label", title: "in flight" },
    completed_per_s: {
      kind: "estimate",
      title: "completed/s",
      unit: "per_s",
      scale: "ratio",
      better: "higher",
    },
    linear_percent: {
      kind: "estimate",
      title: "of linear",
      description: "in percent of as many times what one in flight completes",
      unit: "percent",
      scale: "ratio",
      optional: true,
    },
    p95_ms: {
      kind: "estimate",
      title: "completion p95",
      unit: "ms",
      scale: "ratio",
      better: "lower",
    },
    client_cpu_percent: { ...cpu, title: "client CPU" },
    server_cpu_percent: { ...cpu, title: "server CPU" },
    busy: { kind: "text", title: "busy" },
  },
  {
    description: "Mixed workflows.",
    empty: "No workflow was completed.",
    charts: [
      {
        ...{ type: "lines", title: "Completed workflows per second by submissions in flight" },
        ...{ series: "runtime", x: "concurrency", y: "completed_per_s", law: lawTable.name },
      },
      {
        ...{ type: "lines", title: "95th percentile of the completion by submissions in flight" },
        ...{ series: "runtime", x: "concurrency", y: "p95_ms" },
      },
    ],
  },
);

/** What was busy at one concurrency; `process` where client and engine are one. */
type Busy = "client" | "server" | "process" | "none";

interface Point {
  readonly row: RowOf<typeof sweepTable>;
  readonly linearPercent: Figure | null;
  readonly concurrency: number;
  readonly busy: Busy;
}

/** What throughput does with the submissions in flight on each runtime, and whether that is linear. */
export function judgeSweep(
  runs: readonly InRound<Swept>[],
  { runtimes, linear }: Pick<Given, "runtimes" | "linear">,
  cores = availableParallelism(),
): Pick<Findings, "tables" | "criteria"> {
  const swept = runtimes.map(({ name: runtime }, arm) => {
    const rates = runs.flatMap((run) => {
      const perSecond = completedPerSecond(run.outcomes);
      return run.arm === arm && perSecond !== null ? [{ ...run, runtime, perSecond }] : [];
    });
    return {
      runtime,
      rates,
      points: sumUpSweep(rates).points.map((point) => toPoint(point, runtime, rates)),
    };
  });
  return {
    tables: [
      sweepTable.of(
        swept.flatMap(({ points }) => points.map(({ row }) => row)),
        swept.flatMap(({ runtime, points }) => noteOn(runtime, points, linear)),
      ),
      fitLaws(swept.flatMap(({ rates }) => rates)),
    ],
    criteria: swept.flatMap(({ runtime, points }) => judgeLinear(runtime, points, linear, cores)),
  };
}

function toPoint(
  { concurrency, perSecond, linearPercent }: Sweep["points"][number],
  runtime: string,
  runs: readonly Swept[],
): Point {
  const own = runs.filter((run) => run.concurrency === concurrency);
  const p95Ms = ({ outcomes: { spans } }: Swept) =>
    Histogram.parse(spans.get("completion")).percentile(0.95) / 1e6;
  const clientPercent = mean(own.map(({ client }) => client.cpuPercent));
  const serverPercent = mean(own.map(({ server }) => server.cpuPercent));
  const isOne = own.every(({ clientPid, serverPid }) => clientPid === serverPid);
  const busy = isOne && serverPercent >= busyPercent ? "process" : busier(clientPercent, serverPercent);
  const row = {
    runtime,
    concurrency: String(concurrency),
    completed_per_s: perSecond,
    linear_percent: linearPercent,
    p95_ms: figure("ratio", own.map(p95Ms)),
    client_cpu_percent: clientPercent,
    server_cpu_percent: serverPercent,
    busy: busy === "process" ? "its one process" : busy,
  };
  return { row, linearPercent, concurrency, busy };
}

/** A process that takes this much of a core is what limits the throughput. */
const busyPercent = 80;

function busier(clientPercent: number, serverPercent: number): Busy {
  if (Math.max(clientPercent, serverPercent) < busyPercent) return "none";
  return serverPercent >= clientPercent ? "server" : "client";
}

const causes: Readonly<Record<Busy, string>> = {
  client: "the client is busy",
  server: "the server is busy",
  process: "its one process, client and engine, is busy",
  none: "no process is busy: workflows queue",
};

/** Where it bends: at the first concurrency that is not linear. */
function noteOn(runtime: string, points: readonly Point[], linear: number): string[] {
  const last = points.at(-1);
  if (!last) return [];
  const bent = points.find(({ linearPercent }) => linearPercent && linearPercent.estimate < linear);
  return [
    bent
      ? `${runtime} bends at ${bent.concurrency} in flight: ${causes[bent.busy]}.`
      : `${runtime} stays linear up to ${last.concurrency} in flight.`,
  ];
}

/** At least `linear` percent of N times what one in flight completes; above the cores there are, nothing can be. */
function judgeLinear(runtime: string, points: readonly Point[], linear: number, cores: number): Criterion[] {
  const most = points.findLast(({ concurrency }) => concurrency <= cores);
  if (!most?.linearPercent) return [];
  const { concurrency: n, linearPercent } = most;
  const asked = {
    id: "linear_scaling",
    about: { runtime },
    name: `share of ${n} times the throughput of one, ${n} in flight`,
    ...({ bound: "at_least", target: linear, unit: "percent", scale: "ratio" } as const),
  };
  return [decide(asked, linearPercent, { rule: ruleFor(linearPercent.per_round.length) })];
}
