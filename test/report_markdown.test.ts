import { expect, test } from "bun:test";
import fc from "fast-check";
import { renderMarkdown } from "../lib/report/markdown.ts";
import { anyResult } from "./any_result.ts";
import { anyToken, textPerToken, withTexts } from "./result_tokens.ts";
import { sampleLatency, sampleResults } from "./sample_results.ts";

/** The elements that Markdown becomes, in order. */
function elements(markdown: string): string[] {
  const found: string[] = [];
  new HTMLRewriter()
    .on("*", {
      element({ tagName, attributes }) {
        found.push([tagName, ...[...attributes].map(([name, value]) => `${name}=${value}`)].join(" "));
      },
    })
    .transform(Bun.markdown.html(markdown, { autolinks: true }));
  return found;
}

test("tells verdicts, validity, key figures and criteria of each benchmark", () => {
  const summary = renderMarkdown(sampleResults);
  expect(summary).toContain(
    "- **missed**: Time that a call saves, all tools together, target at least 50 %: met for direct, 60.0",
  );
  expect(summary).toContain("\n- One by one, 3 of 6 show a saving");
  expect(summary).toContain("**valid**: The run is valid: the one check of its audit passed.");
  expect(summary).toContain("| tool | runtime | p50 | p95 | p99 | saving % | verdict |");
  expect(summary).toContain(
    "| task\\_submit | mcp | 51.0 µs | 102 µs | 255 µs | 20.0 (19.0 to 21.0) | missed |",
  );
  expect(summary).toContain("| mixed | http | 2100 (1998 to 2207) | 200 µs | 400 µs | 1.00 ms |\n");
  expect(summary).toContain(
    "| what a general tool takes more | mixed | 1.0 (1.0 to 1.0) % | at most 5 % | 5.1 % | met |",
  );
  expect(summary).not.toContain("The Universal Scalability Law");
  // Two of criteria, and those with headlines: what a call takes, leaves behind, and does under load.
  expect(elements(summary).filter((element) => element === "table")).toHaveLength(5);
});

test("says of a table without rows what that means", () => {
  const tables = sampleLatency.tables.map((table) => ({ ...table, rows: [] }));
  expect(renderMarkdown([{ ...sampleLatency, tables }])).toContain(
    "**What a call of each tool takes, and saves**: No tool was measured to the end, so there is no figure.",
  );
});

test.each([
  "<img src=x onerror=alert(1)>",
  "[a](https://example.com)",
  "https://example.com www.example.com me@example.com",
  "a | b\n\n# heading\n- item",
  "+ a",
  "12) a",
  "`code` **bold** __bold__ ~~gone~~ $x$ &lt;b&gt; :smile: @everyone",
])("shows %p as it is", (text) => {
  const summary = renderMarkdown([
    { ...sampleLatency, question: text, machine: { ...sampleLatency.machine, cpu: text, os: text } },
  ]);
  expect(elements(summary)).toEqual(elements(renderMarkdown([sampleLatency])));
  expect(summary).not.toContain("@everyone");
});

test("stays below what a job summary may have", () => {
  const [table] = sampleLatency.tables;
  if (!table) throw new Error("there is a table");
  const rows = Array.from({ length: 300 }, () => ({
    ...table.rows[0],
    branch: "<",
    tool_name: "<".repeat(256),
  }));
  const result = { ...sampleLatency, tables: [{ ...table, rows }] };
  expect(renderMarkdown([result])).toContain("200 more rows are in the page.");
  const summary = renderMarkdown(Array.from({ length: 40 }, () => result));
  expect(Buffer.byteLength(summary)).toBeLessThan(1_000_000);
  expect(summary).toMatch(/\d+ more results are too long for a summary; the page has them\.\n$/);
});

test("sums up whatever a result may hold, and lets no text of it become markup", () => {
  const hostile = fc
    .oneof(
      fc.string({
        unit: fc.constantFrom(..."<>&|\\`*_[]()!#~$:/@.-+=1 \n\"'aw"),
        minLength: 1,
        maxLength: 12,
      }),
      fc.string({ unit: "binary" }),
    )
    .map((text) => `${text.replaceAll(": ", ":\t")}x`)
    .filter((text) => text !== "__proto__");
  fc.assert(
    fc.property(anyResult({ texts: anyToken }), textPerToken(hostile), (result, texts) => {
      expect(elements(renderMarkdown([withTexts(result, texts)]))).toEqual(
        elements(renderMarkdown([result])),
      );
    }),
    { numRuns: 60 },
  );
}, 30_000);

test("cuts what is longer than a cell of a table has room for", () => {
  const [table, ...others] = sampleLatency.tables;
  const rows = table?.rows.slice(0, 1).map((row) => ({ ...row, tool_name: "t".repeat(250) })) ?? [];
  const columns = table?.columns.map((column) => ({ ...column, constraints: { required: false } })) ?? [];
  const long = {
    ...sampleLatency,
    criteria: [],
    tables: table ? [{ ...table, columns, rows }, ...others] : [],
  };
  expect(renderMarkdown([long])).toContain(`| ${"t".repeat(200)}… |`);
});
