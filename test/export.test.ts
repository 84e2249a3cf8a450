import { describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { z } from "zod";
import { tableCsv } from "../lib/result/csv.ts";
import { exporters, formats } from "../lib/result/export.ts";
import { figuresOf } from "../lib/result/figures.ts";
import { declareTable } from "../lib/result/table.ts";
import { anyResult } from "./any_result.ts";
import { runScript, temporaryFolder } from "./run_script.ts";
import { incomplete, invalid, sampleComparison, sampleLatency, sampleResults } from "./sample_results.ts";

/** What the action takes: https://github.com/benchmark-action/github-action-benchmark/blob/c38cce9/src/extract.ts */
const actionBenchmark = z.array(
  z.strictObject({
    name: z.string().min(1),
    value: z.number(),
    range: z.string().optional(),
    unit: z.string(),
    extra: z.string().optional(),
  }),
);

/** https://bencher.dev/bmf.json, with the lengths that https://bencher.dev/docs/reference/bencher-metric-format gives. */
const metric = z.strictObject({
  value: z.number(),
  lower_value: z.number().optional(),
  upper_value: z.number().optional(),
});
const bencher = z.record(z.string().min(1).max(1024), z.record(z.string().regex(/^[a-z-]{1,64}$/), metric));

type Row = Record<string, string>;
const readCsv = (text: string) =>
  parse<Row>(text, { columns: true, record_delimiter: "\r\n", relax_quotes: false });

/**
 * Reads the text format 0.0.4, by its description: https://prometheus.io/docs/instrumenting/exposition_formats.
 * Throws for whatever it does not allow.
 */
function readPrometheus(text: string) {
  if (!text.endsWith("\n")) throw new SyntaxError("the last line must end with a line feed");
  const types = new Map<string, string>();
  const series = new Map<string, number>();
  let group = "";
  for (const line of text.slice(0, -1).split("\n")) {
    const [, kind = "", metric = "", rest = ""] =
      line.match(/^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/) ?? [];
    if (kind === "HELP" || kind === "TYPE") {
      if (kind === "HELP" && types.has(metric)) throw new SyntaxError(`${metric} comes in two groups`);
      if (kind === "TYPE") types.set(metric, rest);
      group = metric;
      continue;
    }
    const label = /[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"/.source;
    const number = /[+-]?(?:\d+\.?\d*(?:e[+-]?\d+)?|Inf)|NaN/.source;
    const sample = line.match(
      new RegExp(`^([a-zA-Z_:][a-zA-Z0-9_:]*)\\{(${label}(?:,${label})*)\\} (${number})$`),
    );
    if (!sample) throw new SyntaxError(`no sample: ${line}`);
    const [, name = "", labels = "", value = ""] = sample;
    if (name !== group || types.get(name) !== "gauge") throw new SyntaxError(`no type: ${line}`);
    if (series.has(`${name}{${labels}}`)) throw new SyntaxError(`twice: ${line}`);
    series.set(`${name}{${labels}}`, Number(value));
  }
  return series;
}

const hostile = {
  ...sampleLatency,
  machine: { ...sampleLatency.machine, cpu: '=cmd()"\\\n} 1\n# TYPE x counter' },
  versions: { ...sampleLatency.versions, commit: "@SUM(A1)\rx" },
};

describe("exports", () => {
  test("github-action-benchmark: what is better when smaller, with its interval", () => {
    const entries = actionBenchmark.parse(JSON.parse(exporters["github-action-benchmark"](sampleResults)));
    const smaller = sampleResults.flatMap(figuresOf).filter(({ better }) => better === "lower");
    expect(entries.map(({ name, value, unit }) => ({ name, value, unit }))).toEqual(
      smaller.map(({ name, value, unit }) => ({ name, value, unit })),
    );
    const bounded = smaller.find(({ low }) => low !== null);
    const half = ((bounded?.high ?? 0) - (bounded?.low ?? 0)) / 2;
    expect(entries.find(({ name }) => name === bounded?.name)).toMatchObject({
      range: `± ${half}`,
      extra: `95 % interval over rounds: ${bounded?.low} to ${bounded?.high}`,
    });
  });

  test("bencher: latency in nanoseconds, and no measure with two directions", () => {
    const metrics = bencher.parse(JSON.parse(exporters.bencher(sampleResults)));
    const figures = sampleResults.flatMap(figuresOf);
    expect(Object.keys(metrics)).toEqual(figures.map(({ name }) => name));
    const directions = new Map<string, Set<string>>();
    for (const { name, better, unit, value } of figures) {
      const [[measure = "", found] = []] = Object.entries(metrics[name] ?? {});
      directions.set(measure, (directions.get(measure) ?? new Set()).add(better));
      if (unit === "ms") expect(found?.value).toBe(value * 1e6);
    }
    expect([...directions.values()].map(({ size }) => size)).toEqual([...directions].map(() => 1));
    expect(directions.has("latency") && directions.has("throughput")).toBe(true);
  });

  test("csv: a row for a figure, and no text that a spreadsheet takes for a formula", () => {
    const rows = readCsv(exporters.csv([hostile, sampleComparison]));
    const figures = [hostile, sampleComparison].flatMap(figuresOf);
    expect(rows.map(({ name, value }) => [name, Number(value)])).toEqual(
      figures.map((f) => [f.name, f.value]),
    );
    expect(rows[0]?.commit).toBe("'@SUM(A1)\rx");
    // RFC 4180 wants a carriage return quoted.
    expect(exporters.csv([hostile])).toContain('"\'@SUM(A1)\rx"');
    expect(exporters.csv([sampleLatency]).split("\r\n")[0]).toBe(
      "benchmark,started_at,commit,validity,name,unit,value,low,high,better",
    );
  });

  test("prometheus: seconds and ratios, and labels that cannot end their line", () => {
    const series = readPrometheus(exporters.prometheus([hostile]));
    const name = "p2p_latency/tools/task_submit/direct/improvement_percent";
    const saving = figuresOf(hostile).find((figure) => figure.name === name);
    const ratio = series.get(`tool_runtime_figure_ratio{name="${name}"}`);
    expect(ratio).toBeCloseTo((saving?.value ?? 0) / 100, 10);
    const [info = ""] = [...series.keys()];
    expect(info).toContain('cpu="=cmd()\\"\\\\\\n} 1\\n# TYPE x counter"');
    expect([...series.keys()].filter((key) => key.startsWith("tool_runtime_figure_seconds"))).not.toEqual([]);
  });

  test("whatever the schema allows, every format takes it", () => {
    fc.assert(
      fc.property(anyResult(), (result) => {
        const names = figuresOf(result).map(({ name }) => name);
        actionBenchmark.parse(JSON.parse(exporters["github-action-benchmark"]([result])));
        bencher.parse(JSON.parse(exporters.bencher([result])));
        const series = readPrometheus(exporters.prometheus([result]));
        expect(series.size).toBeGreaterThanOrEqual(names.length + 2);
        const rows = readCsv(exporters.csv([result]));
        expect(rows.map(({ name }) => name ?? "")).toEqual(names);
        for (const row of rows)
          for (const [column, text] of Object.entries(row))
            if (!["value", "low", "high"].includes(column)) expect(text).not.toMatch(/^[=+\-@\t\r]/);
      }),
      { numRuns: 150 },
    );
  });
});

const tableWith = (texts: readonly string[]) =>
  declareTable("t", "", {
    name: { kind: "label", title: "" },
    taken: { kind: "latency", title: "", optional: true },
    saved: { kind: "estimate", title: "", optional: true },
    calls: { kind: "numbers", title: "" },
    types: { kind: "texts", title: "" },
    open: { kind: "flag", title: "" },
    spread: { kind: "histogram", title: "", optional: true },
  }).of(
    texts.map((name, n) => ({
      ...{ name, calls: [1, -2.5e-9], types: ["=1", 'a"b'], open: n > 0, spread: null },
      taken: { n: 1, avg_ms: 2.5, stdev_ms: 0, min_ms: 1, p50_ms: 2, p95_ms: null, p99_ms: null, max_ms: 3 },
      saved: { estimate: -62, low: -100, high: 1e-7, per_round: [-62, 1] },
    })),
  );

describe("a table as CSV", () => {
  test("has its labels and cells in full, but for distributions", () => {
    expect(readCsv(tableCsv(tableWith(["a", "b"])))[1]).toEqual({
      ...{ name: "b", taken_n: "1", taken_avg_ms: "2.5", taken_stdev_ms: "0", taken_min_ms: "1" },
      ...{ taken_p50_ms: "2", taken_p95_ms: "", taken_p99_ms: "", taken_max_ms: "3" },
      ...{ saved: "-62", saved_low: "-100", saved_high: "1e-7" },
      ...{ calls: "[1,-2.5e-9]", types: '["=1","a\\"b"]', open: "true" },
    });
    expect(readCsv(tableCsv(tableWith(["a"])))[0]?.open).toBe("false");
    expect(tableCsv(tableWith([]))).toMatch(/^name,taken_n,.*,types,open\r\n$/);
  });

  test("has nothing for a cell that is not there", () => {
    const { columns, ...table } = tableWith([]);
    const [row] = readCsv(tableCsv({ ...table, columns, rows: [{ name: "a" }] }));
    expect(new Set(Object.values(row ?? {}))).toEqual(new Set(["a", ""]));
  });

  test.each([
    ["=1+1", "'=1+1"],
    ["+1", "'+1"],
    ["-1", "'-1"],
    ["@SUM(A1)", "'@SUM(A1)"],
    ["|cmd", "'|cmd"],
    [" \u0000=1", "' \u0000=1"],
    ["＝1", "'＝1"],
    ["\t=1", `"'\t=1"`],
    ["\nx", `"'\nx"`],
    ['=HYPERLINK("http://x")', `"'=HYPERLINK(""http://x"")"`],
    ["a,b", '"a,b"'],
    ["a;b", '"a;b"'],
    ["a\rb", '"a\rb"'],
    ["a\nb", '"a\nb"'],
    ["task_submit", "task_submit"],
  ])("has %j as a text that no spreadsheet runs or splits", (text, written) => {
    const table = declareTable("t", "", { name: { kind: "label", title: "" } }).of([{ name: text }]);
    expect(tableCsv(table)).toBe(`name\r\n${written}\r\n`);
  });

  test("holds whatever a table may", () => {
    fc.assert(
      fc.property(anyResult(), ({ tables }) => {
        for (const table of tables) {
          const [head = [], ...lines] = parse(tableCsv(table), { record_delimiter: "\r\n" });
          const fields = { estimate: 3, latency: 8, histogram: 0 } as const;
          const width = table.columns.reduce((sum, { kind }) => {
            return (
              sum + (kind === "estimate" || kind === "latency" || kind === "histogram" ? fields[kind] : 1)
            );
          }, 0);
          if (width === 0) continue;
          expect([head, ...lines].map(({ length }) => length)).toEqual(
            [head, ...table.rows].map(() => width),
          );
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe("scripts/export.ts", () => {
  test.each(formats)("writes %s to stdout and to a file", async (format) => {
    using folder = temporaryFolder();
    const files = sampleResults.map((result) => {
      const file = join(folder.path, `${result.benchmark}.json`);
      writeFileSync(file, JSON.stringify(result));
      return file;
    });
    const printed = await runScript("export", ...files, "--export", format);
    expect(printed).toEqual({ stdout: exporters[format](sampleResults), stderr: "", code: 0 });
    const output = join(folder.path, "new", "figures");
    expect(await runScript("export", ...files, "--export", format, "--output", output)).toEqual({
      stdout: "",
      stderr: "",
      code: 0,
    });
    expect(readFileSync(output, "utf8")).toBe(printed.stdout);
  });

  test.each([
    [["--export", "csv"], "Cannot export nothing: name the result files"],
    [["a.json"], "Cannot take --export: it is missing"],
    [["a.json", "--export", "cvs"], /^Cannot take --export: there is no "cvs", the nearest of .* is "csv"$/],
    [["a.json", "b.json", "--export", "csv"], /^Cannot export two results of p2p_latency at once: /],
    [["a.json", "--export", "csv", "--output", "folder.json"], /^Cannot write ".*folder.json": it is there/],
    [["none.json", "--export", "csv"], /^Cannot read ".*none.json": /],
    [["incomplete.json", "--export", "csv"], /^Cannot export ".*incomplete.json": it is incomplete$/],
    [["invalid.json", "--export", "csv"], /^Cannot export ".*invalid.json": it is invalid$/],
    [
      ["a.json", "--export", "csv", "--output", "a.json"],
      /^Cannot write ".*a.json": it is .* a result to be read$/,
    ],
  ])("refuses %j in one line", async (flags, message) => {
    using folder = temporaryFolder();
    for (const file of ["a.json", "b.json"])
      writeFileSync(join(folder.path, file), JSON.stringify(sampleLatency));
    for (const [file, result] of Object.entries({ incomplete, invalid }))
      writeFileSync(join(folder.path, `${file}.json`), JSON.stringify(result));
    mkdirSync(join(folder.path, "folder.json"));
    const words = flags.map((word) => (word.endsWith(".json") ? join(folder.path, word) : word));
    const { stdout, stderr, code } = await runScript("export", ...words);
    expect(stderr.trimEnd().split("\n")).toEqual([expect.stringMatching(message)]);
    expect({ stdout, code }).toEqual({ stdout: "", code: 2 });
  });
});
