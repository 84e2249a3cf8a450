import { expect, test } from "bun:test";
import * as Plot from "@observablehq/plot";
import fc from "fast-check";
import { parseHTML } from "linkedom";
import { Histogram } from "../lib/judge/histogram.ts";
import { renderFigure } from "../lib/report/html/figure.ts";
import { html } from "../lib/report/html/html.ts";
import { renderPage } from "../lib/report/html/page.ts";
import { toSeries } from "../lib/report/html/series.ts";
import { renderTable } from "../lib/report/html/table.ts";
import { tableCsv } from "../lib/result/csv.ts";
import type { Result } from "../lib/result/result.ts";
import { declareTable, type Row, type Table } from "../lib/result/table.ts";
import { anyResult } from "./any_result.ts";
import { anyToken, textPerToken, withTexts } from "./result_tokens.ts";
import {
  incomplete,
  invalid,
  sampleComparison,
  sampleLadder,
  sampleLatency,
  sampleMemory,
  sampleResults,
  sampleWorkflows,
  suspect,
} from "./sample_results.ts";

const page = (...results: Result[]) => renderPage(results.map((result) => ({ file: "sample.json", result })));

test.each<[unknown: string, shown: string]>([
  ["<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"],
  [`" onload='x' &amp;`, "&quot; onload=&#39;x&#39; &amp;amp;"],
  ["a\u0000b\u001b[31m\u202ec", "a\ufffdb\ufffd[31m\ufffdc"],
  ["\ud800", "\ufffd"],
])("escapes %p", (unknown, shown) => {
  expect(html`<b title="${unknown}">${[unknown, undefined, 1]}</b>`.toString()).toBe(
    `<b title="${shown}">${shown}1</b>`,
  );
});

test("takes a piece of HTML as it is", () => {
  expect(html`<p>${[html`<b>${"<"}</b>`]}</p>`.toString()).toBe("<p><b>&lt;</b></p>");
});

test("lets only drawing through, whatever a label, a colour or a channel has become", () => {
  const attack = "url(https://example.com)";
  const points = [{ x: 1, y: 1, attack, label: "<b>" }];
  const drawn = renderFigure(
    {
      title: "a",
      description: "b",
      series: [],
      plot: {
        marks: [
          Plot.dot(points, {
            x: "x",
            y: "y",
            href: "attack",
            title: "attack",
            fill: "attack",
            stroke: attack,
          }),
          Plot.text(points, { x: "x", y: "y", text: "label", ariaLabel: "attack", mixBlendMode: "multiply" }),
          () => parseHTML("<svg><script>alert(1)</script></svg>").document.querySelector("svg"),
        ],
      },
    },
    "id",
  ).toString();
  expect(drawn).toContain("&lt;b&gt;");
  expect(drawn).not.toMatch(/example|<b>|<a |<style|<script|style=|href=|aria-label=/);
});

const shownWords = (...results: Result[]) => page(...results).replace(/<style>.*?<\/style>|<[^>]+>/gs, "");
const charts = (shown: string) => shown.match(/<svg /g)?.length ?? 0;

/** A result with each of its tables changed. */
function changed<Of extends Result>(result: Of, change: (table: Table) => Partial<Table>): Result {
  return { ...result, tables: result.tables.map((table) => ({ ...table, ...change(table) })) };
}

function withRows(result: Result, change: (row: Row) => Row): Result {
  return changed(result, ({ rows }) => ({ rows: rows.map((row) => ({ ...row, ...change(row) })) }));
}

test("forbids scripts, forms, frames and whatever is elsewhere, and allows its own style alone", () => {
  const { document } = parseHTML(page(sampleLatency));
  const [style, ...others] = document.querySelectorAll("style");
  const hash = new Bun.CryptoHasher("sha256").update(style?.textContent ?? "").digest("base64");
  const policy = document
    .querySelector('meta[http-equiv="Content-Security-Policy"]')
    ?.getAttribute("content");
  expect(policy?.split("; ")).toEqual([
    ...["default-src 'none'", `style-src 'sha256-${hash}'`, "img-src data:"],
    ...["base-uri 'none'", "form-action 'none'"],
  ]);
  expect([others.length, document.querySelectorAll("script").length]).toEqual([0, 0]);
});

