import { figure } from "../../judge/scale.ts";
import { median } from "../../judge/stats.ts";
import { declareTable, type Table } from "../../result/table.ts";
import { coldCallOf, type Given } from "./options.ts";
import { type Finds, select } from "./said.ts";

/** Every start of a way, in the order of the rounds. */
export interface Starts {
  readonly runtime: string;
  readonly own: ReturnType<typeof coldStarts>;
}

/** Those of each way that was started cold. */
export function startsIn(found: Finds, { runtimes }: Pick<Given, "runtimes">): Starts[] {
  const all = coldStarts(found);
  const ways = runtimes.map(({ name }) => ({
    runtime: name,
    own: all.filter(({ runtime }) => runtime === name),
  }));
  return ways.filter(({ own }) => own.length > 0);
}

/** With what each took until it could be called, in milliseconds. */
function coldStarts(found: Finds) {
  return select(found, "cold").map((start) => {
    const { importsMs, spawnMs, handshakeMs } = start;
    return { ...start, startMs: importsMs + (spawnMs ?? 0) + handshakeMs };
  });
}

const part = { kind: "number", unit: "ms", optional: true } as const;

const startTable = declareTable(
  "starts",
  "From nothing to the first answer of a tool",
  {
    runtime: { kind: "label", title: "way" },
    start_ms: {
      ...{ kind: "estimate", title: "in all", unit: "ms", scale: "ratio" },
      ...{ better: "lower", headline: true },
    },
    imports_ms: {
      ...part,
      title: "imports",
      description: "of the caller's side, and of the tools where they are in its process",
    },
    spawn_ms: {
      ...part,
      title: "spawn",
      description:
        "of the process of ours that serves the tools, until it does; that of others is in the handshake",
    },
    handshake_ms: { ...part, title: "handshake" },
    first_ms: { ...part, title: "first call" },
  },
  {
    description:
      "In a fresh process that has loaded what every way needs, on all cores, as in life. Parts are medians.",
    empty: "No way was started cold.",
  },
);

/** What starting each way takes, and its parts. */
export function tableOfStarts(starts: readonly Starts[], given: Given): Table {
  return startTable.of(
    starts.map(({ runtime, own }) => {
      const firsts = own.map(({ callsNs }) => (callsNs[0] ?? 0) / 1e6);
      return {
        runtime,
        start_ms: figure(
          "ratio",
          own.map(({ startMs }, n) => startMs + (firsts[n] ?? 0)),
        ),
        imports_ms: median(own.map(({ importsMs }) => importsMs)),
        spawn_ms: medianOf(own.flatMap(({ spawnMs }) => spawnMs ?? [])),
        handshake_ms: median(own.map(({ handshakeMs }) => handshakeMs)),
        first_ms: median(firsts),
      };
    }),
    starts.length > 0 ? [`The tool is ${coldCallOf(given).tool}.`] : [],
  );
}

function medianOf(known: readonly number[]): number | null {
  return known.length === 0 ? null : median(known);
}
