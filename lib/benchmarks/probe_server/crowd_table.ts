import { ruleFor } from "../../judge/interval.ts";
import { median } from "../../judge/stats.ts";
import { showEstimate, showTime } from "../../report/format.ts";
import { declareTable } from "../../result/table.ts";
import { type Answer, atMost, figureOf } from "./answer.ts";
import { timeColumn } from "./columns.ts";
import { shortestSlowMs, slowCalls } from "./crowd.ts";
import type { Given } from "./options.ts";
import { type ProbeFound, select, type Trial } from "./said.ts";

const crowdTable = declareTable(
  "concurrency",
  "Concurrency",
  {
    tool_name: { kind: "label", title: "a call of" },
    slow_tool: { kind: "label", title: `while ${slowCalls} are under way of` },
    alone_ms: { ...timeColumn, title: "takes alone" },
    beside_ms: { ...timeColumn, title: "takes beside them" },
    slow_ms: { ...timeColumn, title: "slow call", description: "alone" },
    waited_percent: {
      ...{
        kind: "estimate",
        title: "waited",
        unit: "percent",
        scale: "linear",
        optional: true,
        headline: true,
      },
      description: "of the time that the slow ones had still to go",
    },
    verdict: { kind: "status", title: "calls are answered", headline: true },
  },
  { empty: "No calls were made at the same time." },
);

/** Below this share of the slow calls no one waits; above the second everyone does. */
const shares = { concurrent: 25, serial: 75 } as const;

/** Whether a call that takes long stops others. */
export function answerCrowd(found: readonly ProbeFound[], { max_wait }: Given): Answer {
  const rounds = select(found, "crowd");
  const plan = select(found, "looked")[0]?.plan;
  if (!plan || rounds.length === 0) return { table: crowdTable.of([]), criteria: [] };
  const long = rounds.filter(({ trials }) => trials.length > 0);
  // A call that is slow in few rounds is slow by what else the machine does.
  const known = long.length > rounds.length / 2 ? long : [];
  const waited = figureOf(
    "linear",
    known.map(({ trials, aloneMs }) => median(trials.map((one) => waitOf(one, aloneMs)))),
  );
  const beside = figureOf(
    "ratio",
    known.map(({ trials }) => median(trials.map(({ quickMs }) => quickMs))),
  );
  const slowMs = rounds.flatMap((round) => round.slowMs ?? []);
  const row = {
    ...{ tool_name: plan.calls[0].tool, slow_tool: plan.slow.tool },
    alone_ms: figureOf(
      "ratio",
      rounds.map(({ aloneMs }) => aloneMs),
    ),
    beside_ms: beside,
    slow_ms: figureOf("ratio", slowMs),
    waited_percent: waited,
  };
  if (!waited || !beside || !row.alone_ms) {
    const line = `not told: the slowest call, of ${plan.slow.tool}, takes ${showTime(median(slowMs))}, and one of less than ${shortestSlowMs} ms stops nobody`;
    return { table: crowdTable.of([{ ...row, verdict: "not told" }], [line]), criteria: [] };
  }
  const verdict = verdictOf(waited.estimate);
  const line =
    `${verdict}: ${plan.calls[0].tool} takes ${showEstimate(row.alone_ms, "ms")} alone, and ` +
    `${showEstimate(beside, "ms")} while ${slowCalls} calls of ${plan.slow.tool} are under way`;
  const limit = { target: max_wait, unit: "percent", scale: "linear" } as const;
  const name = "share of slow calls that a quick one waits for";
  const criterion = atMost({ id: "wait", name, ...limit }, waited, ruleFor(known.length));
  return { table: crowdTable.of([{ ...row, verdict }], [line]), criteria: [criterion] };
}

/** What a call took more than alone, in percent of the time for which slow ones were under way. */
function waitOf({ quickMs, slowLeftMs }: Trial, aloneMs: number): number {
  return Math.min(100, Math.max(0, ((quickMs - aloneMs) / slowLeftMs) * 100));
}

function verdictOf(percent: number): string {
  if (percent <= shares.concurrent) return "concurrent";
  return percent >= shares.serial ? "one at a time" : "partly concurrent";
}