test("offers each table and the whole result as files, within the page", () => {
  const links = [
    ...page(sampleLatency).matchAll(/download="([^"]+)" href="data:([^;]+);charset=utf-8;base64,([^"]+)"/g),
  ];
  const files = new Map(links.map(([, name = "", type = "", data = ""]) => [name, { type, data }]));
  const read = (name: string) => Buffer.from(files.get(name)?.data ?? "", "base64").toString();
  expect(JSON.parse(read("p2p_latency.json"))).toEqual(sampleLatency);
  const [tools] = sampleLatency.tables;
  expect(read("p2p_latency-tools.csv")).toBe(tools ? tableCsv(tools) : "");
  expect(files.get("p2p_latency-tools.csv")?.type).toBe("text/csv");
  const [head, first] = read("p2p_latency-tools_histogram.csv").split("\r\n");
  expect(head).toBe("tool_name,runtime,from_ms,below_ms,calls");
  expect(first).toStartWith("workflow_submit,direct,0.055");
  expect(read("p2p_latency-criteria.csv")).toContain("60.0 (56.9 to 62.9) %,at least 50 %");
});

test.each<[string, Result, string, boolean]>([
  ["a valid run", sampleLatency, "✗ missed", true],
  ["half a run", { ...sampleLatency, complete: false }, "? incomplete", false],
  ["a suspect run", suspect, "? suspect", false],
  ["an invalid run", invalid, "An invalid run gives no answer.", false],
])("says of %s whether it can be relied on", (_, result, said, verdictsFirst) => {
  const [, verdict = ""] = /direct way save\?(.*?)Criteria of/s.exec(shownWords(result)) ?? [];
  expect(verdict).toContain(said);
  const [answer, relied] = [verdict.search(/target at least|gives no answer/), verdict.indexOf("The run is")];
  expect(answer < relied).toBe(verdictsFirst);
  expect(verdict.includes("✗ missed")).toBe(said !== "An invalid run gives no answer.");
});

test("compresses what is long", () => {
  const table = declareTable("long", "long", { name: { kind: "text", title: "name" } });
  const long = table.of(Array.from({ length: 50 }, (_, n) => ({ name: `${n}`.repeat(5_000) })));
  const [, data = ""] =
    /href="data:application\/gzip;base64,([^"]+)"/.exec(renderTable(long, "x", "id").toString()) ?? [];
  expect(Buffer.from(Bun.gunzipSync(Buffer.from(data, "base64"))).toString()).toBe(tableCsv(long));
});

test("says the verdicts in words before anything else", () => {
  const words = shownWords(...sampleResults);
  expect(words).toContain(
    "target at least 50\u00a0%: met for direct, 60.0 (56.9 to 62.9)\u00a0%; missed for mcp",
  );
  expect(words).toContain(
    "One by one, 3 of 6 show a saving of at least 50\u00a0%, 3 miss it, and 0 are inconclusive",
  );
  expect(words).toContain("The run is valid: the one check of its audit passed.");
  expect(words.indexOf("Verdicts")).toBeLessThan(words.indexOf("The run is valid"));
});

test("shows what is not known as unknown, and a label that is there again as such", () => {
  const shown = page(sampleLatency);
  expect(shown).toContain('<th scope="row" class="again">workflow_submit</th><th scope="row">http</th>');
  expect(shown).toContain('<td>–<td class="status">–');
  expect(shown).toContain('<th scope="row">http</th><td>160 µs');
});

const zero = { n: 1, avg_ms: 0, stdev_ms: 0, min_ms: 0, p50_ms: 0, p95_ms: null, p99_ms: null, max_ms: 0 };
const nothing = { latency: zero, histogram: new Histogram().toJSON(), improvement_percent: null };
const figure = { estimate: 1e300, low: -1e308, high: 1e308 };

