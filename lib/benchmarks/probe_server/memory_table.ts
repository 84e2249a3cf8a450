import { ruleFor } from "../../judge/interval.ts";
import type { Criterion } from "../../judge/shapes.ts";
import { theilSen } from "../../judge/theil_sen.ts";
import { showEstimate, showFigure, showTime } from "../../report/format.ts";
import { declareTable, type RowOf } from "../../result/table.ts";
import { amountOf, sizes, times } from "./amounts.ts";
import { type Answer, atMost, exactly, figureOf, joined } from "./answer.ts";
import { serverColumn, sizeColumn, timeColumn } from "./columns.ts";
import { sessions } from "./growth.ts";
import type { Given } from "./options.ts";
import { type ProbeFound, select, serverIn } from "./said.ts";
import type { Target } from "./target.ts";

const memoryTable = declareTable(
  "memory",
  "Memory",
  {
    server: serverColumn,
    idle_bytes: {
      ...sizeColumn,
      title: "when idle",
      description: "resident, of the process that serves",
      headline: true,
    },
    launcher_bytes: {
      ...{ ...sizeColumn, scale: "linear", title: "of what started it" },
      description: "resident as long as it runs",
    },
    session_bytes: {
      ...sizeColumn,
      scale: "linear",
      title: "for each session",
      description: "of 100 that were open at once",
    },
    end_ms: {
      ...{ ...timeColumn, title: "end" },
      description:
        "where it ended: until all of its processes were gone, after the end of its input, or SIGTERM to a server at a URL",
      headline: true,
    },
    never_ended: { kind: "count", title: "did not end", description: "while it was waited for" },
    ends: { kind: "count", title: "of" },
  },
  { empty: "Its memory cannot be seen from here." },
);

/** What the server holds when idle and for each session, and whether it ends. */
export function answerMemory(found: readonly ProbeFound[], { max_memory, max_end }: Given): Answer {
  const memory = select(found, "memory");
  const ends = select(found, "end").map(({ ms }) => ms);
  const ended = ends.filter((ms) => ms !== null);
  const [{ patienceMs, target } = { patienceMs: 0, target: null }] = found.map(({ job }) => job);
  const bytesOf = (of: (one: (typeof memory)[number]) => number) => memory.map(of);
  const each = select(found, "sessions").map(({ bytesEach }) => bytesEach);
  const row = {
    server: serverIn(found),
    idle_bytes: figureOf(
      "ratio",
      bytesOf(({ idleBytes }) => idleBytes),
    ),
    launcher_bytes: figureOf(
      "linear",
      bytesOf(({ launcherBytes }) => launcherBytes),
    ),
    session_bytes: figureOf("linear", each),
    end_ms: figureOf("ratio", ended),
    never_ended: ends.length - ended.length,
    ends: ends.length,
  };
  const criteria: Criterion[] = [];
  if (row.never_ended > 0) {
    // No mean of the others makes up for one that is left behind.
    const name = `ends that had not come after ${showTime(patienceMs)}`;
    const limit = { id: "end", name, target: 0, unit: "percent", scale: "linear" } as const;
    criteria.push(atMost(limit, exactly((100 * row.never_ended) / row.ends), "counted"));
  } else if (row.end_ms) {
    const limit = { target: amountOf(max_end, times), unit: "ms", scale: "ratio" } as const;
    criteria.push(
      atMost({ id: "end", name: "time that it takes to end", ...limit }, row.end_ms, ruleFor(ended.length)),
    );
  }
  if (row.idle_bytes && max_memory !== undefined) {
    const limit = { target: amountOf(max_memory, sizes), unit: "bytes", scale: "ratio" } as const;
    criteria.push(
      atMost({ id: "memory", name: "memory when idle", ...limit }, row.idle_bytes, ruleFor(memory.length)),
    );
  }
  const line = joined([
    showHeld(row),
    showSessions(found, row),
    target ? showEnd(row, target, patienceMs) : "",
  ]);
  return { table: memoryTable.of([row], [line]), criteria };
}

type Row = RowOf<typeof memoryTable>;

function showHeld({ idle_bytes: idle, launcher_bytes: launcher }: Row): string {
  if (!idle) return "cannot be seen from here";
  const held = `${showEstimate(idle, "bytes")} when idle`;
  if (!launcher || launcher.estimate === 0) return held;
  return `${held}, and what started it ${showFigure(launcher.estimate, "bytes")}`;
}

function showSessions(found: readonly ProbeFound[], { session_bytes: each }: Row): string {
  if (!each) return "";
  const keeps = select(found, "looked").some(({ keepsSession }) => keepsSession);
  const what = keeps ? "open sessions" : "clients, of which it keeps no sessions,";
  const grown = select(found, "growth").find(({ of }) => of === "session");
  const slope = grown && theilSen(grown.points);
  const left = slope
    ? `, and ${sessions} that came and went leave ${showFigure(slope.estimate * sessions, "bytes")}`
    : "";
  return `each of ${sessions} ${what} takes ${showFigure(each.estimate, "bytes")}${left}`;
}

/** Nothing of a server that others have started. */
function showEnd(
  { end_ms: end, never_ended: never, ends }: Row,
  { command, url }: Target,
  patienceMs: number,
): string {
  if (!command || ends === 0) return "";
  const after = url === null ? "its input" : "SIGTERM";
  const session = url === null ? "a session is a process of its own, and " : "";
  if (never === 0 && end) return `${session}ends ${showEstimate(end, "ms")} after ${after}`;
  return `${session}${never} of ${ends} times was still there ${showTime(patienceMs)} after ${after}`;
}
