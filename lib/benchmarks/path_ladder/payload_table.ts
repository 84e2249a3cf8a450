import { crossingsOf, meet } from "../../judge/crossing.ts";
import { declareTable, type RowOf, type Table } from "../../result/table.ts";
import type { Climbed } from "./climbed.ts";
import type { Given } from "./options.ts";
import { rungColumns } from "./summary.ts";

export const payloadTable = declareTable(
  "payloads",
  "What a call takes that carries so much text there and back",
  {
    payload: { kind: "label", title: "payload" },
    ...rungColumns,
    payload_bytes: { kind: "count", title: "bytes", detail: true },
  },
  {
    charts: [
      {
        type: "lines",
        title: "Time of a call by what it carries",
        series: "runtime",
        x: "payload_bytes",
        y: "p50_ms",
        log: true,
      },
    ],
  },
);

export type PayloadRow = RowOf<typeof payloadTable>;

/** A row for each payload on each way. */
export function payloadRows(climbed: readonly Climbed[], { payload }: Given): PayloadRow[] {
  return payload.flatMap(({ name, bytes }) => {
    const carried = climbed.find(({ kind, of }) => kind === "payload" && of === name);
    return (carried?.rungs ?? []).map((rung) => ({ payload: name, payload_bytes: bytes, ...rung }));
  });
}

const crossingTable = declareTable(
  "crossings",
  "Where one way becomes slower than another",
  {
    below: { kind: "label", title: "faster below" },
    above: { kind: "label", title: "faster above" },
    between: { kind: "label", title: "seen between" },
    at_bytes: { kind: "estimate", title: "at", unit: "bytes", scale: "ratio" },
  },
  {
    description:
      "Between two payloads at which it is decided which is faster; times between them lie on a power law.",
    empty: "No two ways that were measured are seen to cross.",
  },
);

/** A row for each crossing of two ways. */
export function tableOfCrossings(rows: readonly PayloadRow[]): Table {
  const ways = [...Map.groupBy(rows, ({ runtime }) => runtime)];
  const nameOf = (bytes: number) => rows.find((row) => row.payload_bytes === bytes)?.payload ?? "";
  return crossingTable.of(
    ways.flatMap(([one, own], n) =>
      ways.slice(n + 1).flatMap(([other, others]) => {
        const meetings = own.flatMap(({ payload, payload_bytes, p50_ms }) => {
          const met = others.find((row) => row.payload === payload)?.p50_ms.per_round;
          return met ? [meet(payload_bytes, p50_ms.per_round ?? [], met)] : [];
        });
        return crossingsOf(meetings).map(({ from, to, first, at }) => ({
          ...(first === "one" ? { below: one, above: other } : { below: other, above: one }),
          between: `${nameOf(from)} and ${nameOf(to)}`,
          at_bytes: at,
        }));
      }),
    ),
  );
}
