import { expect, test } from "bun:test";
import * as Plot from "@observablehq/plot";
import fc from "fast-check";
import { parseHTML } from "linkedom";
import { Histogram } from "../lib/measure/histogram.ts";
import { renderFigure } from "../lib/report/html/figure.ts";
import { html } from "../lib/report/html/html.ts";
import { renderPage } from "../lib/report/html/page.ts";
import { renderTable } from "../lib/report/html/table.ts";
import { text, toSheet } from "../lib/report/sheet.ts";
import type { Result } from "../lib/result.ts";
import { anyResult } from "./any_result.ts";
import { anyToken, textPerToken, withTexts } from "./result_tokens.ts";
import {
  sampleComparison,
  sampleLatency,
  sampleMemory,
  sampleResults,
  sampleWorkflows,
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

test.each([
  ["=1+1", "'=1+1"],
  ["+1", "'+1"],
  ["-1", "'-1"],
  ["@SUM(A1)", "'@SUM(A1)"],
  ["\t=1", `"'\t=1"`],
  ['=HYPERLINK("http://x")', `"'=HYPERLINK(""http://x"")"`],
  ["a,b", '"a,b"'],
  ["task_submit", "task_submit"],
])("writes %p into a CSV as a text that no spreadsheet runs", (cell, written) => {
  const sheet = toSheet("x", "x", [cell], [text<string>("name", "name", (row) => row)]);
  expect(sheet.csv).toBe(`name\r\n${written}\r\n`);
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

test("offers each table and the whole result as files, within the page", () => {
  const links = [
    ...page(sampleLatency).matchAll(/download="([^"]+)" href="data:([^;]+);charset=utf-8;base64,([^"]+)"/g),
  ];
  const files = new Map(links.map(([, name = "", type = "", data = ""]) => [name, { type, data }]));
  const read = (name: string) => Buffer.from(files.get(name)?.data ?? "", "base64").toString();
  expect(JSON.parse(read("p2p_latency.json"))).toEqual(sampleLatency);
  const [head, first] = read("p2p_latency-savings.csv").split("\r\n");
  expect(head).toBe(
    "tool_name,improvement_percent,improvement_percent_low,improvement_percent_high,added_ms,noise_percent,rounds,status",
  );
  expect(first).toStartWith("workflow_submit,66,62.699");
  expect(files.get("p2p_latency-savings.csv")?.type).toBe("text/csv");
});

test.each<[string, Pick<Partial<Result>, "complete" | "validity">, string, boolean]>([
  ["a valid run", {}, "✓ met", true],
  ["half a run", { complete: false }, "? incomplete", false],
  ["a suspect run", { validity: "suspect" }, "? suspect", false],
  ["an invalid run", { validity: "invalid" }, "An invalid run gives no answer.", false],
])("says of %s whether it can be relied on", (_, change, said, verdictsFirst) => {
  const words = page({ ...sampleComparison, ...change }).replace(/<[^>]+>/g, "");
  const [, verdict = ""] = /stay on HTTP\?(.*?)Criteria of/s.exec(words) ?? [];
  expect(verdict).toContain(said);
  const [answer, relied] = [verdict.search(/target at least|gives no answer/), verdict.indexOf("The run is")];
  expect(answer < relied).toBe(verdictsFirst);
  expect(verdict.includes("✓ met")).toBe(said !== "An invalid run gives no answer.");
});

test("compresses what is long", () => {
  const cell = "x".repeat(400_000);
  const sheet = toSheet("long", "long", [cell], [text<string>("name", "name", (row) => row)]);
  const [, data = ""] =
    /href="data:application\/gzip;base64,([^"]+)"/.exec(renderTable(sheet, "id").toString()) ?? [];
  expect(Buffer.from(Bun.gunzipSync(Buffer.from(data, "base64"))).toString()).toBe(sheet.csv);
});

test("says the verdicts in words before anything else", () => {
  const words = page(...sampleResults).replace(/<style>.*?<\/style>|<[^>]+>/gs, "");
  expect(words).toContain("Called directly, the 3 tools together take 66.0\u00a0% less time than over HTTP");
  expect(words).toContain("One by one, 1 of 3 tools reach that target, 1 miss it, and 1 are inconclusive.");
  expect(words).toContain("The run is valid: the one check of its audit passed.");
  expect(words).toContain("Time saved, target at least 50\u00a0%: met, 62.0 (58.9 to 65.1)\u00a0%.");
  expect(words.indexOf("Verdicts")).toBeLessThan(words.indexOf("The run is valid"));
});

const zero = { n: 0, avg_ms: 0, stdev_ms: 0, min_ms: 0, p50_ms: 0, p95_ms: null, p99_ms: null, max_ms: 0 };
const empty = new Histogram().toJSON();
const nothing = { runtimes: { direct: zero, http: zero }, histograms: { direct: empty, http: empty } };

test.each<[what: string, result: Result, said: string, charts: number]>([
  ["every part", sampleLatency, "What the direct call saves", 3],
  ["no tool", { ...sampleLatency, tools: [], aggregate: null }, "No tool was measured to the end", 0],
  ["no criterion", { ...sampleLatency, criteria: [], aggregate: null }, "No criterion could be judged", 3],
  ["no workload", { ...sampleComparison, workloads: [] }, "No workload was run to the end", 2],
  ["no sweep", { ...sampleComparison, sweep: [] }, "This run made no sweep over concurrencies", 1],
  [
    "no law",
    { ...sampleComparison, sweep: sampleComparison.sweep.map((line) => ({ ...line, scaling: null })) },
    "direct: too few concurrencies to fit the law to",
    3,
  ],
  [
    "a sweep without a point",
    { ...sampleComparison, sweep: [{ arm: "direct", points: [], scaling: null }] },
    "Where a chart would be, there is no figure to draw.",
    1,
  ],
  [
    "times of 0",
    { ...sampleLatency, tools: sampleLatency.tools.map((tool) => ({ ...tool, ...nothing })) },
    "Where a chart would be, there is no figure to draw.",
    1,
  ],
  [
    "no reading",
    {
      ...sampleMemory,
      leak_detection: sampleMemory.leak_detection.map((leak) => ({ ...leak, samples: [] })),
    },
    "Heap after each batch of calls: nothing was measured.",
    1,
  ],
  ["every scenario", sampleWorkflows, "One simple workflow among others in flight", 7],
  ["no scenario", { ...sampleWorkflows, scenarios: [] }, "The steps of no workflow were kept", 2],
  [
    "one runtime",
    {
      ...sampleWorkflows,
      scenarios: sampleWorkflows.scenarios.map((scenario) => ({ ...scenario, http_adds: null })),
    },
    "This run measured one runtime only",
    6,
  ],
  [
    "no memory test",
    { ...sampleMemory, leak_detection: [], gc_impact: [] },
    "This run looked for no leaks",
    0,
  ],
  ["every memory test", sampleMemory, "2 × no leak; 2 × found, as it should be", 2],
  ["half a run", { ...sampleLatency, complete: false }, "It was interrupted or failed before its end", 3],
  [
    "an invalid run",
    {
      ...sampleLatency,
      validity: "invalid",
      audit: [{ check: "path", status: "failed", detail: "another process answered" }],
    },
    "its figures say nothing: 1 of 1 checks of its audit did not pass: path (another process answered)",
    3,
  ],
])("tells in words what a result with %s has, and draws no chart of nothing", (_, result, said, charts) => {
  const shown = page(result);
  expect(shown.replace(/<[^>]+>/g, "")).toContain(said);
  expect(shown.match(/<svg /g)?.length ?? 0).toBe(charts);
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
    // What stands before ": " in a criterion's name groups it, which is meant.
    .map((text) => text.replaceAll(": ", ":\t"))
    .filter((text) => text !== "__proto__");
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