test.each<[what: string, result: Result, said: string, charts: number]>([
  ["tools", sampleLatency, "How much less time it takes than the reference".toLowerCase(), 3],
  ["no tool", changed(sampleLatency, () => ({ rows: [] })), "No tool was measured to the end", 0],
  ["no criterion", { ...sampleComparison, criteria: [] }, "No criterion could be judged", 1],
  [
    "no sweep",
    changed(sampleComparison, () => ({ rows: [] })),
    "This run made no sweep over concurrencies",
    0,
  ],
  [
    "an unexplained table without rows",
    changed(sampleMemory, () => ({ rows: [] })),
    "Nothing was measured.",
    0,
  ],
  ["a law", sampleComparison, "curves the fitted Universal Scalability Law", 1],
  [
    "times of 0",
    withRows(sampleLatency, () => nothing),
    "Where a chart would be, there is no figure to draw.",
    0,
  ],
  [
    "figures that no axis has",
    withRows(sampleComparison, () => ({ throughput_per_s: figure })),
    "no figure to draw",
    0,
  ],
  ["a long table", sampleMemory, "What calls leave behind: 4 rows", 1],
  ["no reading", withRows(sampleMemory, () => ({ calls: [], heap_bytes: [] })), "no figure to draw", 0],
  ["workflows", sampleWorkflows, "The steps of one workflow: dag, http", 2],
  ["a ladder", sampleLadder, "What each way adds: task_list", 2],
  [
    "a ladder of nothing",
    withRows(sampleLadder, () => ({ p50_ms: figure, added_ms: figure })),
    "no figure to draw",
    0,
  ],
  ["half a run", incomplete, "It was interrupted or failed before its end", 3],
  [
    "an invalid run",
    invalid,
    "say nothing: 1 of 1 checks of its audit did not pass: path (another process",
    3,
  ],
])("tells in words what a result with %s has, and draws no chart of nothing", (_, result, said, count) => {
  expect(shownWords(result)).toContain(said);
  expect(charts(page(result))).toBe(count);
});

test("draws lines by the logarithm of both axes, but for what has none", () => {
  const logarithmic = changed(sampleComparison, ({ charts }) => ({
    charts: charts.map((chart) => (chart.type === "lines" ? { ...chart, log: true } : chart)),
  }));
  expect(shownWords(logarithmic)).toContain("both axes are logarithmic");
  expect(shownWords(sampleComparison)).toContain("the axis below is logarithmic");
  const below = { estimate: -1, low: -2, high: 0 };
  const partly = withRows(logarithmic, ({ arm }) => (arm === "http" ? { throughput_per_s: below } : {}));
  expect(page(partly).match(/<ul class="legend".*?<\/ul>/s)?.[0]).not.toContain("http");
  expect(charts(page(partly))).toBe(1);
});

test("draws a law only where its parameters make a curve", () => {
  const odd = withRows(sampleComparison, (row) =>
    "kappa" in row ? { lambda: { ...figure, estimate: -0.5 } } : {},
  );
  expect(shownWords(odd)).not.toContain("curves the fitted");
  expect(charts(page(odd))).toBe(1);
});

test.each([1, 2, 3, 5, 40])("tells %d runtimes apart in every chart, up to as many as can be", (count) => {
  const runtimes = Array.from({ length: count }, (_, n) => `runtime-${n}`);
  const result = changed(sampleLatency, ({ rows: [row = {}] }) => ({
    rows: ["one", "two"].flatMap((tool_name) => runtimes.map((runtime) => ({ ...row, tool_name, runtime }))),
  }));
  const shown = page(result);
  const legends = [...shown.matchAll(/<ul class="legend".*?<\/ul>/gs)].map(([legend]) => legend);
  expect(legends).toHaveLength(count > 1 ? 2 : 0);
  for (const legend of legends) expect(legend.match(/<li>/g)).toHaveLength(Math.min(count, 36));
  expect(shown.includes("the first 36 of 40 series are drawn")).toBe(count > 36);
  const looks = toSeries(runtimes.slice(0, 36), runtimes).map(({ color, symbol }) => `${color} ${symbol}`);
  expect(new Set(looks).size).toBe(Math.min(count, 36));
});

test("draws a runtime alike in every chart of a result, whichever of them a table has", () => {
  const [tools, ...others] = sampleLatency.tables;
  if (!tools) throw new Error("there is a table");
  const httpOnly = { ...tools, name: "rest", rows: tools.rows.filter(({ runtime }) => runtime !== "direct") };
  const legends = [
    ...page({ ...sampleLatency, tables: [tools, httpOnly, ...others] }).matchAll(
      /tone-(\d)".{0,40} (\w+)<\/li>/g,
    ),
  ];
  const tones = legends.map(([, tone, name]) => `${name} ${tone}`);
  expect(new Set(tones)).toEqual(new Set(["direct 0", "http 1", "mcp 2"]));
  expect(tones).toHaveLength(10);
});

