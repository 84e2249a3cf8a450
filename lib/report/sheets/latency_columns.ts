import type { Latency } from "../../measure/stats.ts";
import { type Column, time } from "../sheet.ts";

/** p50, p95 and p99 of one latency in a row. */
export function percentileColumns<Row>(
  title: string,
  name: string,
  read: (row: Row) => Latency | null | undefined,
): Column<Row>[] {
  return [
    time(`${title} p50`, `${name}_p50`, (row) => read(row)?.p50_ms),
    time("p95", `${name}_p95`, (row) => read(row)?.p95_ms),
    time("p99", `${name}_p99`, (row) => read(row)?.p99_ms),
  ];
}
