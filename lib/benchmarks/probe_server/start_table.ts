import { ruleFor } from "../../judge/interval.ts";
import type { Figure } from "../../judge/scale.ts";
import { mean } from "../../judge/stats.ts";
import { showEstimate, showTime } from "../../report/format.ts";
import { declareTable } from "../../result/table.ts";
import { amountOf, times } from "./amounts.ts";
import { type Answer, atMost, figureOf, joined } from "./answer.ts";
import { serverColumn, timeColumn } from "./columns.ts";
import type { Given } from "./options.ts";
import { type ProbeFound, select, serverIn } from "./said.ts";
import { totalOf } from "./start.ts";

/** So long clients wait for a server: the shortest of them, the usual one, and the SDK's own. */
const patienceMs = [10_000, 30_000, 60_000];
/** A first start that takes so much longer than the others has downloaded something, or read it from a cold disk. */
const muchLonger = 1.5;

/** Taken as they are, so that the phases add up to the start. */
const phaseColumn = { ...timeColumn, scale: "linear" } as const;

const startTable = declareTable(
  "start",
  "Start",
  {
    server: serverColumn,
    start_ms: { ...phaseColumn, title: "start", description: "until its tools are listed", headline: true },
    launch_ms: {
      ...phaseColumn,
      title: "launcher",
      description: "until the process is started that serves",
    },
    process_ms: {
      ...phaseColumn,
      title: "process",
      description: "from there until it could answer",
    },
    handshake_ms: {
      ...phaseColumn,
      title: "handshake",
      description: "of a server that is up, because it was left alone for longer than a start takes",
    },
    list_ms: { ...phaseColumn, title: "tool list" },
    first_call_ms: { ...phaseColumn, title: "first call", description: "is no part of the start" },
    first_start_ms: { kind: "number", title: "the very first start", unit: "ms", optional: true },
    starts: { kind: "count", title: "starts" },
  },
  { empty: "The server was not started." },
);

/** How long a start takes, and where that goes. */
export function answerStart(found: readonly ProbeFound[], { max_start }: Given): Answer {
  const starts = select(found, "start");
  const usual = starts.filter(({ isFirst }) => !isFirst).map(({ start }) => start);
  const handshakes = select(found, "handshake").map(({ ms }) => ms);
  const handshakeMs = handshakes.length > 0 ? mean(handshakes) : null;
  const first = starts.find(({ isFirst }) => isFirst);
  const firstMs = first ? totalOf(first.start) : null;
  const start = figureOf("linear", usual.map(totalOf));
  const row = {
    server: serverIn(found),
    start_ms: start,
    launch_ms: figureOf(
      "linear",
      usual.flatMap(({ launchMs }) => launchMs ?? []),
    ),
    process_ms: figureOf(
      "linear",
      handshakeMs === null ? [] : usual.map(({ answeredMs }) => answeredMs - handshakeMs),
    ),
    handshake_ms: figureOf("linear", handshakes),
    list_ms: figureOf(
      "linear",
      usual.map(({ listMs }) => listMs),
    ),
    first_call_ms: figureOf(
      "linear",
      usual.flatMap(({ callMs }) => callMs ?? []),
    ),
    first_start_ms: firstMs,
    starts: usual.length,
  };
  if (!start) {
    const line = row.handshake_ms
      ? `it runs already; the handshake takes ${showEstimate(row.handshake_ms, "ms")}`
      : "";
    return { table: startTable.of([row], line === "" ? [] : [line]), criteria: [] };
  }
  const launcher = found[0]?.job.target.command?.[0]?.split("/").at(-1) ?? "launcher";
  const shares = [
    [launcher, row.launch_ms],
    ["process", row.process_ms],
    ["handshake", row.handshake_ms],
    ["tool list", row.list_ms],
  ] as const;
  const parts = shares.flatMap(([name, share]) =>
    share && share.estimate > 0 ? `${name} ${showTime(share.estimate)}` : [],
  );
  // The interval of a few times that differ much may reach below 0, where no time is.
  const line = joined([
    `${showEstimate({ ...start, low: start.low && Math.max(0, start.low) }, "ms")}: ${parts.join(", ")}`,
    row.first_call_ms ? `the first call takes ${showTime(row.first_call_ms.estimate)}` : "",
    firstMs !== null && firstMs > muchLonger * start.estimate
      ? `the very first start took ${showTime(firstMs)}`
      : "",
    showPatience(start, firstMs),
  ]);
  const limit = { target: amountOf(max_start, times), unit: "ms", scale: "linear" } as const;
  const criterion = atMost(
    { id: "start", name: "time that a start takes", ...limit },
    start,
    ruleFor(usual.length),
  );
  return { table: startTable.of([row], [line]), criteria: [criterion] };
}

/** Which clients have it in time, also where it takes as long as it ever did. */
function showPatience({ estimate, high }: Figure, firstMs: number | null): string {
  const longest = Math.max(estimate, high ?? 0, firstMs ?? 0);
  const late = patienceMs.filter((ms) => longest > ms);
  const seconds = (all: readonly number[]) =>
    all
      .map((ms) => ms / 1e3)
      .join(", ")
      .replace(/, (\d+)$/, " or $1");
  return late.length === 0
    ? `in time for clients that wait ${seconds(patienceMs)} s`
    : `too late for clients that wait ${seconds(late)} s`;
}