test("says what a chart leaves out", () => {
  const many = (count: number) => Array.from({ length: count }, (_, n) => n);
  const tools = changed(sampleLatency, ({ rows: [row = {}] }) => ({
    rows: many(90).map((n) => ({ ...row, tool_name: `tool-${n}` })),
  }));
  expect(shownWords(tools)).toContain("; the axis is logarithmic; the first 80 of 90 rows are drawn.");
  const steps = changed(sampleWorkflows, ({ rows: [row = {}] }) => ({
    rows: many(13).flatMap((scenario) =>
      many(61).map((step) => ({ ...row, scenario: `scenario-${scenario}`, step_id: `step-${step}` })),
    ),
  }));
  expect(shownWords(steps)).toContain(
    "the first 60 of 61 steps are drawn; the first 12 of 13 timelines are drawn.",
  );
  expect(charts(page(steps))).toBe(12);
});

test("keeps one wild interval from squeezing all others", () => {
  const [first] = sampleLatency.tables[0]?.rows ?? [];
  const wild = { estimate: -40, low: -9_000, high: 30 };
  const result = withRows(sampleLatency, ({ tool_name, runtime }) =>
    tool_name === first?.tool_name && runtime === first?.runtime ? { improvement_percent: wild } : {},
  );
  const [, chart = ""] = /Saving against the claim<\/figcaption>(.*?)<\/figure>/s.exec(page(result)) ?? [];
  expect(chart).toContain("what lies far outside is drawn at the edge");
  const ticks = [...chart.matchAll(/>([−-]?)([\d,]+)<\/text>/g)].map(([, , digits = ""]) =>
    Number(digits.replace(",", "")),
  );
  expect(ticks.length).toBeGreaterThan(4);
  expect(Math.max(...ticks)).toBeLessThan(200);
  expect(shownWords(sampleLatency)).not.toContain("far outside");
});

const payloads = [
  "</style><script>alert(1)</script>",
  `"><img src=x onerror=alert(1)>`,
  "url(https://example.com/x)",
  "var(--x);}*{display:none",
  "]]><!--",
  "javascript:alert(1)",
  "</title></desc></svg><iframe src=//example.com>",
  "direct",
  "__proto_",
  "=cmd|' /C calc'!A0",
  "red",
];
const drawn = new Set(["g", "path", "line", "rect", "circle", "text", "tspan"]);

/** The elements of a page in order with their attributes, and what may stand in a drawing; texts and data apart. */
function skeleton(shown: string) {
  const elements: string[] = [];
  const drawings = new Set<string>();
  new HTMLRewriter()
    .on("*", {
      element({ tagName, attributes }) {
        const given = [...attributes].map(([name, value]) => {
          if (drawn.has(tagName)) return /url|:/i.test(value) ? `${name}=${value}` : name;
          const free =
            name === "datetime" || name === "height" || name === "viewbox" || value.startsWith("data:");
          return free ? `${name}=${value.slice(0, 12)}` : `${name}=${value}`;
        });
        if (drawn.has(tagName)) for (const attribute of given) drawings.add(`${tagName} ${attribute}`);
        else elements.push(`${tagName} ${given.join(" ")}`);
      },
    })
    .transform(shown);
  return { elements, drawings };
}

test("shows whatever a result may hold, and lets no text of it become an element, an attribute or an address", () => {
  const hostile = fc
    .oneof(fc.constantFrom(...payloads), fc.string({ unit: "binary" }), fc.string())
    // A label that is a number has a place on an axis of numbers, which is meant, and so has a verdict its colour.
    .map((text) => (Number.isNaN(Number(text)) ? text : `${text}x`));
  fc.assert(
    fc.property(anyResult({ texts: anyToken }), textPerToken(hostile), (result, texts) => {
      const clean = skeleton(page(result));
      const dirty = skeleton(page(withTexts(result, texts)));
      expect(dirty.elements.filter((element) => !element.startsWith("span class=key"))).toEqual(
        clean.elements.filter((element) => !element.startsWith("span class=key")),
      );
      for (const drawing of dirty.drawings) expect(drawing).not.toMatch(/[=:]/);
    }),
    { numRuns: 25 },
  );
}, 30_000);
