import fc from "fast-check";
import type { Kind } from "../lib/result/cell.ts";
import type { Chart } from "../lib/result/chart.ts";
import type { Column, Table } from "../lib/result/table.ts";

/** Some charts that these columns can be drawn in. */
export function anyCharts(columns: readonly Column[], title: fc.Arbitrary<string>): fc.Arbitrary<Chart[]> {
  const one = (...kinds: Kind[]) => {
    const found = columns.filter(({ kind }) => kinds.includes(kind)).map(({ name }) => name);
    return found.length === 0 ? null : fc.constantFrom(...found);
  };
  const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined });
  const type = <Of extends Chart["type"]>(type: Of) => fc.constant(type);
  const charts: fc.Arbitrary<Chart>[] = [];
  const offer = (chart: fc.Arbitrary<Chart>) => charts.push(chart);

  const [label, estimate, numbers, number] = [one("label"), one("estimate"), one("numbers"), one("number")];
  const [latency, histogram, texts, x] = [
    one("latency"),
    one("histogram"),
    one("texts"),
    one("count", "label"),
  ];
  const series = maybe(label ?? fc.constant(undefined));
  const log = maybe(fc.constant(true as const));
  if (x && estimate) offer(fc.record({ type: type("lines"), title, series, x, y: estimate, log }));
  if (!label) return charts.length === 0 ? fc.constant([]) : fc.array(fc.oneof(...charts), { maxLength: 3 });

  const rows = fc.uniqueArray(label, { minLength: 1, maxLength: 4 });
  if (latency) offer(fc.record({ type: type("percentiles"), title, rows, series, value: latency }));
  if (histogram) offer(fc.record({ type: type("distribution"), title, rows, series, value: histogram }));
  if (estimate) {
    const status = maybe(one("status") ?? fc.constant(undefined));
    const band = maybe(fc.tuple(fc.integer(), fc.integer()));
    offer(fc.record({ type: type("intervals"), title, rows, value: estimate, status, band }));
  }
  if (numbers && estimate) {
    const slope = estimate;
    offer(fc.record({ type: type("growth"), title, rows, series, x: numbers, y: numbers, slope }));
  }
  const each = fc.uniqueArray(label, { maxLength: 2 });
  const base = one("text");
  if (base && estimate) {
    const figures = { level: estimate, value: estimate };
    offer(fc.record({ type: type("waterfall"), title, each, step: label, base, ...figures }));
  }
  if (texts && number) {
    const depends_on = texts;
    const times = { started: number, ended: number };
    offer(fc.record({ type: type("timeline"), title, each, step: label, depends_on, ...times }));
  }
  return charts.length === 0 ? fc.constant([]) : fc.array(fc.oneof(...charts), { maxLength: 3 });
}

const law = "law_of_lines";

/** These tables, and the law that the first chart of lines says there is. */
export function withLaw(tables: readonly Table[]): Table[] {
  const drawn = tables.find(({ charts }) => charts.some(({ type }) => type === "lines"));
  const chart = drawn?.charts.find((one) => one.type === "lines");
  if (!drawn || !chart) return [...tables];
  const charts = drawn.charts.map((one) => (one === chart ? { ...chart, law } : one));
  const series = drawn.columns.filter(({ name }) => name === chart.series);
  const parameters = ["lambda", "sigma", "kappa"].map(
    (name): Column => ({
      name,
      type: "object",
      kind: "estimate",
      title: name,
      constraints: { required: true },
    }),
  );
  const estimate = { estimate: 1, low: null, high: null };
  const row = { lambda: estimate, sigma: estimate, kappa: estimate };
  const [first] = drawn.rows;
  const label = series.map(({ name }) => [name, first?.[name]]);
  const columns = [...series, ...parameters];
  const rows = first ? [{ ...Object.fromEntries(label), ...row }] : [];
  const laws: Table = { name: law, title: "", notes: [], charts: [], columns, rows };
  return [...tables.map((table) => (table === drawn ? { ...table, charts } : table)), laws];
}
