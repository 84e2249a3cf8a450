import { leftOutTable } from "../../bring/left_out_table.ts";
import type { Findings } from "../../experiment.ts";
import { audit, auditControl } from "../../judge/audit.ts";
import { ruleFor } from "../../judge/interval.ts";
import { noiseOf } from "../../judge/pairs.ts";
import type { Check, Estimate } from "../../judge/shapes.ts";
import { judgeFamily } from "../../result/family.ts";
import { decideOver } from "../../result/over.ts";
import type { Asked } from "../../stopping.ts";
import { notesOnRounds } from "../rounds.ts";
import { samplesOf } from "./options.ts";
import { comparedTo, type Finds, type Plan, roundsOf, sumUpTool, type ToolRow, toolTable } from "./tools.ts";

/** The claim is a range of this width: 50 to 70 percent. */
const rangePoints = 20;

/** Sums up and judges what was measured so far. */
export function judgeLatency(found: Finds, plan: Plan): Findings {
  const { target, reference, runtimes, tool } = plan;
  const rows = tool.flatMap((name) => sumUpTool(name, roundsOf(name, found), plan));
  const family = {
    ...{ value: "improvement_percent", control: "control_percent", status: "status" },
    ...({ bound: "at_least", target, above: target + rangePoints } as const),
  };
  const tools = plan.called.length > 0 ? toolTable.labelled({ tool_name: tool }) : toolTable;
  const table = judgeFamily(tools.of(rows, notesOnRounds(found, plan, askedOf(found, plan)), family));
  const isWhole = tool.every((name) => rows.some((row) => row.tool_name === name));
  const criteria = comparedTo(runtimes, isWhole ? reference : null).flatMap(({ name }) => {
    const asked = {
      ...{ id: "saving", about: { runtime: name } },
      name: `time that a call saves against ${reference}, all tools together`,
      ...({ bound: "at_least", target, unit: "percent", scale: "saving" } as const),
      over: { table: table.name, column: family.value, control: family.control, where: { runtime: name } },
    };
    return decideOver(asked, [table], ruleFor(Math.min(...rows.map(({ rounds }) => rounds)))) ?? [];
  });
  return {
    tables: [table, ...leftOutTable(plan)],
    criteria,
    audit: auditLatency(rows, found, plan, criteria[0]?.estimate ?? 0),
  };
}

/** How wide the interval of each tool is by now: of its savings, or of its median where nothing is compared. */
export function askedOf(found: Finds, plan: Plan): Asked[] {
  return plan.tool.map((name) => {
    const rounds = roundsOf(name, found);
    const rows = sumUpTool(name, rounds, plan);
    const halves = rows.flatMap(({ improvement_percent: saving, p50_ms: p50 }) => {
      if (saving) return [halfOf(saving)];
      const half = plan.runtimes.length === 1 ? halfOf(p50) : undefined;
      return half === undefined ? [] : [half === null ? null : (half / p50.estimate) * 100];
    });
    const known = halves.filter((half) => half !== null);
    const halfWidth = known.length < halves.length || known.length === 0 ? null : Math.max(...known);
    return { part: name, name, halfWidth, rounds: rounds.length };
  });
}

function halfOf({ low, high }: Estimate): number | null {
  return low === null || high === null ? null : (high - low) / 2;
}

function auditLatency(rows: readonly ToolRow[], found: Finds, plan: Plan, savingPercent: number): Check[] {
  const missing = plan.tool.flatMap((tool) =>
    plan.runtimes.flatMap((arm) => {
      const row = rows.find((one) => one.tool_name === tool && one.runtime === arm.name);
      return row && row.latency.n === samplesOf(tool, plan) * row.rounds ? [] : [`${tool} on ${arm.name}`];
    }),
  );
  const rounds = new Set(found.map(({ job }) => job.round)).size;
  const controls = rows.flatMap(({ control_percent: control }) => noiseOf(control, "excess") ?? []);
  return [
    audit(
      "sample count",
      `as many right answers as planned, by the path they were asked on, of each tool on each runtime; ${rounds} rounds`,
      missing,
    ),
    ...(plan.runtimes.length > 1 ? [auditControl(controls, savingPercent, "tool")] : []),
  ];
}
